import type { TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../test-server.js';
import { volumeInput } from '../volume-packages.js';
import { niftiFile, type PhantomValue, phantom } from '../volume-phantoms.js';
import { findingOf, fp32, graphOf, labelsOf, probabilitiesOf, sigmoid } from './small-graphs.js';

/** A kidney of 200 in the middle, and in it a lesion of 400 in one slice only. */
const withLesion: PhantomValue = (r, a, s) =>
  r === 2 && a === 1 && s === 2 ? 400 : r >= 1 && r <= 3 && a <= 2 ? 200 : 0;
const healthy: PhantomValue = (...at) => Math.min(withLesion(...at), 200);

/** Slices along the body, from the feet: [s][r][a]. */
const slicesOf = (value: PhantomValue) => {
  const { values, shape } = phantom('SRA', value);
  const size = shape[1] * shape[2];
  return Array.from({ length: shape[0] }, (_, s) => values.slice(s * size, (s + 1) * size));
};
/** Probability of a lesion in a slice, from its highest value. */
const sliceOf = (slice: readonly number[]) => sigmoid((Math.max(...slice) - 300) / 50);
const patientOf = (value: PhantomValue) => {
  const each = slicesOf(value).map(sliceOf);
  return each.reduce((a, b) => a + b, 0) / each.length;
};

const rows = [-1, 1, -1, -1];
const kidneys: TestPackageOptions = {
  name: 'kidneys',
  tensors: {
    inputs: [fp32('x', rows)],
    outputs: [fp32('kidney', rows, { range: [0, 1] }), fp32('patient', [1, 1], { range: [0, 1] })],
  },
  pipeline: {
    models: [
      {
        name: 'segment',
        graph: graphOf(
          { x: 4, y: 4 },
          [
            { op: 'Sub', inputs: ['x', 'edge'], outputs: ['above'] },
            { op: 'Sigmoid', inputs: ['above'], outputs: ['y'] },
          ],
          { edge: { shape: [1], values: [100] } },
        ),
        tensors: { inputs: [fp32('x', rows)], outputs: [fp32('y', rows)] },
      },
      {
        name: 'classify',
        graph: graphOf(
          { x: 4, y: 2 },
          [
            {
              op: 'ReduceMax',
              inputs: ['x'],
              outputs: ['highest'],
              attributes: { axes: { ints: [2, 3] }, keepdims: { int: 0 } },
            },
            { op: 'Sub', inputs: ['highest', 'edge'], outputs: ['above'] },
            { op: 'Div', inputs: ['above', 'width'], outputs: ['logit'] },
            { op: 'Sigmoid', inputs: ['logit'], outputs: ['y'] },
          ],
          { edge: { shape: [1], values: [300] }, width: { shape: [1], values: [50] } },
        ),
        tensors: { inputs: [fp32('x', rows)], outputs: [fp32('y', [-1, 1])] },
      },
    ],
    steps: [
      { name: 'segment', operation: 'model', model: 'segment', inputs: { x: 'x' }, outputs: { y: 'kidney' } },
      { name: 'classify', operation: 'model', model: 'classify', inputs: { x: 'x' }, outputs: { y: 'slices' } },
      { name: 'aggregate', operation: 'aggregate_rows', input: 'slices', statistic: 'mean', output: 'patient' },
    ],
  },
  manifest: {
    inputs: [
      volumeInput(
        [
          { op: 'orient_volume', axes: 'SRA' },
          { op: 'volume_to_slices', neighbours: 0 },
        ],
        {
          spacingMm: { minimum: [3, 0.5, 2], maximum: [3, 0.5, 2] },
        },
      ),
    ],
    outputs: [
      { name: 'kidney', kind: 'mask', from: 'kidney', input: 'scan', mode: 'binary', classes: [{ label: 'kidney' }] },
      {
        name: 'lesion',
        kind: 'classification',
        from: 'patient',
        mode: 'binary',
        classes: [{ label: 'absent' }, { label: 'present', threshold: 0.3 }],
      },
    ],
  },
  golden: [
    {
      id: 'lesion',
      inputs: {
        scan: {
          volume: {
            voxels: { dataType: 'INT16', shape: phantom('RAS').shape, values: phantom('RAS', withLesion).values },
            grid: { spacingMm: phantom('RAS').grid.spacing, origin: phantom('RAS').grid.origin, convention: 'RAS' },
          },
        },
      },
      expected: { patient: { dataType: 'FP32', shape: [1, 1], values: [patientOf(withLesion)], scale: 1 } },
      findings: { kidney: { counts: { kidney: 27 } }, lesion: { decision: ['present'] } },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([kidneys]);
});
afterAll(() => test.stop());

describe('use case 11: image analysis for urology', () => {
  it('segments every slice of a volume and gives one classification for the patient', async () => {
    for (const [value, decision] of [
      [withLesion, 'present'],
      [healthy, 'absent'],
    ] as const) {
      const source = phantom('PIL', value);
      const response = await test.client.predict({
        modelName: 'kidneys',
        inputs: [{ name: 'scan', volume: { file: { data: niftiFile(source), mediaType: 'application/x-nifti' } } }],
      });
      expect(labelsOf(response, 'kidney')).toEqual(source.values.map((v) => Number(v >= 100)));
      expect(probabilitiesOf(response, 'lesion').present).toBeCloseTo(patientOf(value), 5);
      expect(findingOf(response, 'lesion').classification?.decision).toEqual([decision]);
    }
  });
});
