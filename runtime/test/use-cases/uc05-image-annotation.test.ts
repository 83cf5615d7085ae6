import { pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../test-server.js';
import { findingOf, fp32, graphOf, probabilitiesOf, sigmoid } from './small-graphs.js';
import { decoder, END, FEATURES, PAD, WORDS, written } from './uc05-decoder.js';

const [WIDTH, HEIGHT] = [2, 3];
const TAGS = ['cardiomegaly', 'effusion', 'nodule', 'normal'];
/** Each tag with the threshold that was chosen for it. */
const THRESHOLDS = [0.3, 0.5, 0.6, 0.25];
const TAG_WEIGHTS = [2, -1, 0, 1, -3, 2, 1, 0, 1, 1, -2, -1];
const MOST = 12;

/** Features: the mean of each line of the image, in -1 to 1. */
const featuresOf = (pixels: readonly number[]) =>
  [0, 1, 2].map((line) => ((pixels[2 * line] as number) + (pixels[2 * line + 1] as number)) / 255 - 1);
const tagsOf = (pixels: readonly number[]) =>
  TAGS.map((_, t) =>
    sigmoid(featuresOf(pixels).reduce((sum, v, i) => sum + v * (TAG_WEIGHTS[4 * i + t] as number), 0)),
  );
const textOf = (ids: readonly number[]) =>
  ids
    .filter((id) => id > END)
    .map((id) => WORDS[id])
    .join(' ');

const cnn = graphOf({ x: 4, y: 2 }, [
  { op: 'ReduceMean', inputs: ['x'], outputs: ['y'], attributes: { axes: { ints: [1, 3] }, keepdims: { int: 0 } } },
]);
const tagger = graphOf(
  { x: 2, y: 2 },
  [
    { op: 'MatMul', inputs: ['x', 'weights'], outputs: ['logits'] },
    { op: 'Sigmoid', inputs: ['logits'], outputs: ['y'] },
  ],
  { weights: { shape: [3, 4], values: TAG_WEIGHTS } },
);

const png = (pixels: readonly number[]) =>
  pngFile({ width: WIDTH, height: HEIGHT, depth: 8, colour: 'gray', bytes: pixels });
const ENDS = [200, 200, 150, 150, 200, 200];
const RUNS_ON = [150, 150, 100, 100, 250, 250];
const vocabulary = { file: 'words.txt', size: WORDS.length };

const annotation: TestPackageOptions = {
  name: 'annotation',
  tensors: {
    inputs: [fp32('x', [1, 1, HEIGHT, WIDTH])],
    outputs: [
      fp32('tags', [1, 4], { range: [0, 1] }),
      { name: 'tokens', dataType: 'INT64', shape: [1, -1], maxExtent: MOST },
    ],
  },
  pipeline: {
    models: [
      {
        name: 'cnn',
        graph: cnn,
        tensors: { inputs: [fp32('x', [1, 1, HEIGHT, WIDTH])], outputs: [fp32('y', [1, FEATURES])] },
      },
      { name: 'tagger', graph: tagger, tensors: { inputs: [fp32('x', [1, FEATURES])], outputs: [fp32('y', [1, 4])] } },
      {
        name: 'decoder',
        graph: decoder,
        tensors: {
          inputs: [
            fp32('word', [-1, 13]),
            fp32('features', [-1, 3]),
            fp32('h_in', [1, -1, 5]),
            fp32('c_in', [1, -1, 5]),
          ],
          outputs: [fp32('scores', [-1, 13]), fp32('h_out', [1, -1, 5]), fp32('c_out', [1, -1, 5])],
        },
      },
    ],
    steps: [
      { name: 'look', operation: 'model', model: 'cnn', inputs: { x: 'x' }, outputs: { y: 'features' } },
      { name: 'tag', operation: 'model', model: 'tagger', inputs: { x: 'features' }, outputs: { y: 'tags' } },
      {
        name: 'write',
        operation: 'generate_tokens',
        model: 'decoder',
        inputs: { features: 'features' },
        token: { input: 'word', encoding: 'one_hot' },
        scores: 'scores',
        state: [
          { input: 'h_in', output: 'h_out' },
          { input: 'c_in', output: 'c_out' },
        ],
        startToken: PAD,
        endToken: END,
        maximumTokens: MOST,
        output: 'tokens',
      },
    ],
  },
  manifest: {
    inputs: [
      {
        name: 'xray',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png'],
        maxPixels: 1000,
        steps: [
          { op: 'decode_image', colour: 'gray' },
          { op: 'resize_image', width: WIDTH, height: HEIGHT, interpolation: 'linear' },
          { op: 'image_to_tensor', layout: 'CHW', scale: 2 / 255, mean: [1], std: [1] },
        ],
      },
    ],
    outputs: [
      {
        name: 'tags',
        kind: 'classification',
        from: 'tags',
        mode: 'multilabel',
        classes: TAGS.map((label, t) => ({ label, threshold: THRESHOLDS[t] as number })),
      },
      {
        name: 'report',
        kind: 'text',
        from: 'tokens',
        vocabulary,
        endToken: END,
        omit: [0, 1, 2],
        separator: ' ',
        language: 'en',
      },
    ],
  },
  files: { 'words.txt': `${WORDS.join('\n')}\n` },
  golden: [
    {
      id: 'ends',
      inputs: { xray: { image: { mediaType: 'image/png', base64: png(ENDS).toString('base64') } } },
      expected: {
        tags: { dataType: 'FP32', shape: [1, 4], values: tagsOf(ENDS), scale: 1 },
        tokens: {
          dataType: 'INT64',
          shape: [1, written(featuresOf(ENDS), MOST).length],
          values: written(featuresOf(ENDS), MOST),
        },
      },
      findings: { report: { text: textOf(written(featuresOf(ENDS), MOST)) } },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([annotation]);
});
afterAll(() => test.stop());
const predict = (pixels: readonly number[]) =>
  test.client.predict({
    modelName: 'annotation',
    inputs: [{ name: 'xray', image: { data: png(pixels), mediaType: 'image/png' } }],
  });

describe('use case 5: deep image annotation', () => {
  it('decides for each tag at its own threshold', async () => {
    for (const pixels of [ENDS, RUNS_ON]) {
      const response = await predict(pixels);
      const expected = tagsOf(pixels);
      const got = probabilitiesOf(response, 'tags');
      TAGS.forEach((label, t) => {
        expect(got[label]).toBeCloseTo(expected[t] as number, 5);
      });
      expect(findingOf(response, 'tags').classification?.decision).toEqual(
        TAGS.filter((_, t) => (expected[t] as number) >= (THRESHOLDS[t] as number)),
      );
    }
  });

  it('writes a text word by word from the features of the image, and says that a model wrote it', async () => {
    const ids = written(featuresOf(ENDS), MOST);
    expect(ids.length).toBeGreaterThan(3);
    expect(ids.at(-1)).toBe(END);
    const [first, again] = [await predict(ENDS), await predict(ENDS)];
    const { text } = findingOf(first, 'report');
    expect(text).toEqual({ text: textOf(ids), language: 'en', isGenerated: true, isCutOff: false });
    expect(findingOf(again, 'report').text).toEqual(text);
    expect(first.warnings.filter(({ kind }) => kind === 'WARNING_KIND_GENERATED_TEXT')).toMatchObject([
      { field: 'report', message: 'A model wrote this text; nobody has read it yet.' },
    ]);
    expect(first.provenance?.steps.map(({ name, operation }) => [name, operation])).toContainEqual([
      'write',
      'generate_tokens',
    ]);
  });

  it('stops at the largest number of words, and says that the text was cut off', async () => {
    const ids = written(featuresOf(RUNS_ON), MOST);
    expect(ids).toHaveLength(MOST);
    expect(ids).not.toContain(END);
    const response = await predict(RUNS_ON);
    expect(findingOf(response, 'report').text).toMatchObject({ text: textOf(ids), isCutOff: true });
    const [warning] = response.warnings.filter(({ kind }) => kind === 'WARNING_KIND_GENERATED_TEXT');
    expect(warning?.message).toContain('cut off');
  });
});
