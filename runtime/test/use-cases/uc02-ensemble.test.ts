import { type MlpOptions, mlpModel, mlpReference, pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../test-server.js';
import { findingOf, fp32, graphOf, probabilitiesOf } from './small-graphs.js';

/** Three heads, each of three networks that were trained from other seeds. */
const HEADS = [
  { name: 'dysplasia', labels: ['low', 'high'], mode: 'binary', seeds: [12, 13, 14] },
  { name: 'type', labels: ['normal', 'hyperplastic', 'adenoma'], mode: 'multiclass', seeds: [6, 7, 8] },
  {
    name: 'tissue',
    labels: ['NORM', 'HP', 'TA.HG', 'TA.LG', 'TVA.HG', 'TVA.LG'],
    mode: 'multiclass',
    seeds: [9, 10, 11],
  },
] as const;
type Head = (typeof HEADS)[number];
const networkOf = ({ labels }: Head, seed: number): MlpOptions => ({
  features: 3,
  hidden: 5,
  classes: labels.length,
  seed,
});
const member = (head: Head, seed: number) => `${head.name}-${seed}`;

/** Mean red, green and blue of a patch, in 0 to 1. */
const pool = graphOf({ x: 4, y: 2 }, [
  { op: 'ReduceMean', inputs: ['x'], outputs: ['y'], attributes: { axes: { ints: [2, 3] }, keepdims: { int: 0 } } },
]);

const SIZE = 4;
const patch = (colours: (pixel: number) => readonly number[]) =>
  Array.from({ length: SIZE * SIZE }, (_, pixel) => colours(pixel)).flat();
const meanColour = (pixels: readonly number[]) =>
  [0, 1, 2].map((c) => pixels.filter((_, i) => i % 3 === c).reduce((a, b) => a + b, 0) / (SIZE * SIZE) / 255);
const headOf = (head: Head, pixels: readonly number[]) => {
  const members = head.seeds.map((seed) => mlpReference(networkOf(head, seed), meanColour(pixels)));
  return head.labels.map((_, c) => members.reduce((sum, p) => sum + (p[c] as number), 0) / members.length);
};
const png = (pixels: readonly number[]) =>
  pngFile({ width: SIZE, height: SIZE, depth: 8, colour: 'rgb', bytes: pixels });

const stained = patch((pixel) => [255 - 9 * pixel, 4 * pixel, 100 + 6 * pixel]);
const pale = patch(() => [240, 235, 245]);

const ensemble: TestPackageOptions = {
  name: 'polyps',
  tensors: {
    inputs: [fp32('x', [-1, 3, SIZE, SIZE])],
    outputs: HEADS.map(({ name, labels }) => fp32(name, [-1, labels.length], { range: [0, 1] })),
  },
  pipeline: {
    models: [
      {
        name: 'pool',
        graph: pool,
        tensors: { inputs: [fp32('x', [-1, 3, SIZE, SIZE])], outputs: [fp32('y', [-1, 3])] },
      },
      ...HEADS.flatMap((head) =>
        head.seeds.map((seed) => ({
          name: member(head, seed),
          graph: mlpModel(networkOf(head, seed)),
          tensors: {
            inputs: [fp32('features', [-1, 3])],
            outputs: [fp32('probabilities', [-1, head.labels.length])],
          },
        })),
      ),
    ],
    steps: [
      { name: 'pool', operation: 'model', model: 'pool', inputs: { x: 'x' }, outputs: { y: 'features' } },
      ...HEADS.flatMap((head) => [
        ...head.seeds.map((seed) => ({
          name: member(head, seed),
          operation: 'model' as const,
          model: member(head, seed),
          inputs: { features: 'features' },
          outputs: { probabilities: member(head, seed) },
        })),
        {
          name: head.name,
          operation: 'mean' as const,
          inputs: head.seeds.map((seed) => member(head, seed)),
          output: head.name,
        },
      ]),
    ],
  },
  manifest: {
    inputs: [
      {
        name: 'patch',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png'],
        maxPixels: 1000,
        steps: [
          { op: 'decode_image', colour: 'rgb' },
          { op: 'resize_image', width: SIZE, height: SIZE, interpolation: 'linear' },
          { op: 'cast_image', dataType: 'FP32' },
          { op: 'divide_image', divisor: 255 },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
        ],
      },
    ],
    outputs: HEADS.map(({ name, labels, mode }) => ({
      name,
      kind: 'classification',
      from: name,
      mode,
      // Use case 2 decides for dysplasia from 0.2 on.
      classes: labels.map((label) => ({ label, ...(label === 'high' ? { threshold: 0.2 } : {}) })),
    })),
  },
  golden: [
    {
      id: 'stained',
      inputs: { patch: { image: { mediaType: 'image/png', base64: png(stained).toString('base64') } } },
      expected: Object.fromEntries(
        HEADS.map((head) => [
          head.name,
          { dataType: 'FP32', shape: [1, head.labels.length], values: headOf(head, stained), scale: 1 },
        ]),
      ),
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([ensemble]);
});
afterAll(() => test.stop());
const predict = (pixels: readonly number[]) =>
  test.client.predict({
    modelName: 'polyps',
    inputs: [{ name: 'patch', image: { data: png(pixels), mediaType: 'image/png' } }],
  });

describe('use case 2: classification of colorectal biopsies', () => {
  it('averages three networks for each of three heads, of a patch as PNG', async () => {
    for (const pixels of [stained, pale]) {
      const response = await predict(pixels);
      for (const head of HEADS) {
        const got = probabilitiesOf(response, head.name);
        const expected = headOf(head, pixels);
        head.labels.forEach((label, c) => {
          expect(got[label], `${head.name} ${label}`).toBeCloseTo(expected[c] as number, 5);
        });
      }
      expect(response.provenance?.steps.filter(({ operation }) => operation === 'model')).toHaveLength(10);
    }
  });

  it('decides for dysplasia from 0.2 on, which is not where the larger probability decides', async () => {
    const [, high] = headOf(HEADS[0], stained) as [number, number];
    expect(high).toBeGreaterThan(0.2);
    expect(high).toBeLessThan(0.5);
    const { classification } = findingOf(await predict(stained), 'dysplasia');
    expect(classification?.decision).toEqual(['high']);
    expect(classification?.classes[1]?.threshold).toBe(0.2);
  });
});
