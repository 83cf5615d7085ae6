import type { TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../test-server.js';
import { volumeInput } from '../volume-packages.js';
import { type PhantomValue, phantom } from '../volume-phantoms.js';
import { ana, COLUMNS, features, golden, type Person, patient, row, scan, tableOf } from './assumed-inputs.js';
import { findingOf, fp32, graphOf, labelsOf } from './small-graphs.js';

const asTensor = { op: 'volume_to_tensor', layout: 'NCDHW' } as const;
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
  test = await startTestServer([lumbar, population]);
});
afterAll(() => test.stop());

describe('use cases 9 and 10, whose tasks were not published', () => {
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
