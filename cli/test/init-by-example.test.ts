import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import { type GoldenInput, type InputSpec, type Manifest, writeChecksums } from '@deephealth/sdk';
import { buildOnnxModel, edfFile } from '@deephealth/sdk/testing';
import { parseDicom } from 'dicom-parser';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { labelSlice, SLICE_PIXELS } from './dicom-result-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const servers: RuntimeServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await endProcesses();
});
afterAll(removeTemporaryFolders);

type Shape = readonly (number | string)[];

/** y = means of x over some axes: [batch, the others]. */
function meanModel(shape: Shape, axes: readonly number[]): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: shape.filter((_, axis) => !axes.includes(axis)) }],
    nodes: [
      { op: 'ReduceMean', inputs: ['x'], outputs: ['y'], attributes: { axes: { ints: axes }, keepdims: { int: 0 } } },
    ],
  });
}

/** y = the sum of x times the place of each value in reading order, from 0: nothing may be turned unnoticed. */
function placeModel(shape: Shape): Uint8Array {
  const values = shape.slice(1).reduce<number>((product, extent) => product * (extent as number), 1);
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [shape[0] as string, 1] }],
    nodes: [
      { op: 'Flatten', inputs: ['x'], outputs: ['flat'], attributes: { axis: { int: 1 } } },
      { op: 'MatMul', inputs: ['flat', 'places'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'places', dataType: 'FP32', shape: [values, 1], values: Array.from({ length: values }, (_, i) => i) },
    ],
  });
}

interface Drafted {
  readonly store: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly input: InputSpec;
  /** Field and guess of each note. */
  readonly notes: ReadonlyMap<string, string>;
  readonly stdout: string;
}

async function init(model: Uint8Array, ...args: string[]): Promise<Drafted> {
  const work = temporaryFolder();
  const store = join(work, 'store');
  writeFileSync(join(work, 'model.onnx'), model);
  const { exitCode, stdout, stderr } = await deephealth('init', store, '--from', join(work, 'model.onnx'), ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const folder = join(store, 'model', '1.0.0');
  const manifest = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Manifest;
  const notes = new Map((manifest.draft ?? []).map(({ field, guess }) => [field, guess]));
  return { store, folder, manifest, input: manifest.inputs[0] as InputSpec, notes, stdout };
}

/**
 * What a person does with the draft: writes the texts, adds a golden case and deletes "draft". Nothing of
 * the input is touched.
 */
function confirm({ folder, manifest }: Drafted, input: GoldenInput, y: readonly number[], shape: readonly number[]) {
  const { draft: _, ...confirmed } = manifest;
  const texts = { title: 'Mean', intendedUse: 'This test.', limitations: ['No model.'], license: 'Apache-2.0' };
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...confirmed, ...texts }));
  const golden = {
    schemaVersion: 1,
    id: 'one',
    description: 'One.',
    source: 'Computed by hand.',
    inputs: { x: input },
    expected: { tensors: { y: { dataType: 'FP32', shape, values: y } } },
  };
  writeFileSync(join(folder, 'golden', 'one.json'), JSON.stringify(golden));
}

/** Values of y for a file, from a server of the package and the command. */
async function predict({ store, folder }: Drafted, file: string, ...args: string[]): Promise<number[]> {
  await writeChecksums(folder);
  const server = await startRuntimeServer({ models: [store], port: 0, drainGraceMs: 500 });
  servers.push(server);
  await server.verified;
  const { exitCode, stdout } = await deephealth(
    'predict',
    '--address',
    server.address,
    'model',
    file,
    '--json',
    ...args,
  );
  expect(exitCode, stdout).toBe(0);
  const { tensor } = JSON.parse(stdout).findings[0];
  const data = Buffer.from(tensor.data, 'base64');
  return Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(i * 4));
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

// --- Files that are made up.

const EXTENTS = [5, 4, 3] as const;
const voxelAt = (i: number, j: number, k: number) => 100 * k + 10 * j + i;

/** 5 x 4 x 3 voxels, LAS: i grows to the left, j to the front, k upwards; 1 x 2 x 4 mm. */
function niftiFile(): Buffer {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  for (const [i, extent] of [3, ...EXTENTS, 1, 1, 1, 1].entries()) header.writeInt16LE(extent, 40 + i * 2);
  header.writeInt16LE(4, 70);
  header.writeInt16LE(16, 72);
  for (const [i, size] of [1, 1, 2, 4].entries()) header.writeFloatLE(size, 76 + i * 4);
  header.writeFloatLE(352, 108);
  header.writeUInt8(2, 123);
  header.writeInt16LE(1, 254);
  for (const [i, value] of [-1, 0, 0, 91, 0, 2, 0, -72, 0, 0, 4, 13].entries()) header.writeFloatLE(value, 280 + i * 4);
  header.write('n+1\0', 344, 'latin1');
  const [width, height, depth] = EXTENTS;
  const voxels = Int16Array.from({ length: width * height * depth }, (_, at) =>
    voxelAt(at % width, Math.floor(at / width) % height, Math.floor(at / width / height)),
  );
  return Buffer.concat([header, Buffer.from(voxels.buffer)]);
}

const file = (name: string, content: Uint8Array | string) => {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
};

/** Voxels of the file above along superior, anterior and right, as SAR has them: depth, height, width. */
const SAR = [0, 1, 2].flatMap((k) => [0, 1, 2, 3].flatMap((j) => [4, 3, 2, 1, 0].map((i) => voxelAt(i, j, k))));
const SAR_GRID = { spacingMm: [4, 2, 1], origin: [0, 0, 0], convention: 'RAS', direction: [0, 0, 1, 0, 1, 0, 1, 0, 0] };
const placed = (values: readonly number[]) => values.reduce((sum, value, i) => sum + value * i, 0);
const volume = (shape: readonly number[], values: readonly number[], grid: object = SAR_GRID) =>
  ({ volume: { voxels: { dataType: 'INT16', shape, values }, grid } }) as unknown as GoldenInput;

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

/** Two records of 2 s of two channels at 4 Hz, and a third one at 1 Hz. */
function recording(): Buffer {
  const record = (from: number) =>
    Buffer.from(
      Int16Array.from([
        ...Array.from({ length: 8 }, (_, i) => 10 * (from + i)),
        ...Array.from({ length: 8 }, (_, i) => -20 * (from + i)),
        ...[1, 2],
      ]).buffer,
    );
  return edfFile({
    channels: [
      { label: 'EEG C3', count: 8 },
      { label: 'EEG C4', count: 8 },
      { label: 'SpO2', unit: '%', count: 2 },
    ],
    records: [record(0), record(8)],
  });
}
const PLAUSIBLE = ['--valid-range', 'uV=-500,500'];

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

describe('init by example refuses, says what is missing or wrong, and writes nothing', () => {
  const nifti = () => file('brain.nii', niftiFile());
  const edf = () => file('night.edf', recording());
  const volumes = meanModel(['n', 1, 'd', 'h', 'w'], [1, 2, 3, 4]);
  const signals = meanModel(['n', 2, 's'], [2]);
  const two = ['--channels', 'EEG C3', 'EEG C4'];
  it.each<[string, Uint8Array, () => string[], RegExp]>([
    [
      'a volume of which nothing is told',
      volumes,
      () => ['--input', 'nifti'],
      /--input nifti needs --like <file>, .*; and --axes <letters>, .*no file says/,
    ],
    ['a signal without a range', signals, () => ['--input', 'edf', '--like', edf()], /needs --valid-range/],
    [
      'axes that are none',
      volumes,
      () => ['--input', 'nifti', '--like', nifti(), '--axes', 'RAL'],
      /--axes is "RAL"; name one of R and L/,
    ],
    [
      'an example that is not there',
      volumes,
      () => ['--input', 'nifti', '--like', '/nowhere/x.nii', '--axes', 'RAS'],
      /example "x\.nii" of --like cannot be read/,
    ],
    [
      'an example that is damaged',
      volumes,
      () => ['--input', 'nifti', '--like', file('x.nii', niftiFile().subarray(0, 400)), '--axes', 'RAS'],
      /DH_MEDIA_UNREADABLE: .*cut off/,
    ],
    [
      'an example of another kind',
      volumes,
      () => ['--input', 'dicom-series', '--like', nifti(), '--axes', 'RAS'],
      /"brain\.nii" of --like is a NIfTI file; name a folder/,
    ],
    [
      'a recording of another kind',
      signals,
      () => ['--input', 'wfdb', '--like', edf(), ...PLAUSIBLE],
      /is no \.hea file, which --input wfdb is of/,
    ],
    [
      'a recording that is none',
      signals,
      () => ['--input', 'edf', '--like', file('x.edf', 'text'), ...PLAUSIBLE],
      /"x\.edf" of --like is neither EDF nor BDF/,
    ],
    [
      'a channel that is not there',
      signals,
      () => ['--input', 'edf', '--like', edf(), '--channels', 'EEG C3', 'C4', ...PLAUSIBLE],
      /no channel "C4", only "EEG C3", "EEG C4", "SpO2"/,
    ],
    [
      'channels of several rates',
      signals,
      () => ['--input', 'edf', '--like', edf(), ...PLAUSIBLE],
      /2 rates \(4, 1 Hz\).*--channels/,
    ],
    [
      'another number of channels',
      signals,
      () => ['--input', 'edf', '--like', edf(), '--channels', 'EEG C3', ...PLAUSIBLE],
      /"x" takes 2 channels, and the number of those named is 1\./,
    ],
    [
      'a range of another unit',
      signals,
      () => ['--input', 'edf', '--like', edf(), ...two, '--valid-range', 'mV=-5,5'],
      /--valid-range says nothing of "uV"/,
    ],
    [
      'a range that is none',
      signals,
      () => ['--input', 'edf', '--like', edf(), ...two, '--valid-range', 'uV=5,-5'],
      /--valid-range "uV=5,-5" is no <unit>=<lowest>,<highest>/,
    ],
    [
      'options of other files',
      signals,
      () => [
        '--input',
        'edf',
        '--like',
        edf(),
        ...two,
        ...PLAUSIBLE,
        '--axes',
        'RAS',
        '--pixel-range',
        'Normalized_0_1',
      ],
      /--axes, --pixel-range says nothing of --input edf/,
    ],
    ['an example of images', volumes, () => ['--like', nifti()], /--like says nothing of --input image/],
    [
      'a model that takes no volumes',
      signals,
      () => ['--input', 'nifti', '--like', nifti(), '--axes', 'RAS'],
      /has no input \[batch, 1, depth, height, width\]/,
    ],
    [
      'a model that takes frames',
      meanModel(['n', 's', 256], [1, 2]),
      () => ['--input', 'edf', '--like', edf(), ...two, ...PLAUSIBLE],
      /has no input \[batch, channels, samples\].*recurrent networks are written by hand/,
    ],
  ])('%s', async (_, model, args, says) => {
    const work = temporaryFolder();
    writeFileSync(join(work, 'model.onnx'), model);
    const store = join(work, 'store');
    const { exitCode, stderr } = await deephealth('init', store, '--from', join(work, 'model.onnx'), ...args());
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('/tmp/');
    expect(existsSync(store)).toBe(false);
  });
});

// --- Real files, where they are at hand.

const real = (path: string) => fileURLToPath(new URL(`../../../shared/data/${path}`, import.meta.url));

describe('init by a real example: the draft is confirmed as it is, and predicts on that file', () => {
  const hippo = real('nifti/hippo.nii.gz');
  it.skipIf(!existsSync(hippo))('NIfTI', async () => {
    const model = meanModel(['n', 1, 'd', 'h', 'w'], [1, 2, 3, 4]);
    const drafted = await init(model, '--input', 'nifti', '--like', hippo, '--axes', 'RAS');
    const { spacingMm } = drafted.input as { spacingMm: { minimum: number[] } };
    const grid = { spacingMm: spacingMm.minimum, origin: [0, 0, 0], convention: 'RAS' };
    confirm(drafted, volume([1, 1, 2], [1, 2], grid), [1.5], [1]);
    const bytes = gunzipSync(readFileSync(hippo));
    // Read by hand: extents, type, place of the voxels and scale.
    const count = [42, 44, 46].reduce((product, at) => product * bytes.readInt16LE(at), 1);
    const [type, offset] = [bytes.readInt16LE(70), bytes.readFloatLE(108)];
    const size = { 2: 1, 4: 2, 16: 4 }[type] as number;
    const read = (i: number) => {
      const at = offset + i * size;
      return type === 2 ? bytes.readUInt8(at) : type === 4 ? bytes.readInt16LE(at) : bytes.readFloatLE(at);
    };
    const slope = bytes.readFloatLE(112) || 1;
    const expected = mean(Array.from({ length: count }, (_, i) => read(i) * slope + bytes.readFloatLE(116)));
    const [value] = await predict(drafted, hippo);
    expect((value as number) / expected).toBeCloseTo(1, 4);
  });

  const series = real('dicom/vs-seg-001');
  it.skipIf(!existsSync(series))('a DICOM series', async () => {
    const model = meanModel(['n', 1, 'd', 'h', 'w'], [1, 2, 3, 4]);
    const drafted = await init(model, '--input', 'dicom-series', '--like', series, '--axes', 'SPL');
    const { spacingMm } = drafted.input as { spacingMm: { minimum: number[] } };
    const grid = { ...SAR_GRID, spacingMm: spacingMm.minimum, direction: [0, 0, 1, 0, -1, 0, -1, 0, 0] };
    confirm(drafted, volume([1, 1, 2], [1, 2], grid), [1.5], [1]);
    const means = ['1-001.dcm', '1-002.dcm', '1-003.dcm'].map((name) => {
      const dataset = parseDicom(readFileSync(join(series, name)));
      const { dataOffset, length } = dataset.elements.x7fe00010 as { dataOffset: number; length: number };
      const pixels = new Uint16Array(
        Uint8Array.from(dataset.byteArray.subarray(dataOffset, dataOffset + length)).buffer,
      );
      return mean(pixels) * Number(dataset.string('x00281053') ?? 1) + Number(dataset.string('x00281052') ?? 0);
    });
    const [value] = await predict(drafted, series);
    expect((value as number) / mean(means)).toBeCloseTo(1, 4);
  });

  const eeg = real('eeg/chtypes_edf.edf');
  it.skipIf(!existsSync(eeg))('EDF', async () => {
    const channels = ['EEG Fp1-Ref', 'EEG F3-Ref'];
    const args = ['--channels', ...channels, '--valid-range', 'uV=-3200,3200'];
    const drafted = await init(meanModel(['n', 2, 's'], [2]), '--input', 'edf', '--like', eeg, ...args);
    expect(drafted.input).toMatchObject({
      samplingRateHz: 200,
      channels: channels.map((name) => ({ name, unit: 'uV' })),
    });
    const golden = { signal: { channels: channels.map((name) => ({ name, unit: 'uV' })), samplingRateHz: 200 } };
    const samples = [
      [1, 2],
      [4, 6],
    ];
    confirm(drafted, { signal: { ...golden.signal, samples } }, [1.5, 5], [1, 2]);
    // 43 signals of 200 samples of 16 bits a record, five records; Fp1 is the first and F3 the third one.
    const bytes = readFileSync(eeg);
    const signals = Number(bytes.toString('latin1', 252, 256));
    const text = (before: number, i: number) =>
      Number(bytes.toString('latin1', 256 + before * signals + i * 8, 256 + before * signals + i * 8 + 8));
    const counts = Array.from({ length: signals }, (_, i) => text(216, i));
    const recordBytes = counts.reduce((sum, count) => sum + count * 2, 0);
    const expected = [0, 2].map((i) => {
      const [pmin, pmax, dmin, dmax] = [104, 112, 120, 128].map((at) => text(at, i)) as [
        number,
        number,
        number,
        number,
      ];
      const start = counts.slice(0, i).reduce((sum, count) => sum + count * 2, 0);
      const digital = [0, 1, 2, 3, 4].flatMap((record) =>
        Array.from({ length: 200 }, (_, k) =>
          bytes.readInt16LE(256 + 256 * signals + record * recordBytes + start + k * 2),
        ),
      );
      return pmin + ((mean(digital) - dmin) * (pmax - pmin)) / (dmax - dmin);
    });
    const got = await predict(drafted, eeg);
    expected.forEach((value, i) => {
      expect(got[i]).toBeCloseTo(value, 2);
    });
  });

  const ecg = real('ecg/mitbih/100.hea');
  it.skipIf(!existsSync(ecg))('WFDB', async () => {
    const args = ['--channels', 'MLII', '--valid-range', 'mV=-10,10'];
    const drafted = await init(meanModel(['n', 1, 648], [1, 2]), '--input', 'wfdb', '--like', ecg, ...args);
    expect(drafted.input).toMatchObject({ samplingRateHz: 360, samples: { minimum: 648, maximum: 648 } });
    const signal = { channels: [{ name: 'MLII', unit: 'mV' }], samplingRateHz: 360 };
    confirm(drafted, { signal: { ...signal, samples: [Array<number>(648).fill(0.5)] } }, [0.5], [1]);
    // Format 212: two signals, of which the first is the lower 12 bits of each three bytes; 200 a mV from 1024.
    const bytes = readFileSync(ecg.replace('.hea', '.dat'));
    const stored = Array.from({ length: 648 }, (_, i) => {
      const bits = (bytes[i * 3] as number) | (((bytes[i * 3 + 1] as number) & 0x0f) << 8);
      return bits >= 2048 ? bits - 4096 : bits;
    });
    const [value] = await predict(drafted, ecg, '--from', '0', '--length', '1.8');
    expect(value).toBeCloseTo((mean(stored) - 1024) / 200, 5);
  });
});
