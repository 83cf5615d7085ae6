import type { runtimeV1 } from '@deephealth/proto';
import { fromContractDataType, toTypedArray } from '@deephealth/sdk';
import { wholePlainText } from './plain-text.js';

/** A finding in words, for one row of a table. */
export interface FindingLine {
  readonly finding: string;
  readonly value: string;
  readonly threshold: string;
}

/** What a person needs of a finding: the decision first, then its number and the threshold. */
export function formatFinding(finding: runtimeV1.Finding__Output): FindingLine {
  const { classification, regression, tensor, mask, map, events, text } = finding;
  if (classification) return formatClassification(finding.name, classification);
  if (regression) {
    const value = regression.values.map((v) => `${v.label} ${formatNumber(v.value)} ${v.unit}`).join(', ');
    return { finding: finding.name, value, threshold: '-' };
  }
  if (events) {
    const total = events.items.reduce((sum, { durationS }) => sum + durationS, 0);
    const value = events.items.length === 0 ? 'none' : `${events.items.length}, ${formatNumber(total)} s in all`;
    return { finding: finding.name, value, threshold: '-' };
  }
  if (text) {
    const how = text.isCutOff ? 'written by a model, cut off' : 'written by a model';
    // Never shortened: what was left out might be the finding.
    return {
      finding: `${finding.name} (${how})`,
      value: wholePlainText(text.text),
      threshold: '-',
    };
  }
  if (mask) return { finding: finding.name, value: formatMask(mask), threshold: '-' };
  if (map) {
    const { quantity, unit } = map;
    return { finding: finding.name, value: `map of ${quantity} (${unit})`, threshold: '-' };
  }
  if (tensor)
    return {
      finding: finding.name,
      value: `${tensor.dataType.replace('DATA_TYPE_', '')} [${tensor.shape.join(', ')}]`,
      threshold: '-',
    };
  return { finding: `${finding.name} (${finding.value ?? 'empty'})`, value: '-', threshold: '-' };
}

function formatClassification(name: string, classification: runtimeV1.Classification__Output): FindingLine {
  const shown = classification.classes.filter((c) => classification.decision.includes(c.label));
  const thresholds = classification.classes.filter((c) => c.threshold !== undefined);
  // A binary finding is about its positive class, whichever way it was decided.
  const isBinary = classification.mode === 'CLASSIFICATION_MODE_BINARY';
  const about = isBinary ? classification.classes.slice(-1) : shown;
  return {
    finding: classification.abstained
      ? `${name}: no decision`
      : `${name}: ${classification.decision.join(', ') || 'none'}`,
    value: about.map((c) => `p(${c.label}) = ${c.probability.toFixed(3)}`).join(', ') || '-',
    threshold: thresholds.map((c) => (c.threshold as number).toFixed(3)).join(', ') || 'highest wins',
  };
}

/**
 * Extents in millilitres: cubic millimetres of an organ are numbers that nobody reads. Pixels without a size are
 * told as a share of the picture: the bare name of a class would read as if it had been found.
 */
function formatMask(mask: runtimeV1.Mask__Output): string {
  const lines = mask.classes.map(({ label, extent, value }) => {
    if (extent === null) return `${label} ${shareOf(mask, value)}`;
    return extent.unit === 'mm3'
      ? `${label} ${formatNumber(extent.value / 1000)} mL`
      : `${label} ${formatNumber(extent.value)} ${extent.unit}`;
  });
  return lines.join(', ') || 'mask';
}

function shareOf({ labels, isMultilabel }: runtimeV1.Mask__Output, value: number): string {
  const dataType = fromContractDataType(labels?.dataType);
  if (!labels || (dataType !== 'UINT8' && dataType !== 'UINT16')) return '(no labels)';
  const samples = toTypedArray(dataType, labels.data) as Uint8Array | Uint16Array;
  let count = 0;
  for (const sample of samples) if (isMultilabel ? (sample & value) !== 0 : sample === value) count++;
  if (count === 0) return 'none';
  const percent = (100 * count) / samples.length;
  return percent < 0.01 ? '< 0.01 %' : `${percent.toFixed(2)} %`;
}

function formatNumber(value: number): string {
  return Number(value.toPrecision(6)).toString();
}
