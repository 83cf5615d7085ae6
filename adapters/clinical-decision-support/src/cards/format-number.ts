/** A number for people: without grouping, which is read as a decimal sign in half of Europe. */
export function formatNumber(value: number, language: string): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 1 ? { maximumFractionDigits: 2 } : { maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(language, { useGrouping: false, ...digits }).format(value);
}

/** A share of 1 in percent; what is not certain never becomes 0 or 100. */
export function formatPercent(share: number, language: string): string {
  const text = (percent: number) =>
    new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(percent);
  if (share > 0 && share < 0.0005) return `<${text(0.1)}`;
  if (share < 1 && share >= 0.9995) return `>${text(99.9)}`;
  return text(share * 100);
}

/** A probability with three decimals; what is not certain never becomes 0 or 1. */
export function formatProbability(probability: number, language: string): string {
  const text = (value: number) =>
    new Intl.NumberFormat(language, { minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(value);
  if (probability > 0 && probability < 0.0005) return `<${text(0.001)}`;
  if (probability < 1 && probability >= 0.9995) return `>${text(0.999)}`;
  return text(probability);
}
