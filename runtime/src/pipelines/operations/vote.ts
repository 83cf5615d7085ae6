import type { RawTensor } from '@deephealth/sdk';
import { fp32Tensor, fp32Values } from '../fp32-tensor.js';

/**
 * Share of the votes for each class (last axis), row by row. Each tensor has one vote for the class of
 * its largest value; where several classes hold exactly that value, each gets an equal part of the
 * vote. So a tie between classes is there to be seen, as equal shares, and nothing breaks it.
 *
 * Shares are summed in FP64 and rounded once to FP32. All tensors are FP32 of one shape.
 */
export function vote(tensors: readonly RawTensor[]): RawTensor {
  const { shape } = tensors[0] as RawTensor;
  const classes = shape.at(-1) as number;
  const voters = tensors.map(fp32Values);
  const count = (voters[0] as Float32Array).length;
  const shares = new Float32Array(count);
  const votes = new Float64Array(classes);
  for (let start = 0; start < count; start += classes) {
    votes.fill(0);
    for (const values of voters) addVote(values.subarray(start, start + classes), votes);
    for (let i = 0; i < classes; i++) shares[start + i] = (votes[i] as number) / voters.length;
  }
  return fp32Tensor(shape, shares);
}

function addVote(row: Float32Array, votes: Float64Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  let holders = 0;
  for (const value of row) {
    if (value > largest) {
      largest = value;
      holders = 1;
    } else if (value === largest) holders += 1;
  }
  row.forEach((value, index) => {
    if (value === largest) votes[index] = (votes[index] as number) + 1 / holders;
  });
}
