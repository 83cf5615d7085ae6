import type { Estimate } from './bootstrap.js';

/** A value and its interval, each as text; "-" where there is no interval. */
export function estimateCells({ value, low, high }: Estimate): [string, string] {
  return [formatNumber(value), low === null || high === null ? '-' : `${formatNumber(low)} to ${formatNumber(high)}`];
}

/** "0.913 (0.880 to 0.941)". */
export function formatEstimate(estimate: Estimate | undefined): string {
  if (estimate === undefined) return '-';
  const [value, interval] = estimateCells(estimate);
  return interval === '-' ? value : `${value} (${interval})`;
}

function formatNumber(value: number | null): string {
  return value === null ? 'not defined' : value.toFixed(3);
}

const NAMES: Readonly<Record<string, string>> = {
  auc: 'AUC',
  f1: 'F1',
  iou: 'IoU',
  dice: 'Dice',
  brier: 'Brier score',
};

/** "macro_auc" to "macro AUC". */
export function readable(name: string): string {
  return name
    .split('_')
    .map((word) => NAMES[word] ?? word)
    .join(' ');
}
