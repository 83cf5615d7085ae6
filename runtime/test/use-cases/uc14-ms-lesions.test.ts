import type { TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../test-server.js';
import { volumeInput } from '../volume-packages.js';
import { niftiFile, type PhantomValue, phantom } from '../volume-phantoms.js';
import { findingOf, fp32, graphOf, labelsOf } from './small-graphs.js';

/** Bright places, one of them in a single slice: the network wants two neighbouring slices to agree. */
const value: PhantomValue = (r, a, s) => {
  if (r === 1 && a === 2 && s <= 1) return 8;
  if (r === 3 && a === 0 && s === 2) return 8;
  return r === 4 ? 2 : 0;
};
/** Mean of a slice and its two neighbours; beyond the ends stands the last slice. */
const smoothed = (r: number, a: number, s: number) =>
  [s - 1, s, s + 1].reduce((sum, at) => sum + value(r, a, Math.min(Math.max(at, 0), 2)), 0) / 3;
const THRESHOLD = 5;
const lesion: PhantomValue = (r, a, s) => Number(smoothed(r, a, s) >= THRESHOLD);

/** Three slices in as channels, one out: their mean, which is 5 or more for two of three. */
const network = graphOf(
  { x: 4, y: 4 },
  [
    { op: 'ReduceMean', inputs: ['x'], outputs: ['mean'], attributes: { axes: { ints: [1] } } },
    { op: 'Sub', inputs: ['mean', 'edge'], outputs: ['above'] },
    { op: 'Sigmoid', inputs: ['above'], outputs: ['y'] },
  ],
  { edge: { shape: [1], values: [THRESHOLD] } },
);

const lesions: TestPackageOptions = {
  name: 'ms-lesions',
  model: network,
  tensors: { inputs: [fp32('x', [-1, 3, -1, -1])], outputs: [fp32('y', [-1, 1, -1, -1], { range: [0, 1] })] },
  manifest: {
    inputs: [
      volumeInput(
        [
          { op: 'orient_volume', axes: 'SRA' },
          { op: 'volume_to_slices', neighbours: 1 },
        ],
        {
          spacingMm: { minimum: [3, 0.5, 2], maximum: [3, 0.5, 2] },
        },
      ),
    ],
    outputs: [
      { name: 'lesions', kind: 'mask', from: 'y', input: 'scan', mode: 'binary', classes: [{ label: 'lesion' }] },
    ],
  },
  golden: [
    {
      id: 'phantom',
      inputs: {
        scan: {
          volume: {
            voxels: { dataType: 'INT16', shape: phantom('RAS').shape, values: phantom('RAS', value).values },
            grid: { spacingMm: phantom('RAS').grid.spacing, origin: phantom('RAS').grid.origin, convention: 'RAS' },
          },
        },
      },
      expected: {
        y: {
          dataType: 'FP32',
          shape: [3, 1, 5, 4],
          values: phantom('SRA', (...at) => 1 / (1 + Math.exp(THRESHOLD - smoothed(...at)))).values,
          scale: 1,
        },
      },
      findings: { lesions: { counts: { lesion: phantom('RAS', lesion).values.reduce((a, b) => a + b, 0) } } },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([lesions]);
});
afterAll(() => test.stop());

describe('use case 14: fatigue assessment for multiple sclerosis', () => {
  it('segments lesions from neighbouring slices as channels (2.5-D), on the grid of the volume as it was sent', async () => {
    for (const axes of ['RAS', 'LPI', 'SAR', 'PIL']) {
      const source = phantom(axes, value);
      const response = await test.client.predict({
        modelName: 'ms-lesions',
        inputs: [{ name: 'scan', volume: { file: { data: niftiFile(source), mediaType: 'application/x-nifti' } } }],
      });
      expect(labelsOf(response, 'lesions'), axes).toEqual(phantom(axes, lesion).values);
      expect(findingOf(response, 'lesions').mask?.classes[0]?.extent?.unit).toBe('mm3');
    }
    // The single bright slice at the end stands for its neighbour as well, and so it counts.
    expect(lesion(3, 0, 2)).toBe(1);
    expect(lesion(3, 0, 1)).toBe(0);
    expect(lesion(1, 2, 1)).toBe(1);
  });
});
