import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labelSlice, SLICE_PIXELS } from './dicom-result-packages.js';
import {
  confirm,
  file,
  init,
  mean,
  meanModel,
  niftiFile,
  PLAUSIBLE,
  placed,
  placeModel,
  predict,
  recording,
  SAR,
  SAR_GRID,
  volume,
  voxelAt,
} from './init-examples.js';
import { temporaryFolder } from './temporary-folder.js';

describe('init --input nifti', () => {
  it('drafts a volume after an example, turned to the axes that were told, and predicts on it', async () => {
    const path = file('brain.nii', niftiFile());
    const drafted = await init(placeModel(['n', 1, 3, 4, 5]), '--input', 'nifti', '--like', path, '--axes', 'SAR');
    expect(drafted.input).toEqual({
      name: 'x',
      kind: 'volume',
      feeds: 'x',
      mediaTypes: ['application/x-nifti'],
      maxVoxels: 512 ** 3,
      spacingMm: { minimum: [4, 2, 1], maximum: [4, 2, 1] },
      steps: [
        { op: 'orient_volume', axes: 'SAR' },
        { op: 'volume_to_tensor', layout: 'NCDHW' },
      ],
    });
    // What is not known is told, on the screen too.
    for (const field of ['/inputs/0/spacingMm', '/inputs/0/steps', '/inputs/0/steps/0']) {
      expect(drafted.notes.has(field), field).toBe(true);
      expect(drafted.stdout).toContain(field);
    }
    const zeros = Array<number>(60).fill(0).with(59, 1);
    confirm(drafted, volume([3, 4, 5], zeros), [59], [1, 1]);
    expect(await predict(drafted, path)).toEqual([placed(SAR)]);
  });

  it('brings an example of other extents to those of the tensor, and says how', async () => {
    const path = file('brain.nii', niftiFile());
    // Another order of axes as well: depth runs along the width of the file.
    const drafted = await init(placeModel(['n', 3, 4, 5, 1]), '--input', 'nifti', '--like', path, '--axes', 'RAS');
    expect(drafted.input).toMatchObject({
      spacingMm: { minimum: [1, 2, 4], maximum: [1, 2, 4] },
      steps: [
        { op: 'orient_volume', axes: 'RAS' },
        { op: 'crop_or_pad_volume', size: [3, 4, 5], value: 0 },
        { op: 'volume_to_tensor', layout: 'NDHWC' },
      ],
    });
    expect(drafted.notes.get('/inputs/0/steps/1')).toMatch(/5 x 4 x 3 voxels and the tensor 3 x 4 x 5: the middle/);
    const grid = { ...SAR_GRID, spacingMm: [1, 2, 4], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
    confirm(drafted, volume([3, 4, 5], Array<number>(60).fill(0).with(3, 2), grid), [6], [1, 1]);
    // The middle three of five to the right, the three slices in the middle of five.
    const padded = [3, 2, 1].flatMap((i) =>
      [0, 1, 2, 3].flatMap((j) => [0, ...[0, 1, 2].map((k) => voxelAt(i, j, k)), 0]),
    );
    expect(await predict(drafted, path)).toEqual([placed(padded)]);
  });

  it('makes slices with their neighbours where the tensor has an odd number of channels', async () => {
    const path = file('brain.nii', niftiFile());
    const model = meanModel(['n', 3, 4, 5], [1, 2, 3]);
    const drafted = await init(model, '--input', 'nifti', '--like', path, '--axes', 'SAR');
    expect(drafted.input).toMatchObject({ steps: [{}, { op: 'volume_to_slices', neighbours: 1 }] });
    confirm(drafted, volume([1, 4, 5], Array<number>(20).fill(7)), [7], [1]);
    const slice = (k: number) => mean(SAR.slice(k * 20, k * 20 + 20));
    const expected = [
      [0, 0, 1],
      [0, 1, 2],
      [1, 2, 2],
    ].map((near) => mean(near.map(slice)));
    const got = await predict(drafted, path);
    expected.forEach((value, k) => {
      expect(got[k]).toBeCloseTo(value, 3);
    });
  });

  it('says that an example which the tensor cannot take is refused until steps are written', async () => {
    const path = file('brain.nii', niftiFile());
    const model = meanModel(['n', 1, 'd', 8, 8], [1, 2, 3, 4]);
    const { notes } = await init(model, '--input', 'nifti', '--like', path, '--axes', 'SAR');
    expect(notes.get('/inputs/0/steps/1')).toMatch(/3 x 4 x 5 voxels, but .* any x 8 x 8: the example is refused/);
  });
});

describe('init --input dicom-series', () => {
  it('drafts a volume after a folder, and predicts on it', async () => {
    const series = temporaryFolder();
    for (const index of [2, 0, 1]) writeFileSync(join(series, `${9 - index}`), labelSlice(index));
    const model = meanModel(['n', 1, 'd', 'h', 'w'], [1, 2, 3, 4]);
    const drafted = await init(model, '--input', 'dicom-series', '--like', series, '--axes', 'PIL');
    // Rows 0.7 mm apart, columns 0.5 mm, slices 2.5 mm.
    expect(drafted.input).toMatchObject({
      mediaTypes: ['application/dicom'],
      spacingMm: { minimum: [2.5, 0.7, 0.5], maximum: [2.5, 0.7, 0.5] },
    });
    expect(drafted.input).not.toHaveProperty('unit');
    const grid = { ...SAR_GRID, spacingMm: [2.5, 0.7, 0.5], direction: [0, 1, 0, 0, 0, -1, -1, 0, 0] };
    confirm(drafted, volume([1, 1, 2], [1, 2], grid), [1.5], [1]);
    const [value] = await predict(drafted, series);
    expect(value).toBeCloseTo(mean(SLICE_PIXELS.flat()), 5);
  });
});

describe('init --input edf', () => {
  it('drafts the channels that were named, in their order, and predicts on the recording', async () => {
    const path = file('night.edf', recording());
    const model = meanModel(['n', 2, 's'], [2]);
    const channels = ['--channels', 'EEG C4', 'EEG C3'];
    const drafted = await init(model, '--input', 'edf', '--like', path, ...channels, ...PLAUSIBLE);
    expect(drafted.input).toEqual({
      name: 'x',
      kind: 'signal',
      feeds: 'x',
      channels: [
        { name: 'EEG C4', unit: 'uV', validRange: [-500, 500] },
        { name: 'EEG C3', unit: 'uV', validRange: [-500, 500] },
      ],
      samplingRateHz: 4,
      samples: { minimum: 1, maximum: 65_536 },
      steps: [{ op: 'select_channels', channels: ['EEG C4', 'EEG C3'] }],
    });
    for (const field of ['channels', 'samplingRateHz', 'samples', 'steps']) {
      expect(drafted.notes.has(`/inputs/0/${field}`), field).toBe(true);
    }
    const golden = {
      signal: {
        channels: [
          { name: 'EEG C4', unit: 'uV' },
          { name: 'EEG C3', unit: 'uV' },
        ],
        samplingRateHz: 4,
        samples: [
          [1, 3],
          [2, 6],
        ],
      },
    };
    confirm(drafted, golden, [2, 4], [1, 2]);
    // A tenth of the digital values, whose mean over 0 to 15 is 7.5.
    const [c4, c3] = await predict(drafted, path);
    expect(c4).toBeCloseTo(-15, 5);
    expect(c3).toBeCloseTo(7.5, 5);
  });
});

describe('init --input wfdb', () => {
  const record = () => {
    const folder = temporaryFolder();
    const samples = Int16Array.from({ length: 12 }, (_, i) => i * 10);
    writeFileSync(join(folder, 'r.dat'), new Uint8Array(samples.buffer));
    writeFileSync(join(folder, 'r.hea'), 'r 1 100 12\nr.dat 16 200(0)/mV 12 0 0 660 0 MLII\n');
    return join(folder, 'r.hea');
  };

  it('drafts one channel without an axis for it, and predicts on a part of the record', async () => {
    const path = record();
    const drafted = await init(meanModel(['n', 4], [1]), '--input', 'wfdb', '--like', path, '--valid-range', 'mV=-5,5');
    expect(drafted.input).toMatchObject({
      channels: [{ name: 'MLII', unit: 'mV', validRange: [-5, 5] }],
      samplingRateHz: 100,
      samples: { minimum: 4, maximum: 4 },
      steps: [{}, { op: 'window_signal', lengthS: 0.04, stepS: 0.04, rows: 'windows_and_channels' }],
    });
    expect(drafted.notes.get('/inputs/0/samples')).toMatch(/Exactly the 4 samples .*predict --from --length/);
    const channels = [{ name: 'MLII', unit: 'mV' }];
    confirm(drafted, { signal: { channels, samplingRateHz: 100, samples: [[1, 2, 3, 4]] } }, [2.5], [1]);
    // Samples 4 to 7: 40 to 70 of 200 a mV.
    const [value] = await predict(drafted, path, '--from', '0.04', '--length', '0.04');
    expect(value).toBeCloseTo(55 / 200, 6);
  });
});
