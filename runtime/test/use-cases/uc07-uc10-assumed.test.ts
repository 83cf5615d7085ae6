import type { ColumnSpec, VolumeInputSpec } from '@deephealth/sdk';
import { buildOnnxModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../test-server.js';
import { volumeInput } from '../volume-packages.js';
import { niftiFile, type Phantom, type PhantomValue, phantom } from '../volume-phantoms.js';
import { findingOf, fp32, fp32Constants, graphOf, labelsOf, probabilitiesOf, sigmoid } from './small-graphs.js';

/**
 * What these four use cases compute was not published. The shapes here are this project's assumption, from
 * the names alone: docs/use-cases.md says so as well.
 */
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
const golden = (source: Phantom) => ({
  volume: {
    voxels: { dataType: 'INT16', shape: source.shape, values: source.values },
    grid: { spacingMm: source.grid.spacing, origin: source.grid.origin, convention: 'RAS' },
  },
});
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

const COLUMNS: ColumnSpec[] = [
  { name: 'age', type: 'number', unit: 'a', validRange: [18, 110] },
  { name: 'sex', type: 'category', categories: ['female', 'male'] },
  { name: 'mmse', type: 'number', unit: '1', validRange: [0, 30], missing: { impute: 27 } },
];
const features = [{ column: 'age' }, { column: 'sex', equals: 'female' }, { column: 'mmse' }];
type Person = { readonly age: number; readonly sex: 'female' | 'male'; readonly mmse: number };
const row = ({ age, sex, mmse }: Person) => [age, Number(sex === 'female'), mmse];
const tableOf = ({ age, sex, mmse }: Person) => ({
  age: { number: age, unit: 'a' },
  sex: { category: sex },
  mmse: { number: mmse, unit: '1' },
});
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
const ana: Person = { age: 71, sex: 'female', mmse: 24 };

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

/** 0 background, 1 vertebra, 2 disc, by the value of a voxel. */
const tissueOf = (value: number) => (value >= 300 ? 1 : value >= 100 ? 2 : 0);
const spineValue: PhantomValue = (r, a, s) => (s === 1 ? 0 : a === 2 ? 350 + r : r === 3 ? 150 : 20);
const lumbar: TestPackageOptions = {
  name: 'lumbar',
  // One channel for each class: background falls, vertebra grows, disc is highest in between.
  model: graphOf(
    { x: 5, y: 5 },
    [
      { op: 'Mul', inputs: ['x', 'slopes'], outputs: ['scaled'] },
      { op: 'Add', inputs: ['scaled', 'offsets'], outputs: ['y'] },
    ],
    {
      slopes: { shape: [1, 3, 1, 1, 1], values: [-1, 1, 0] },
      offsets: { shape: [1, 3, 1, 1, 1], values: [100, -300, 0] },
    },
  ),
  tensors: { inputs: [fp32('x', [1, 1, -1, -1, -1])], outputs: [fp32('y', [1, 3, -1, -1, -1])] },
  manifest: {
    inputs: [
      volumeInput([{ op: 'orient_volume', axes: 'SRP' }, asTensor], {
        spacingMm: { minimum: [3, 0.5, 2], maximum: [3, 0.5, 2] },
      }),
    ],
    outputs: [
      {
        name: 'structures',
        kind: 'mask',
        from: 'y',
        input: 'scan',
        mode: 'multiclass',
        classes: [{ label: 'background' }, { label: 'vertebra' }, { label: 'disc' }],
      },
    ],
  },
  golden: [
    {
      id: 'spine',
      inputs: { scan: golden(phantom('RAS', spineValue)) },
      expected: {
        y: {
          dataType: 'FP32',
          shape: [1, 3, ...phantom('SRP').shape],
          values: [(v: number) => 100 - v, (v: number) => v - 300, () => 0].flatMap((channel) =>
            phantom('SRP', spineValue).values.map(channel),
          ),
        },
      },
    },
  ],
};

const RISK = [0.1, -0.5, -0.25];
const populationOf = (person: Person) => row(person).reduce((sum, v, i) => sum + v * (RISK[i] as number), 2);
const population: TestPackageOptions = {
  name: 'population',
  model: graphOf(
    { x: 2, y: 2 },
    [
      { op: 'MatMul', inputs: ['x', 'weights'], outputs: ['sum'] },
      { op: 'Add', inputs: ['sum', 'offset'], outputs: ['y'] },
    ],
    { weights: { shape: [3, 1], values: RISK }, offset: { shape: [1], values: [2] } },
  ),
  tensors: { inputs: [fp32('x', [-1, 3])], outputs: [fp32('y', [-1, 1])] },
  manifest: {
    inputs: [
      { name: 'patient', kind: 'table', feeds: 'x', columns: COLUMNS, steps: [{ op: 'table_to_features', features }] },
    ],
    outputs: [
      {
        name: 'decline',
        kind: 'regression',
        from: 'y',
        values: [{ label: 'decline of MMSE', unit: '1/a', validRange: [-10, 10] }],
      },
    ],
  },
  golden: [
    {
      id: 'ana',
      inputs: { patient: { table: tableOf(ana) } },
      expected: { y: { dataType: 'FP32', shape: [1, 1], values: [populationOf(ana)], scale: 10 } },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([depression, dementia, lumbar, population]);
});
afterAll(() => test.stop());
const scan = (source: Phantom) => ({
  name: 'scan',
  volume: { file: { data: niftiFile(source), mediaType: 'application/x-nifti' } },
});
const patient = (person: Partial<Person>) => ({
  name: 'patient',
  table: {
    values: [
      { name: 'age', number: person.age ?? 70, unit: 'a' },
      { name: 'sex', category: person.sex ?? 'male' },
      person.mmse === undefined
        ? { name: 'mmse', missing: 'MISSING_REASON_NOT_PERFORMED' as const }
        : { name: 'mmse', number: person.mmse, unit: '1' },
    ],
  },
});

describe('use cases 7 to 10, whose tasks were not published', () => {
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

  it('(9, assumed) segments several structures of a spine, on the grid of the volume as it was sent', async () => {
    for (const axes of ['RAS', 'PIR', 'LSA']) {
      const source = phantom(axes, spineValue);
      const response = await test.client.predict({ modelName: 'lumbar', inputs: [scan(source)] });
      expect(labelsOf(response, 'structures'), axes).toEqual(source.values.map(tissueOf));
    }
  });

  it('(10, assumed) gives a number with its unit for a person of a population, and refuses another unit', async () => {
    const response = await test.client.predict({ modelName: 'population', inputs: [patient(ana)] });
    expect(findingOf(response, 'decline').regression?.values).toMatchObject([
      { label: 'decline of MMSE', unit: '1/a' },
    ]);
    expect(findingOf(response, 'decline').regression?.values[0]?.value).toBeCloseTo(populationOf(ana), 4);
    const months = patient(ana);
    months.table.values[0] = { name: 'age', number: 71, unit: 'mo' };
    const call = test.client.predict({ modelName: 'population', inputs: [months] });
    expect(await refusalOf(call)).toMatchObject({ code: 'DH_UNIT_MISMATCH' });
  });
});
