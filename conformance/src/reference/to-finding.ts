import type { runtimeV1 } from '@deephealth/proto';
import { type OutputSpec, type RawTensor, tensorFromValues, toContractTensor } from '@deephealth/sdk';
import { decide, thresholdOf } from '../oracle/decide.js';
import type { ExpectedClassification, ExpectedFinding, ExpectedMask } from '../oracle/expected-finding.js';

/** What the oracle says of an output, as a message of the contract. */
export function toFinding(spec: OutputSpec, expected: ExpectedFinding, tensor: RawTensor): runtimeV1.Finding {
  const head = { name: spec.name, codes: [...(spec.codes ?? [])] };
  switch (expected.kind) {
    case 'tensor':
      return { ...head, tensor: toContractTensor(tensor) };
    case 'classification':
      return { ...head, classification: toClassification(expected) };
    case 'regression':
      return {
        ...head,
        regression: { values: expected.values.map(({ label, unit, value }) => ({ label, unit, value })) },
      };
    case 'mask':
      return { ...head, mask: toMask(expected) };
  }
}

const MODES = {
  binary: 'CLASSIFICATION_MODE_BINARY',
  multiclass: 'CLASSIFICATION_MODE_MULTICLASS',
  multilabel: 'CLASSIFICATION_MODE_MULTILABEL',
} as const;

function toClassification({ spec, probabilities }: ExpectedClassification): runtimeV1.Classification {
  const { labels, abstained } = decide(spec, probabilities);
  const classes = spec.classes.map(({ label, codes }, index) => {
    const threshold = thresholdOf(spec, index);
    const shown = { label, codes: [...(codes ?? [])], probability: probabilities[index] as number };
    return threshold === undefined ? shown : { ...shown, threshold };
  });
  return { mode: MODES[spec.mode], classes, decision: [...labels], abstained };
}

function toMask({ shape, labels, classes, grid }: ExpectedMask): runtimeV1.Mask {
  return {
    labels: toContractTensor(tensorFromValues('UINT8', shape, labels)),
    grid,
    classes: classes.map(({ label, value }) => ({ label, value, ...extentOf(labels, value, grid) })),
    isMultilabel: false,
  };
}

/** Volume of a class in mm3; pixels of a picture have no size. */
function extentOf(
  labels: readonly number[],
  value: number,
  { unit, spacing = [] }: runtimeV1.Grid,
): Pick<runtimeV1.MaskClass, 'extent'> {
  if (unit !== 'LENGTH_UNIT_MILLIMETRE') return {};
  const sample = spacing.reduce<number>((product, distance) => product * Number(distance), 1);
  return { extent: { value: labels.filter((label) => label === value).length * sample, unit: 'mm3' } };
}
