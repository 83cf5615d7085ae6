import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import { type DeidentifyOptions, deidentifyFile, describeCleaning } from '@deephealth/adapter-piaf';
import { parseEdf, type Recording, readDicomWaveform, readNifti, sniffMediaType } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const OPTIONS: DeidentifyOptions = {
  mode: 'clean',
  uidKey: Buffer.alloc(32, 9),
  accepted: describeCleaning().map(({ mediaType }) => mediaType),
};
const LIMITS = { maxVoxels: 2 ** 26 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deidentify-real-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The file before and after. */
async function clean(file: string): Promise<[before: Buffer, after: Buffer]> {
  const target = join(folder, 'target');
  await deidentifyFile(join(data, file), target, OPTIONS);
  return [await readFile(join(data, file)), await readFile(target)];
}

const list = (place: string, pattern: RegExp) =>
  existsSync(join(data, place))
    ? readdirSync(join(data, place))
        .filter((file) => pattern.test(file))
        .map((file) => `${place}/${file}`)
    : [];

/** Texts of a DICOM file that are long enough to be found by no accident, of attributes that identify. */
async function identifiersOf(file: Buffer): Promise<string[]> {
  const { parseDicom } = (await import('dicom-parser')).default;
  const dataset = parseDicom(file, { untilTag: 'x7fe00010' });
  const tags = [
    'x00100010',
    'x00100020',
    'x00080018',
    'x0020000d',
    'x0020000e',
    'x00080020',
    'x00080080',
    'x00080090',
    'x00080070',
    'x00181030',
    'x0008103e',
  ];
  return tags.flatMap((tag) => dataset.string(tag)?.trim() ?? []).filter((text) => text.length >= 6);
}

async function pixelsOf(file: Buffer): Promise<Buffer[]> {
  const { parseDicom } = (await import('dicom-parser')).default;
  const element = parseDicom(file).elements.x7fe00010;
  if (element === undefined) throw new Error('no pixels');
  const places = element.fragments?.map(({ position, length }) => [position, length] as const) ?? [
    [element.dataOffset, element.length] as const,
  ];
  return places.map(([at, length]) => file.subarray(at, at + length));
}

const IMAGES = [
  ...list('dicom', /^(693_UNCR|CT_small|MR_small|emri_small|highdicom_(ct|sm)_image)\.dcm$/),
  ...list('dicom/vs-seg-001', /\.dcm$/),
  ...list('dicom/transfer-syntaxes', /\.dcm$/),
  ...list('pathology', /\.dcm$/),
];

describe.skipIf(!existsSync(data))('real files (need ../shared/data)', () => {
  it.each(IMAGES)('%s keeps its pixels and says nothing of whom', async (file) => {
    const [before, after] = await clean(file);
    const frames = [await pixelsOf(before), await pixelsOf(after)] as const;
    expect(frames[1].length).toBe(frames[0].length);
    const changed = frames[0].filter((frame, index) => !frame.equals(frames[1][index] as Buffer)).length;
    // What DCMTK writes into each stream as a comment is zeroed in place.
    if (/JPEG2000|JPEGProcess1T/.test(file)) expect(changed).toBeLessThanOrEqual(1);
    else expect(changed).toBe(0);
    const identifiers = await identifiersOf(before);
    expect(identifiers.length).toBeGreaterThan(1);
    expect(identifiers.filter((text) => after.includes(text))).toEqual([]);
  });

  it('a waveform keeps its channels and samples', async () => {
    const [before, after] = await clean('dicom/waveform_ecg.dcm');
    expectSame(await readDicomWaveform(after), await readDicomWaveform(before));
  });

  it.each(['chtypes_edf.edf', 'test_reduced.edf'])('recording %s keeps its channels and samples', async (file) => {
    const [before, after] = await clean(`eeg/${file}`);
    expectSame(parseEdf(after), parseEdf(before));
    expect(parseEdf(after).annotations).toEqual([]);
    expect(after.toString('latin1', 8, 184)).toBe(
      `${'X X X X'.padEnd(80)}${'Startdate X X X X'.padEnd(80)}01.01.8500.00.00`,
    );
  });

  it.each([...list('nifti', /^(FLAIR|hippo)\.nii\.gz$/), ...list('nifti/orientations', /\.nii\.gz$/)])(
    '%s keeps voxels and place',
    async (file) => {
      const [before, after] = await clean(file);
      const [one, other] = [await readNifti(before, LIMITS), await readNifti(after, LIMITS)];
      expect(isSame(other.voxels, one.voxels)).toBe(true);
      expect(other.affine).toEqual(one.affine);
    },
  );

  it.each(list('chest-xray', /\.png$/))('%s keeps its compressed pixels', async (file) => {
    const [before, after] = await clean(file);
    expect(sniffMediaType(after)).toBe('image/png');
    expect(isSame(inflateSync(idat(after)), inflateSync(idat(before)))).toBe(true);
  });

  it('a slide keeps its tiles where they were, and loses its label and macro image', async () => {
    const [before, after] = await clean('pathology/cmu-1-small-region.svs');
    const text = after.toString('latin1');
    expect(text).toContain('AppMag = 20');
    expect(text).toMatch(/MPP = 0\.499/);
    for (const gone of ['ScanScope', 'Filename', 'CMU-1', 'User', '12/29/09', 'label', 'macro']) {
      expect(before.toString('latin1').includes(gone), gone).toBe(true);
      expect(text.includes(gone), gone).toBe(false);
    }
  });

  it('nothing is in a cleaned file that would have to be cleaned', async () => {
    for (const file of [
      'dicom/CT_small.dcm',
      'eeg/chtypes_edf.edf',
      'nifti/FLAIR.nii.gz',
      'pathology/cmu-1-small-region.svs',
      'chest-xray/00000001_000.png',
    ]) {
      const [, after] = await clean(file);
      await writeFile(join(folder, 'again'), after);
      const outcome = await deidentifyFile(join(folder, 'again'), join(folder, 'twice'), {
        ...OPTIONS,
        mode: 'refuse',
      });
      expect(outcome.cleaned, file).toBe(0);
    }
  });
});

function idat(file: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  return Buffer.concat(parts);
}

/** Bit for bit; a matcher would look at each number by itself. */
function isSame(one: Float32Array | Buffer, other: Float32Array | Buffer): boolean {
  const [a, b] = [one, other].map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)) as [
    Buffer,
    Buffer,
  ];
  return a.length > 0 && a.equals(b);
}

function expectSame(one: Recording, other: Recording): void {
  const about = ({ channels }: Recording) =>
    channels.map(({ name, unit, samplingRateHz }) => [name, unit, samplingRateHz]);
  expect(about(one)).toEqual(about(other));
  const differ = one.channels.filter(
    ({ samples }, index) => !isSame(samples, other.channels[index]?.samples as Float32Array),
  );
  expect(differ.map(({ name }) => name)).toEqual([]);
}
