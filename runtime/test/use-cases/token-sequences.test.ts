import type { SequenceInputSpec } from '@deephealth/sdk';
import { eddlFile, identityModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer, valuesOf } from '../test-server.js';
import { findingOf, fp32, fp32Constants } from './small-graphs.js';

const WORDS = ['<pad>', '<oov>', '<bos>', '<eos>', 'cough', 'fever', 'since', 'three', 'days', ',', 'fièvre'];
const files = { 'words.txt': `${WORDS.join('\n')}\n` };
const vocabulary = { file: 'words.txt', size: WORDS.length };
const input = (steps: SequenceInputSpec['steps'], tokens = { minimum: 1, maximum: 6 }): SequenceInputSpec => ({
  name: 'history',
  kind: 'sequence',
  feeds: 'x',
  vocabulary,
  tokens,
  steps,
});

/** y = the ids of a text. */
const ids = (name: string, spec: SequenceInputSpec, golden: readonly number[]): TestPackageOptions => ({
  name,
  model: identityModel({ dataType: 'INT64', shape: ['batch', 'tokens'] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'INT64', shape: [-1, -1] }],
    outputs: [{ name: 'y', dataType: 'INT64', shape: [-1, -1] }],
  },
  manifest: { inputs: [spec] },
  files,
  golden: [
    {
      id: 'cough',
      inputs: { history: { sequence: { tokens: [4, 5] } } },
      expected: { y: { dataType: 'INT64', shape: [1, golden.length], values: golden } },
    },
  ],
});

/** EDDL's embedding: ids as FP32, cast to INT32, rows of a table; here their sum. */
const EMBEDDINGS = WORDS.flatMap((_, id) => [id * id, -id]);
const embedding: TestPackageOptions = {
  name: 'embedding',
  model: eddlFile({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 'tokens'] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 2] }],
    nodes: [
      { op: 'Cast', inputs: ['x'], outputs: ['ids'], attributes: { to: { int: 6 } } },
      { op: 'Gather', inputs: ['table', 'ids'], outputs: ['rows'] },
      { op: 'ReduceSum', inputs: ['rows'], outputs: ['y'], attributes: { axes: { ints: [1] }, keepdims: { int: 0 } } },
    ],
    initializers: fp32Constants({ table: { shape: [WORDS.length, 2], values: EMBEDDINGS } }),
  }),
  tensors: { inputs: [fp32('x', [-1, -1])], outputs: [fp32('y', [-1, 2])] },
  manifest: {
    inputs: [
      input([
        { op: 'split_text', pieces: 'whitespace', lowerCase: false },
        { op: 'tokens_to_ids', unknown: 'refuse' },
        { op: 'ids_to_tensor', dataType: 'FP32' },
      ]),
    ],
  },
  files,
  golden: [
    {
      id: 'three-days',
      inputs: { history: { sequence: { text: 'three days' } } },
      expected: { y: { dataType: 'FP32', shape: [1, 2], values: [49 + 64, -15] } },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  const words = { op: 'split_text', pieces: 'words', lowerCase: true } as const;
  const tensor = { op: 'ids_to_tensor', dataType: 'INT64' } as const;
  test = await startTestServer([
    ids(
      'framed',
      input([
        words,
        { op: 'tokens_to_ids', unknown: { token: '<oov>' } },
        { op: 'add_tokens', first: '<bos>', last: '<eos>' },
        { op: 'pad_tokens', length: 8, token: '<pad>' },
        tensor,
      ]),
      [2, 4, 5, 3, 0, 0, 0, 0],
    ),
    ids('strict', input([words, { op: 'tokens_to_ids', unknown: 'refuse' }, tensor]), [4, 5]),
    ids('only-ids', input([{ op: 'tokens_to_ids', unknown: 'refuse' }, tensor]), [4, 5]),
    ids('wrong-token', input([words, { op: 'tokens_to_ids', unknown: { token: '<unk>' } }, tensor]), [4, 5]),
    embedding,
  ]);
});
afterAll(() => test.stop());
const send = (modelName: string, sequence: { text: string } | { tokens: { ids: number[] } }) =>
  test.client.predict({ modelName, inputs: [{ name: 'history', sequence }] });
const idsOf = (response: Awaited<ReturnType<typeof send>>) => {
  const data = findingOf(response, 'y').tensor?.data as Buffer;
  return Array.from({ length: data.byteLength / 8 }, (_, i) => Number(data.readBigInt64LE(8 * i)));
};

describe('a text or a list of tokens as an input', () => {
  it('becomes ids of the vocabulary in the package, with the tokens that the manifest adds', async () => {
    const response = await send('framed', { text: ' Cough, Fever\nsince  three days' });
    expect(idsOf(response)).toEqual([2, 4, 9, 5, 6, 7, 8, 3]);
    expect(idsOf(await send('framed', { text: 'FIÈVRE' }))).toEqual([2, 10, 3, 0, 0, 0, 0, 0]);
    expect(idsOf(await send('framed', { tokens: { ids: [8, 0, 10] } }))).toEqual([2, 8, 0, 10, 3, 0, 0, 0]);
    expect(response.warnings.filter(({ kind }) => kind === 'WARNING_KIND_IMPUTED')).toEqual([]);
  });

  it('with a word that the vocabulary lacks is refused, or warned of where the manifest maps it', async () => {
    const mapped = await send('framed', { text: 'cough, dyspnoea' });
    expect(idsOf(mapped).slice(0, 4)).toEqual([2, 4, 9, 1]);
    const [warning] = mapped.warnings.filter(({ kind }) => kind === 'WARNING_KIND_IMPUTED');
    expect(warning).toMatchObject({ field: 'history' });
    expect(warning?.message).toContain('lacks 1 of 3 tokens');
    const refusal = await refusalOf(send('strict', { text: 'cough dyspnoea' }));
    expect(refusal).toMatchObject({ code: 'DH_TOKEN_UNKNOWN', details: { input: 'history', index: '1' } });
    // What a patient said is in no message.
    expect(refusal.message).not.toContain('dyspnoea');
    expect(warning?.message).not.toContain('dyspnoea');
  });

  it('is refused with more or fewer tokens than declared, an id outside the vocabulary, and a text where ids are taken', async () => {
    const long = 'cough fever since three days cough fever';
    expect(await refusalOf(send('framed', { text: long }))).toMatchObject({ code: 'DH_TOKEN_COUNT_MISMATCH' });
    expect(await refusalOf(send('framed', { text: ' \n' }))).toMatchObject({ code: 'DH_TOKEN_COUNT_MISMATCH' });
    expect(await refusalOf(send('framed', { tokens: { ids: [] } }))).toMatchObject({ code: 'DH_TOKEN_COUNT_MISMATCH' });
    for (const id of [-1, WORDS.length, Number.MAX_SAFE_INTEGER]) {
      expect(await refusalOf(send('framed', { tokens: { ids: [id] } }))).toMatchObject({ code: 'DH_TOKEN_UNKNOWN' });
    }
    expect(await refusalOf(send('only-ids', { text: 'cough' }))).toMatchObject({ code: 'DH_INPUT_KIND_MISMATCH' });
  });

  it('feeds an embedding of EDDL, which takes ids as FP32', async () => {
    const response = await send('embedding', { text: 'fever since three days' });
    expect(valuesOf(response)).toEqual([25 + 36 + 49 + 64, -26]);
  });

  it('with steps that name a token which the vocabulary lacks keeps the model from serving', () => {
    const version = test.server.store.all().find(({ name }) => name === 'wrong-token');
    expect(version).toMatchObject({ state: 'QUARANTINED', reason: { code: 'DH_MANIFEST_INVALID' } });
  });

  it('is described to callers', async () => {
    const { inputs } = await test.client.getModel('only-ids', '');
    expect(inputs).toMatchObject([
      { kind: 'INPUT_KIND_SEQUENCE', minimumTokens: '1', maximumTokens: '6', takesText: false },
    ]);
  });
});
