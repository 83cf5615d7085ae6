import { describe, expect, it } from 'vitest';
import { generateTokensType } from './generate-tokens-type.js';
import type { TensorSpec } from './manifest.js';
import type { GenerateTokensStepSpec } from './pipeline-spec.js';
import { sequenceInputContradictions, textContradictions } from './token-contradictions.js';
import type { SequenceInputSpec, TextOutputSpec } from './token-spec.js';

const input: SequenceInputSpec = {
  name: 'history',
  kind: 'sequence',
  feeds: 'x',
  vocabulary: { file: 'words.txt', size: 10 },
  tokens: { minimum: 1, maximum: 6 },
  steps: [
    { op: 'split_text', pieces: 'words', lowerCase: true },
    { op: 'tokens_to_ids', unknown: 'refuse' },
    { op: 'add_tokens', first: '<bos>', last: '<eos>' },
    { op: 'pad_tokens', length: 8, token: '<pad>' },
    { op: 'ids_to_tensor', dataType: 'FP32' },
  ],
};
const [split, toIds, add, pad, toTensor] = input.steps as Required<typeof input.steps>;
const problemsOf = (more: Partial<SequenceInputSpec>) => {
  const said: string[] = [];
  sequenceInputContradictions({ ...input, ...more }, '/inputs/0', (field, sentence) =>
    said.push(`${field} ${sentence}`),
  );
  return said;
};

describe('a text input', () => {
  it('whose steps stand in their order is sound', () => {
    expect(problemsOf({})).toEqual([]);
  });

  it.each([
    [
      'steps in another order',
      { steps: [toIds, split, toTensor] },
      '/inputs/0/steps/1 is split_text behind tokens_to_ids',
    ],
    ['a step twice', { steps: [toIds, add, add, toTensor] }, '/inputs/0/steps/2 is add_tokens behind add_tokens'],
    ['no tensor at the end', { steps: [split, toIds] }, '/inputs/0/steps lack ids_to_tensor'],
    ['no ids', { steps: [split, toTensor] }, '/inputs/0/steps lack tokens_to_ids'],
    ['a padding shorter than what is padded', { tokens: { minimum: 1, maximum: 7 } }, '/inputs/0/steps/3/length is 8'],
    ['a minimum above the maximum', { tokens: { minimum: 4, maximum: 3 } }, '/inputs/0/tokens has a minimum'],
    [
      'ids that FP32 does not hold',
      { vocabulary: { file: 'words.txt', size: 2 ** 24 + 1 } },
      '/inputs/0/steps/4/dataType is FP32',
    ],
  ] as [string, Partial<SequenceInputSpec>, string][])('with %s is refused', (_, more, sentence) => {
    expect(problemsOf(more).join('\n')).toContain(sentence);
    expect(pad?.op).toBe('pad_tokens');
  });
});

describe('a text output', () => {
  it('names ids of its vocabulary only', () => {
    const said: string[] = [];
    const text = { vocabulary: { file: 'w', size: 4 }, endToken: 4, omit: [0, 9] } as unknown as TextOutputSpec;
    textContradictions(text, '/outputs/1', (field) => said.push(field));
    expect(said).toEqual(['/outputs/1/endToken', '/outputs/1/omit/1']);
  });
});

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
const tensor = (name: string, shape: number[], dataType: TensorSpec['dataType'] = 'FP32'): TensorSpec => ({
  name,
  dataType,
  shape,
});
const inputs = [tensor('word', [-1, 1], 'INT64'), tensor('features', [-1, 3]), tensor('h_in', [1, -1, 8])];
const outputs = [tensor('scores', [-1, 5]), tensor('h_out', [1, -1, 8])];
const typeOf = (
  more: Partial<GenerateTokensStepSpec>,
  tensors: { inputs?: TensorSpec[]; outputs?: TensorSpec[] } = {},
) => {
  const said: string[] = [];
  const model = { name: 'decoder', onnx: { file: 'd.onnx', sha256: '' }, tensors: { inputs, outputs, ...tensors } };
  const type = generateTokensType({ ...step, ...more }, model, (field) => said.push(field));
  return { said, type };
};

describe('a step that writes token after token', () => {
  it('writes INT64, one row of up to its maximum', () => {
    const { said, type } = typeOf({});
    expect(said).toEqual([]);
    expect(type).toMatchObject({ dataType: 'INT64', extents: [{ maximum: 1 }, { isVarying: true, maximum: 6 }] });
  });

  it.each([
    ['scores of no fixed number', {}, { outputs: [tensor('scores', [-1, -1]), outputs[1]] }, '/scores'],
    ['scores that the graph does not give', { scores: 'other' }, {}, '/scores'],
    ['an end token beyond the scores', { endToken: 5 }, {}, '/endToken'],
    ['a start token beyond the scores', { startToken: 5 }, {}, '/startToken'],
    ['an id where one-hot is said', { token: { input: 'word', encoding: 'one_hot' } }, {}, '/token/input'],
    ['an input that nothing feeds', { state: [] }, {}, '/inputs'],
    ['an input that is fed twice', { inputs: { features: 'features', h_in: 'features' } }, {}, '/inputs'],
    [
      'a state that does not fit back in',
      {},
      { outputs: [outputs[0], tensor('h_out', [1, -1, 9])] },
      '/state/0/output',
    ],
  ] as [string, Partial<GenerateTokensStepSpec>, { inputs?: TensorSpec[]; outputs?: TensorSpec[] }, string][])(
    'is refused with %s',
    (_, more, tensors, field) => {
      expect(typeOf(more, tensors).said).toContain(field);
    },
  );
});
