import type { OperationStepSpec, RawTensor } from '@deephealth/sdk';
import type { EdgeTensor } from './check-run-extents.js';
import { activate } from './operations/activate.js';
import { aggregateRows } from './operations/aggregate-rows.js';
import { concat } from './operations/concat.js';
import { mean, weightedMean } from './operations/mean.js';
import { selectColumns } from './operations/select-columns.js';
import { selectRows } from './operations/select-rows.js';
import { threshold } from './operations/threshold.js';
import { vote } from './operations/vote.js';

/**
 * What a step without a graph writes, in memory of its own. Types and shapes are those that the
 * manifest was checked for.
 *
 * @param reads the edges that the step reads, in the order in which it names them
 */
export function runOperation(step: OperationStepSpec, reads: readonly EdgeTensor[]): RawTensor {
  const tensors = reads.map(({ tensor }) => tensor);
  const [first, second] = reads as [EdgeTensor, EdgeTensor];
  switch (step.operation) {
    case 'mean':
      return mean(tensors);
    case 'weighted_mean':
      return weightedMean(tensors, step.weights);
    case 'vote':
      return vote(tensors);
    case 'concat':
      return concat(tensors, step.axis);
    case 'threshold':
      return threshold(first.tensor, step.threshold, step.comparison);
    case 'select_rows':
      return selectRows(first, second);
    case 'select_columns':
      return selectColumns(first.tensor, step.columns);
    case 'aggregate_rows':
      return aggregateRows(first.tensor, step.statistic);
    case 'softmax':
    case 'sigmoid':
      return activate(first.tensor, step.operation);
  }
}
