import type { AggregateRowsStepSpec, RawTensor } from '@deephealth/sdk';
import { fp32Tensor, fp32Values } from '../fp32-tensor.js';

/**
 * One row from all rows (axis 0) of an FP32 tensor, column by column, in FP64, rounded once to FP32.
 *
 * The mean sums from the first row on. A quantile q is the value at the place `h = (n - 1) q` of the n
 * ordered values, interpolated linearly between its neighbours: definition 7 of Hyndman and Fan,
 * "Sample quantiles in statistical packages" (1996), NumPy's default. The median is q = 0.5.
 */
export function aggregateRows(tensor: RawTensor, statistic: AggregateRowsStepSpec['statistic']): RawTensor {
  const [rows, ...others] = tensor.shape as [number, ...number[]];
  const values = fp32Values(tensor);
  const columns = values.length / rows;
  const column = new Float64Array(rows);
  const result = new Float32Array(columns);
  for (let c = 0; c < columns; c++) {
    for (let row = 0; row < rows; row++) column[row] = values[row * columns + c] as number;
    result[c] = statisticOf(column, statistic);
  }
  return fp32Tensor([1, ...others], result);
}

/** May sort the column. */
function statisticOf(column: Float64Array, statistic: AggregateRowsStepSpec['statistic']): number {
  switch (statistic) {
    case 'mean':
      return column.reduce((sum, value) => sum + value, 0) / column.length;
    case 'max':
      return column.reduce((largest, value) => Math.max(largest, value));
    case 'median':
      return quantileOf(column, 0.5);
    default:
      return quantileOf(column, statistic.quantile);
  }
}

function quantileOf(column: Float64Array, quantile: number): number {
  column.sort();
  const place = (column.length - 1) * quantile;
  const below = Math.floor(place);
  const low = column[below] as number;
  const high = column[Math.min(below + 1, column.length - 1)] as number;
  return low + (place - below) * (high - low);
}
