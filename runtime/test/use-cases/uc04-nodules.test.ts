import { dicomImage, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../test-server.js';
import { findingOf, fp32, graphOf, labelsOf, sigmoid } from './small-graphs.js';

const [SLICES, ROWS, COLUMNS] = [4, 3, 5];
/** mm: between slices, rows and columns. */
const SPACING = [2.5, 0.5, 0.75];

/** A nodule of 40 HU in a lung of -800 HU, without any symmetry; slices from the feet up. */
const isNodule = (slice: number, row: number, column: number) =>
  (slice === 1 && row <= 1 && column >= 2) || (slice === 2 && row === 1 && column === 3);
const units = (slice: number, row: number, column: number) => (isNodule(slice, row, column) ? 40 : -800);
const voxelsOf = <T>(value: (slice: number, row: number, column: number) => T): T[] =>
  Array.from({ length: SLICES * ROWS * COLUMNS }, (_, i) =>
    value(Math.floor(i / (ROWS * COLUMNS)), Math.floor(i / COLUMNS) % ROWS, i % COLUMNS),
  );

/** One axial slice as a CT file: stored = units + 1024. */
function sliceFile(index: number, modality = 'CT'): Buffer {
  const pixels = voxelsOf(units).slice(index * ROWS * COLUMNS, (index + 1) * ROWS * COLUMNS);
  return dicomImage({
    rows: ROWS,
    columns: COLUMNS,
    signed: 1,
    pixels: new Uint8Array(Int16Array.from(pixels, (v) => v + 1024).buffer),
    elements: {
      '00080018': ['UI', `1.2.3.${index + 1}`],
      '00080060': ['CS', modality],
      '0020000e': ['UI', '1.2.3.4'],
      '00200032': ['DS', `-10\\20\\${100 + index * (SPACING[0] as number)}`],
      '00200037': ['DS', '1\\0\\0\\0\\1\\0'],
      '00200052': ['UI', '1.2.3.5'],
      '00280030': ['DS', `${SPACING[1]}\\${SPACING[2]}`],
      '00281052': ['DS', '-1024'],
      '00281053': ['DS', '1'],
    },
  });
}

/** The window of the lung, -1350 to 150 HU, to 0 to 1; half of it is -600 HU. */
const windowed = (hounsfield: number) => Math.min(Math.max((hounsfield + 1350) / 1500, 0), 1);
const STEEPNESS = 20;
const network = graphOf(
  { x: 4, y: 4 },
  [
    { op: 'Sub', inputs: ['x', 'half'], outputs: ['centred'] },
    { op: 'Mul', inputs: ['centred', 'steepness'], outputs: ['logits'] },
    { op: 'Sigmoid', inputs: ['logits'], outputs: ['y'] },
  ],
  { half: { shape: [1], values: [0.5] }, steepness: { shape: [1], values: [STEEPNESS] } },
);
const probability = (hounsfield: number) => sigmoid(STEEPNESS * (windowed(hounsfield) - 0.5));
/** The model sees slices from the head down, so that depth grows towards the feet. */
const HEAD_FIRST = [3, 2, 1, 0].flatMap((s) => voxelsOf(units).slice(s * ROWS * COLUMNS, (s + 1) * ROWS * COLUMNS));

const nodules: TestPackageOptions = {
  name: 'nodules',
  model: network,
  tensors: {
    inputs: [fp32('x', [-1, 1, -1, -1])],
    outputs: [fp32('y', [-1, 1, -1, -1], { range: [0, 1] })],
  },
  manifest: {
    inputs: [
      {
        name: 'chest',
        kind: 'volume',
        feeds: 'x',
        mediaTypes: ['application/dicom'],
        maxVoxels: 1_000_000,
        unit: "[hnsf'U]",
        validRange: [-1100, 3100],
        spacingMm: { minimum: [1, 0.4, 0.4], maximum: [5, 1, 1] },
        steps: [
          { op: 'orient_volume', axes: 'IPL' },
          { op: 'window_level', center: -600, width: 1500 },
          { op: 'volume_to_slices', neighbours: 0 },
        ],
      },
    ],
    outputs: [
      {
        name: 'nodule',
        kind: 'mask',
        from: 'y',
        input: 'chest',
        mode: 'binary',
        classes: [{ label: 'nodule', threshold: 0.5 }],
      },
    ],
  },
  golden: [
    {
      id: 'two-slices',
      inputs: {
        chest: {
          volume: {
            voxels: { dataType: 'INT16', shape: [SLICES, ROWS, COLUMNS], values: voxelsOf(units) },
            grid: {
              spacingMm: SPACING,
              origin: [-10, 20, 100],
              direction: [0, 0, 1, 0, 1, 0, 1, 0, 0],
              convention: 'LPS',
            },
            unit: "[hnsf'U]",
          },
        },
      },
      expected: {
        y: { dataType: 'FP32', shape: [SLICES, 1, ROWS, COLUMNS], values: HEAD_FIRST.map(probability), scale: 1 },
      },
      findings: { nodule: { counts: { nodule: voxelsOf(isNodule).filter(Boolean).length } } },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([nodules]);
});
afterAll(() => test.stop());
const predict = (files: readonly Buffer[]) =>
  test.client.predict({
    modelName: 'nodules',
    inputs: [
      { name: 'chest', volume: { series: { files: files.map((data) => ({ data, mediaType: 'application/dicom' })) } } },
    ],
  });
const series = (order: readonly number[]) => order.map((index) => sliceFile(index));

describe('use case 4: chest cancer detection', () => {
  it('segments nodules slice by slice in a CT series sent in any order, on the grid of the series', async () => {
    const response = await predict(series([2, 0, 3, 1]));
    expect(labelsOf(response, 'nodule')).toEqual(voxelsOf((...at) => Number(isNodule(...at))));
    const { mask } = findingOf(response, 'nodule');
    expect(mask?.grid).toMatchObject({
      size: [SLICES, ROWS, COLUMNS].map(String),
      origin: [-10, 20, 100],
      convention: 'COORDINATE_CONVENTION_LPS',
    });
    // 7 voxels of 2.5 x 0.5 x 0.75 mm.
    expect(mask?.classes[0]?.extent).toMatchObject({ unit: 'mm3' });
    expect(mask?.classes[0]?.extent?.value).toBeCloseTo(7 * 2.5 * 0.5 * 0.75, 9);
  });

  it('refuses a series with a gap, and one that is no CT and so states no Hounsfield units', async () => {
    expect(await refusalOf(predict(series([0, 1, 3])))).toMatchObject({ code: 'DH_SERIES_INVALID' });
    const magnetic = [0, 1, 2, 3].map((index) => sliceFile(index, 'MR'));
    expect(await refusalOf(predict(magnetic))).toMatchObject({ code: 'DH_UNIT_MISMATCH' });
  });
});
