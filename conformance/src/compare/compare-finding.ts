import type { runtimeV1 } from '@deephealth/proto';
import { fromContractDataType, type RawTensor } from '@deephealth/sdk';
import type { ExpectedFinding } from '../oracle/expected-finding.js';
import { compareClassification } from './compare-classification.js';
import { compareNumbers, type NumericClass, type NumericProfile, type Verdict } from './compare-numbers.js';
import { compareRegression } from './compare-regression.js';
import { compareSegmentation } from './compare-segmentation.js';
import { differs } from './finding-verdict.js';

/** A finding of a target against that of the oracle; one of another kind differs. */
export function compareFinding(
  actual: runtimeV1.Finding__Output,
  expected: ExpectedFinding,
  numericClass: NumericClass,
  profile: NumericProfile,
): Verdict {
  const { classification, regression, mask } = actual;
  switch (expected.kind) {
    case 'tensor': {
      const tensor = tensorOf(actual);
      return tensor === undefined
        ? differs('it is no tensor')
        : compareNumbers(tensor, expected.value, numericClass, profile);
    }
    case 'classification':
      return classification
        ? compareClassification(classification, expected, numericClass, profile)
        : differs('it is no classification');
    case 'regression':
      return regression
        ? compareRegression(regression, expected, numericClass, profile)
        : differs('it is no regression');
    case 'mask':
      return mask ? compareSegmentation(mask, expected, numericClass) : differs('it is no mask');
  }
}

/** The tensor of a finding; undefined if it holds none. */
export function tensorOf({ tensor }: runtimeV1.Finding__Output): RawTensor | undefined {
  const dataType = fromContractDataType(tensor?.dataType);
  if (tensor === null || tensor === undefined || dataType === undefined) return undefined;
  return { dataType, shape: tensor.shape.map(Number), data: tensor.data };
}
