import type { ClassificationOutputSpec } from '@deephealth/sdk';
import { decide, thresholdOf } from './decide.js';
import type { ClassificationResult, WarningResult } from './finding-result.js';
import { probabilities } from './probabilities.js';

const MODES = {
  binary: 'CLASSIFICATION_MODE_BINARY',
  multiclass: 'CLASSIFICATION_MODE_MULTICLASS',
  multilabel: 'CLASSIFICATION_MODE_MULTILABEL',
} as const;

/** The classification of one row, with the warnings that belong to it. */
export function toClassification(
  spec: ClassificationOutputSpec,
  row: Float64Array,
): { classification: ClassificationResult; warnings: WarningResult[] } {
  const perClass = probabilities(spec, row);
  const { labels, abstained, warnings } = decide(spec, perClass);
  const classes = spec.classes.map(({ label, codes }, index) => {
    const threshold = thresholdOf(spec, index);
    const result = { label, codes: [...(codes ?? [])], probability: perClass[index] as number };
    return threshold === undefined ? result : Object.assign(result, { threshold });
  });
  return { classification: { mode: MODES[spec.mode], classes, decision: labels, abstained }, warnings };
}
