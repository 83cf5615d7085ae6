import type { VolumeInputSpec } from '@deephealth/sdk';
import { buildOnnxModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../test-server.js';
import { volumeInput } from '../volume-packages.js';
import { type PhantomValue, phantom } from '../volume-phantoms.js';
import { ana, COLUMNS, features, golden, type Person, patient, row, scan, tableOf } from './assumed-inputs.js';
import { findingOf, fp32, fp32Constants, probabilitiesOf, sigmoid } from './small-graphs.js';

const asTensor = { op: 'volume_to_tensor', layout: 'NCDHW' } as const;
const head: VolumeInputSpec = volumeInput([
  { op: 'orient_volume', axes: 'RAS' },
  { op: 'z_score_volume', epsilon: 1e-6 },
  asTensor,
]);

function zScores(values: readonly number[]): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return values.map((v) => (v - mean) / std);
}
/** Mean of the positive z-scores: how much of the brain is bright. */
const brightness = (values: readonly number[]) =>
  zScores(values).reduce((sum, z) => sum + Math.max(z, 0), 0) / values.length;
const meanOfPositive = [
  { op: 'Relu', inputs: ['x'], outputs: ['bright'] },
  {
    op: 'ReduceMean',
    inputs: ['bright'],
    outputs: ['mean'],
    attributes: { axes: { ints: [1, 2, 3, 4] }, keepdims: { int: 0 } },
  },
  { op: 'Reshape', inputs: ['mean', 'column'], outputs: ['brightness'] },
];
const linear: PhantomValue = (r, a, s) => 100 * r + 10 * a + s;
const corner: PhantomValue = (r, a, s) => (r > 2 && a > 1 ? 500 + s : 3 * r);

const SLOPE = 10;
const OFFSET = -4;
const depressionOf = (values: readonly number[]) => sigmoid(SLOPE * brightness(values) + OFFSET);
const depression: TestPackageOptions = {
  name: 'depression',
  model: buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['n', 1, 'd', 'h', 'w'] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['n', 1] }],
    nodes: [
      ...meanOfPositive,
      { op: 'Mul', inputs: ['brightness', 'slope'], outputs: ['scaled'] },
      { op: 'Add', inputs: ['scaled', 'offset'], outputs: ['logit'] },
      { op: 'Sigmoid', inputs: ['logit'], outputs: ['y'] },
    ],
    initializers: [
      ...fp32Constants({ slope: { shape: [1], values: [SLOPE] }, offset: { shape: [1], values: [OFFSET] } }),
      { name: 'column', dataType: 'INT64', shape: [2], values: [-1, 1] },
    ],
  }),
  tensors: { inputs: [fp32('x', [-1, 1, -1, -1, -1])], outputs: [fp32('y', [-1, 1], { range: [0, 1] })] },
  manifest: {
    inputs: [head],
    outputs: [
      {
        name: 'depression',
        kind: 'classification',
        from: 'y',
        mode: 'binary',
        classes: [{ label: 'control' }, { label: 'depression', threshold: 0.5 }],
        abstainBetween: [0.45, 0.55],
      },
    ],
  },
  golden: [
    {
      id: 'linear',
      inputs: { scan: golden(phantom('RAS', linear)) },
      expected: {
        y: { dataType: 'FP32', shape: [1, 1], values: [depressionOf(phantom('RAS', linear).values)], scale: 1 },
      },
    },
  ],
};

const STAGES = ['none', 'mild', 'severe'];
const STAGE_WEIGHTS = [-0.05, 0.01, 0.06, 0.2, 0.1, 0, 0.3, 0.1, -0.2];
const BRIGHT_WEIGHTS = [1, 2, 3];
function stagesOf(person: Person, values: readonly number[]): number[] {
  const logits = STAGES.map(
    (_, c) =>
      row(person).reduce((sum, v, i) => sum + v * (STAGE_WEIGHTS[3 * i + c] as number), 0) +
      brightness(values) * (BRIGHT_WEIGHTS[c] as number),
  );
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  return powers.map((power) => power / powers.reduce((a, b) => a + b, 0));
}
/** Two inputs of one patient: an image and a table. */
const dementia: TestPackageOptions = {
  name: 'dementia',
  model: buildOnnxModel({
    inputs: [
      { name: 'x', dataType: 'FP32', shape: ['n', 1, 'd', 'h', 'w'] },
      { name: 'person', dataType: 'FP32', shape: ['n', 3] },
    ],
    outputs: [{ name: 'stages', dataType: 'FP32', shape: ['n', 3] }],
    nodes: [
      ...meanOfPositive,
      { op: 'MatMul', inputs: ['brightness', 'by_image'], outputs: ['image'] },
      { op: 'MatMul', inputs: ['person', 'by_person'], outputs: ['table'] },
      { op: 'Add', inputs: ['image', 'table'], outputs: ['logits'] },
      { op: 'Softmax', inputs: ['logits'], outputs: ['stages'], attributes: { axis: { int: 1 } } },
    ],
    initializers: [
      ...fp32Constants({
        by_image: { shape: [1, 3], values: BRIGHT_WEIGHTS },
        by_person: { shape: [3, 3], values: STAGE_WEIGHTS },
      }),
      { name: 'column', dataType: 'INT64', shape: [2], values: [-1, 1] },
    ],
  }),
  tensors: {
    inputs: [fp32('x', [-1, 1, -1, -1, -1]), fp32('person', [-1, 3])],
    outputs: [fp32('stages', [-1, 3], { range: [0, 1] })],
  },
  manifest: {
    inputs: [
      head,
      {
        name: 'patient',
        kind: 'table',
        feeds: 'person',
        columns: COLUMNS,
        steps: [{ op: 'table_to_features', features }],
      },
    ],
    outputs: [
      {
        name: 'stage',
        kind: 'classification',
        from: 'stages',
        mode: 'multiclass',
        classes: STAGES.map((label) => ({ label })),
      },
    ],
  },
  golden: [
    {
      id: 'ana',
      inputs: { scan: golden(phantom('RAS', linear)), patient: { table: tableOf(ana) } },
      expected: {
        stages: { dataType: 'FP32', shape: [1, 3], values: stagesOf(ana, phantom('RAS', linear).values), scale: 10 },
      },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([depression, dementia]);
});
afterAll(() => test.stop());

describe('use cases 7 and 8, whose tasks were not published', () => {
  it('(7, assumed) classifies a whole brain volume, and abstains between its two limits', async () => {
    const source = phantom('LPS', corner);
    const expected = depressionOf(source.values);
    const response = await test.client.predict({ modelName: 'depression', inputs: [scan(source)] });
    expect(probabilitiesOf(response, 'depression').depression).toBeCloseTo(expected, 5);
    const isUnsure = expected >= 0.45 && expected <= 0.55;
    expect(findingOf(response, 'depression').classification).toMatchObject({
      abstained: isUnsure,
      decision: isUnsure ? [] : [expected >= 0.5 ? 'depression' : 'control'],
    });
  });

  it('(8, assumed) classifies a patient from a brain volume and a table together', async () => {
    const source = phantom('SPL', corner);
    const bert: Person = { age: 80, sex: 'male', mmse: 27 };
    const { mmse, ...known } = bert;
    for (const [person, sent] of [
      [ana, ana],
      [bert, known],
    ] as const) {
      const inputs = [scan(source), patient(sent)];
      const response = await test.client.predict({ modelName: 'dementia', inputs });
      const got = probabilitiesOf(response, 'stage');
      const expected = stagesOf(person, source.values);
      STAGES.forEach((label, c) => {
        expect(got[label]).toBeCloseTo(expected[c] as number, 4);
      });
      expect(response.warnings.some(({ kind }) => kind === 'WARNING_KIND_IMPUTED')).toBe(sent !== ana);
    }
    expect(mmse).toBe(27);
    const alone = test.client.predict({ modelName: 'dementia', inputs: [scan(source)] });
    expect(await refusalOf(alone)).toMatchObject({ code: 'DH_INPUT_MISSING' });
  });
});
