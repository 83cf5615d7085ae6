import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parseDicom } from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import { deephealth } from './cli-process.js';
import {
  confirm,
  file,
  init,
  mean,
  meanModel,
  niftiFile,
  PLAUSIBLE,
  predict,
  recording,
  SAR_GRID,
  volume,
} from './init-examples.js';
import { temporaryFolder } from './temporary-folder.js';

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
