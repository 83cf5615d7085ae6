import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { runtimeV1 } from '@deephealth/proto';
import { tensorFromValues, toContractTensor } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer, valuesOf } from './test-server.js';
import { SPACING_RAS, volumeInput, volumePackage } from './volume-packages.js';
import { niftiFile, ORIENTATIONS, type Phantom, phantom } from './volume-phantoms.js';

const asTensor = { op: 'volume_to_tensor', layout: 'NCDHW' } as const;
const ras = phantom('RAS');
const spl = phantom('SPL');
const five = ({ values, shape }: Phantom) => ({ values, shape: [1, 1, ...shape] });
const hounsfield = "[hnsf'U]";

let test: TestServer;
beforeAll(async () => {
  const orient = (axes: string) => ({ op: 'orient_volume', axes }) as const;
  const padded = [1, 1, 2, 2, 7].slice(2);
  test = await startTestServer([
    volumePackage('ras', volumeInput([orient('RAS'), asTensor]), five(ras)),
    volumePackage(
      'large',
      volumeInput([orient('RAS'), asTensor], { spacingMm: SPACING_RAS, maxVoxels: 2 ** 20 }),
      five(ras),
    ),
    volumePackage(
      'spl',
      volumeInput([orient('SPL'), asTensor], { spacingMm: { minimum: [3, 2, 0.5], maximum: [3, 2, 0.5] } }),
      five(spl),
    ),
    volumePackage(
      'resampled',
      // Twice as coarse along R: every new centre lies between two old ones. Values are linear in each axis.
      volumeInput(
        [orient('RAS'), { op: 'resample_volume', spacingMm: [1, 2, 3], interpolation: 'linear' }, asTensor],
        {},
      ),
      {
        // The third one lies on the last face, where the last voxel counts on.
        values: [0.5, 2.5, 4].flatMap((r) =>
          [0, 1, 2, 3].flatMap((a) => [0, 1, 2].map((s) => 100 * r + 10 * a + s + 1)),
        ),
        shape: [1, 1, 3, 4, 3],
      },
    ),
    volumePackage(
      'cropped',
      // R: 5 to 2 from index 1 on; A: 4 to 2 from index 1 on; S: 3 to 7 with 2 before.
      volumeInput([orient('RAS'), { op: 'crop_or_pad_volume', size: [2, 2, 7], value: -5 }, asTensor]),
      {
        values: [1, 2].flatMap((r) =>
          [1, 2].flatMap((a) => [-5, -5, ...[0, 1, 2].map((s) => 100 * r + 10 * a + s + 1), -5, -5]),
        ),
        shape: [1, 1, ...padded],
      },
    ),
    volumePackage(
      'slices',
      volumeInput([orient('SPL'), { op: 'volume_to_slices', neighbours: 1 }], {
        spacingMm: { minimum: [3, 2, 0.5], maximum: [3, 2, 0.5] },
      }),
      {
        values: [0, 0, 1, 0, 1, 2, 1, 2, 2].flatMap((k) => spl.values.slice(k * 20, (k + 1) * 20)),
        shape: [3, 3, 4, 5],
      },
    ),
    volumePackage(
      'windowed',
      volumeInput(
        [
          orient('RAS'),
          { op: 'window_level', center: 200, width: 200 },
          { op: 'rescale', scale: 2, offset: -1 },
          { op: 'clip', minimum: -0.5, maximum: 0.75 },
          asTensor,
        ],
        { spacingMm: { minimum: [0.1, 0.1, 0.1], maximum: [5, 5, 5] }, unit: hounsfield, validRange: [-1100, 4000] },
      ),
      {
        values: ras.values.map((v) =>
          Math.min(Math.max(Math.min(Math.max((v - 100) / 200, 0), 1) * 2 - 1, -0.5), 0.75),
        ),
        shape: [1, 1, ...ras.shape],
      },
    ),
    volumePackage(
      'scored',
      volumeInput([orient('RAS'), { op: 'z_score_volume', epsilon: 1e-6 }, asTensor]),
      (() => {
        const mean = ras.values.reduce((sum, v) => sum + v, 0) / 60;
        const std = Math.sqrt(ras.values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 60);
        return { values: ras.values.map((v) => (v - mean) / std), shape: [1, 1, ...ras.shape] };
      })(),
    ),
  ]);
});
afterAll(() => test.stop());

const voxels = (source: Phantom, unit = ''): runtimeV1.NamedInput => ({
  name: 'scan',
  volume: { voxels: toContractTensor(tensorFromValues('INT16', source.shape, source.values)), grid: source.grid, unit },
});
const file = (data: Buffer, mediaType = 'application/x-nifti'): runtimeV1.NamedInput => ({
  name: 'scan',
  volume: { file: { data, mediaType } },
});
const predict = (modelName: string, input: runtimeV1.NamedInput) => test.client.predict({ modelName, inputs: [input] });

describe('a volume', () => {
  it('becomes the same tensor in whichever of the 48 orientations it is sent, as voxels or NIfTI', async () => {
    expect(new Set(ORIENTATIONS).size).toBe(48);
    for (const axes of ORIENTATIONS) {
      const source = phantom(axes);
      expect(valuesOf(await predict('ras', voxels(source))), axes).toEqual(ras.values);
      expect(valuesOf(await predict('spl', file(niftiFile(source)))), axes).toEqual(spl.values);
    }
  });

  it('is read from a compressed file, and from an LPS grid', async () => {
    expect(valuesOf(await predict('ras', file(gzipSync(niftiFile(ras)))))).toEqual(ras.values);
    const grid: runtimeV1.Grid = {
      ...ras.grid,
      convention: 'COORDINATE_CONVENTION_LPS',
      direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1],
      origin: [7, -11, 20],
    };
    expect(valuesOf(await predict('ras', voxels({ ...ras, grid })))).toEqual(ras.values);
  });

  it('is described by its kind and media types', async () => {
    const { inputs } = await test.client.getModel('ras');
    expect(inputs).toMatchObject([
      { name: 'scan', kind: 'INPUT_KIND_VOLUME', mediaTypes: ['application/x-nifti', 'application/dicom'] },
    ]);
  });

  it('goes through the steps of golden cases computed in closed form', async () => {
    const models = await test.client.listModels();
    expect(models.map(({ name, state, stateReason }) => [name, state, stateReason?.message ?? ''])).toEqual(
      models.map(({ name }) => [name, 'MODEL_STATE_READY', '']),
    );
    expect(models).toHaveLength(8);
  });

  it.each([
    [
      'another spacing',
      'ras',
      () => voxels({ ...ras, grid: { ...ras.grid, spacing: [0.5, 2, 3.01] } }),
      'DH_GRID_MISMATCH',
    ],
    [
      'axes at 45 degrees',
      'ras',
      () =>
        voxels({
          ...ras,
          grid: { ...ras.grid, direction: [Math.SQRT1_2, Math.SQRT1_2, 0, -Math.SQRT1_2, Math.SQRT1_2, 0, 0, 0, 1] },
        }),
      'DH_GRID_MISMATCH',
    ],
    ['no grid', 'ras', () => ({ ...voxels(ras), volume: { ...voxels(ras).volume, grid: null } }), 'DH_GRID_INVALID'],
    [
      'a grid of another size',
      'ras',
      () => voxels({ ...ras, grid: { ...ras.grid, size: [5, 4, 4] } }),
      'DH_GRID_INVALID',
    ],
    [
      'a grid in pixels',
      'ras',
      () => voxels({ ...ras, grid: { ...ras.grid, unit: 'LENGTH_UNIT_PIXEL' } }),
      'DH_GRID_INVALID',
    ],
    [
      'a grid without a frame',
      'ras',
      () => voxels({ ...ras, grid: { ...ras.grid, convention: 'COORDINATE_CONVENTION_UNSPECIFIED' } }),
      'DH_GRID_INVALID',
    ],
    [
      'a sheared grid',
      'ras',
      () => voxels({ ...ras, grid: { ...ras.grid, direction: [1, 0, 0, 0.1, 0.995, 0, 0, 0, 1] } }),
      'DH_GRID_INVALID',
    ],
    ['a spacing of 0', 'ras', () => voxels({ ...ras, grid: { ...ras.grid, spacing: [0.5, 0, 3] } }), 'DH_GRID_INVALID'],
    [
      'a direction of NaN',
      'ras',
      () => voxels({ ...ras, grid: { ...ras.grid, direction: [Number.NaN, 0, 0, 0, 1, 0, 0, 0, 1] } }),
      'DH_GRID_INVALID',
    ],
    [
      'a file with a grid beside it',
      'ras',
      () => ({
        name: 'scan',
        volume: { file: { data: niftiFile(ras), mediaType: 'application/x-nifti' }, grid: ras.grid },
      }),
      'DH_GRID_INVALID',
    ],
    ['another unit', 'windowed', () => voxels(ras, 'Gy'), 'DH_UNIT_MISMATCH'],
    ['no unit', 'windowed', () => voxels(ras), 'DH_UNIT_MISMATCH'],
    [
      'values out of range',
      'windowed',
      () =>
        voxels(
          phantom('RAS', () => 5000),
          hounsfield,
        ),
      'DH_VALUE_OUT_OF_RANGE',
    ],
    ['an unknown media type', 'ras', () => file(niftiFile(ras), 'image/png'), 'DH_MEDIA_TYPE_UNSUPPORTED'],
    ['a file that is none', 'ras', () => file(Buffer.from('not a volume')), 'DH_MEDIA_UNREADABLE'],
    [
      'a file without orientation',
      'ras',
      () => file(Buffer.from(niftiFile(ras).fill(0, 254, 256))),
      'DH_MEDIA_UNREADABLE',
    ],
    ['a DICOM file that is none', 'ras', () => file(Buffer.alloc(200), 'application/dicom'), 'DH_MEDIA_UNREADABLE'],
    ['nothing', 'ras', () => ({ name: 'scan', volume: {} }), 'DH_INPUT_KIND_MISMATCH'],
    [
      'a series of one',
      'ras',
      () => ({
        name: 'scan',
        volume: { series: { files: [{ data: Buffer.alloc(1), mediaType: 'application/dicom' }] } },
      }),
      'DH_SERIES_INVALID',
    ],
    [
      'a series of text',
      'ras',
      () => ({
        name: 'scan',
        volume: { series: { files: [1, 2].map(() => ({ data: Buffer.alloc(200), mediaType: 'application/dicom' })) } },
      }),
      'DH_MEDIA_UNREADABLE',
    ],
  ] as [string, string, () => runtimeV1.NamedInput, string][])(
    'with %s is refused, and the next one answered',
    async (_, model, input, code) => {
      const error = await refusalOf(predict(model, input()));
      expect(error).toMatchObject({ code, details: { input: 'scan' } });
      expect(valuesOf(await predict('ras', voxels(ras)))).toEqual(ras.values);
    },
  );

  it('of too many voxels is refused before they are read', async () => {
    const large = file(niftiFile(ras));
    large.volume?.file?.data && (large.volume.file.data as Buffer).writeInt16LE(32767, 42);
    const error = await refusalOf(predict('ras', large));
    expect(error.code).toBe('DH_MEDIA_UNREADABLE');
    expect(error.message).toContain('more than the 100000');
  });
});

const seriesFolder = fileURLToPath(new URL('../../../shared/data/dicom/vs-seg-001', import.meta.url));

describe.skipIf(!existsSync(seriesFolder))('a real DICOM series (needs ../shared/data)', () => {
  it('is refused for its spacing by a model that was trained at another one', async () => {
    const files = readdirSync(seriesFolder).map((name) => ({
      data: readFileSync(`${seriesFolder}/${name}`),
      mediaType: 'application/dicom',
    }));
    const send = (chosen: typeof files) => predict('large', { name: 'scan', volume: { series: { files: chosen } } });
    expect((await refusalOf(send(files.slice(0, 1)))).code).toBe('DH_SERIES_INVALID');
    const error = await refusalOf(send(files));
    expect(error.code).toBe('DH_GRID_MISMATCH');
    expect(error.details.received).toBe('0.4102, 0.4102, 1.5 mm');
  });
});
