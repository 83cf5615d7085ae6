import type { RawTensor } from '@deephealth/sdk';
import { fp32Tensor, fp32Values } from '../fp32-tensor.js';

/**
 * Element by element: the sum in FP64, in the given order, divided by the number of tensors and
 * rounded once to FP32. All tensors are FP32 of one shape.
 */
export function mean(tensors: readonly RawTensor[]): RawTensor {
  return combine(
    tensors,
    tensors.map(() => 1),
  );
}

/**
 * Element by element: `sum(w x) / sum(w)` in FP64, both sums in the given order, rounded once to FP32.
 * Dividing keeps the mean between the smallest and the largest value, though decimal weights hardly
 * ever sum to exactly 1.
 */
export function weightedMean(tensors: readonly RawTensor[], weights: readonly number[]): RawTensor {
  return combine(tensors, weights);
}

function combine(tensors: readonly RawTensor[], weights: readonly number[]): RawTensor {
  const [first] = tensors as [RawTensor];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sums = new Float64Array(fp32Values(first).length);
  tensors.forEach((tensor, index) => {
    const weight = weights[index] as number;
    const values = fp32Values(tensor);
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + weight * (values[i] as number);
  });
  const means = new Float32Array(sums.length);
  for (let i = 0; i < sums.length; i++) means[i] = (sums[i] as number) / total;
  return fp32Tensor(first.shape, means);
}
