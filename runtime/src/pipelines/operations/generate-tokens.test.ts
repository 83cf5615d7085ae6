import {
  type GenerateTokensStepSpec,
  type RawTensor,
  type TensorSpec,
  tensorFromValues,
  tensorValues,
} from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { generateTokens } from './generate-tokens.js';

const SIZE = 5;
const step: GenerateTokensStepSpec = {
  name: 'write',
  operation: 'generate_tokens',
  model: 'decoder',
  inputs: { features: 'features' },
  token: { input: 'word', encoding: 'id' },
  scores: 'scores',
  state: [{ input: 'h_in', output: 'h_out' }],
  startToken: 0,
  endToken: 4,
  maximumTokens: 6,
  output: 'tokens',
};
const fp32 = (name: string, shape: readonly number[]): TensorSpec => ({ name, dataType: 'FP32', shape });
const features = { features: tensorFromValues('FP32', [1, 2], [7, 8]) };

/** A graph that gives the next scores of a list, counts in its state, and keeps what it was fed. */
function graph(
  scores: readonly (readonly number[])[],
  word: TensorSpec = { name: 'word', dataType: 'INT64', shape: [-1, 1] },
) {
  const fed: Record<string, (number | bigint | string | boolean)[]>[] = [];
  const run = async (feeds: Readonly<Record<string, RawTensor>>) => {
    const row = scores[fed.length] as readonly number[];
    const values = Object.entries(feeds).map(([name, tensor]) => [name, [...tensorValues(tensor)]] as const);
    fed.push(Object.fromEntries(values));
    const before = feeds.h_in as RawTensor;
    const count = Buffer.from(before.data).readFloatLE(0);
    return new Map([
      ['scores', tensorFromValues('FP32', [row.length / SIZE, SIZE], row)],
      ['h_out', tensorFromValues('FP32', [1, 1], [count + 1])],
    ]);
  };
  return {
    fed,
    inputs: [word, fp32('features', [-1, 2]), fp32('h_in', [-1, 1])],
    outputs: [fp32('scores', [-1, SIZE])],
    run,
  };
}
const idsOf = (tensor: RawTensor) => [...tensorValues(tensor)].map(Number);

describe('generate_tokens', () => {
  it('feeds the start, then each token with the state that the one before left, and ends behind the end token', async () => {
    const net = graph([
      [0, 0.25, 0.5, 0.125, 0],
      [0, 0.5, 0.25, 0, 0],
      [0, 0, 0, 0, 1],
    ]);
    const tokens = await generateTokens(step, net, features);
    expect(tokens).toMatchObject({ dataType: 'INT64', shape: [1, 3] });
    expect(idsOf(tokens)).toEqual([2, 1, 4]);
    expect(net.fed.map(({ word }) => word?.map(Number))).toEqual([[0], [2], [1]]);
    expect(net.fed.map(({ h_in }) => h_in)).toEqual([[0], [1], [2]]);
    expect(net.fed.map((feeds) => feeds.features)).toEqual([
      [7, 8],
      [7, 8],
      [7, 8],
    ]);
  });

  it('takes the first of equal scores, and stops at the maximum', async () => {
    const even = Array(6).fill([0.1, 0.2, 0.2, 0.2, 0.2]);
    expect(idsOf(await generateTokens(step, graph(even), features))).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('writes a token as a number of any of its types, or as one-hot', async () => {
    const scores = [
      [0, 0, 0, 1, 0],
      [0, 0, 0, 0, 1],
    ];
    for (const dataType of ['INT32', 'FP32'] as const) {
      const net = graph(scores, { name: 'word', dataType, shape: [1] });
      await generateTokens(step, net, features);
      expect(net.fed.map(({ word }) => word)).toEqual([[0], [3]]);
    }
    const net = graph(scores, fp32('word', [-1, SIZE]));
    await generateTokens({ ...step, token: { input: 'word', encoding: 'one_hot' } }, net, features);
    expect(net.fed.map(({ word }) => word)).toEqual([
      [1, 0, 0, 0, 0],
      [0, 0, 0, 1, 0],
    ]);
  });

  it('refuses to write for several rows', async () => {
    const call = generateTokens(step, graph([Array(2 * SIZE).fill(0)]), features);
    await expect(call).rejects.toMatchObject({ code: 'DH_TENSOR_SHAPE_MISMATCH', details: { received: '2' } });
  });

  it('ends with what its graph ends with, as when it is cancelled between two tokens', async () => {
    const net = graph([[0, 1, 0, 0, 0]]);
    let runs = 0;
    const run = (feeds: Readonly<Record<string, RawTensor>>) => {
      runs++;
      return runs === 2 ? Promise.reject(new Error('stopped')) : net.run(feeds);
    };
    await expect(generateTokens(step, { ...net, run }, features)).rejects.toThrow('stopped');
    expect(runs).toBe(2);
  });
});
