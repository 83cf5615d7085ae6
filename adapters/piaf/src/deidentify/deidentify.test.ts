import { access, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import {
  type DicomElements,
  dicomFile,
  dicomImage,
  edfFile,
  niftiFile,
  pngChunk,
  pngFile,
  tiffFile,
} from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeidentifyOptions, deidentifyFile } from './deidentify.js';
import { MEDIA_TYPES } from './testing/media-types.js';
import { JPEG, jpegWithComment } from './testing/planted-pictures.js';
import { plantedTiff } from './testing/planted-tiff.js';

const OPTIONS: DeidentifyOptions = {
  mode: 'clean',
  uidKey: Buffer.alloc(16, 1),
  accepted: MEDIA_TYPES,
  columns: ['age', 'sex'],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deidentify-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function clean(file: Buffer, options: Partial<DeidentifyOptions> = {}): Promise<Buffer> {
  const target = join(folder, 'target');
  await writeFile(join(folder, 'source'), file);
  await deidentifyFile(join(folder, 'source'), target, { ...OPTIONS, ...options });
  return readFile(target);
}

/** Code and message; and that nothing is left of the attempt. */
async function refusalOf(file: Buffer, options: Partial<DeidentifyOptions> = {}): Promise<string> {
  await rm(join(folder, 'target'), { force: true });
  const error = await clean(file, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect((await readdir(folder)).filter((name) => name.startsWith('target'))).toEqual([]);
  if (!(error instanceof DeepHealthError)) return `not refused: ${String(error)}`;
  return `${error.code} ${error.message}`;
}

const CT: DicomElements = {
  '00080008': ['CS', 'ORIGINAL\\PRIMARY\\AXIAL '],
  '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.2'],
  '00080018': ['UI', '1.2.3.1'],
  '00080060': ['CS', 'CT'],
  '0020000d': ['UI', '1.2.3.2'],
  '0020000e': ['UI', '1.2.3.3'],
};
const pixels = Uint8Array.from({ length: 12 }, (_, index) => index + 1);
const ct = (elements: DicomElements = {}) => dicomImage({ pixels, elements: { ...CT, ...elements } });
const ofClass = (end: string, elements: DicomElements = {}) =>
  ct({ '00080016': ['UI', `1.2.840.10008.5.1.4.1.1.${end}`], ...elements });

describe('any file', () => {
  it('must be what the chain takes, by its content', async () => {
    expect(await refusalOf(ct(), { accepted: ['image/png'] })).toMatch(
      /^DH_CHAIN_INPUT_INVALID .*holds application\/dicom/,
    );
    expect(await refusalOf(Buffer.alloc(0))).toMatch(/^DH_CHAIN_INPUT_INVALID .*empty/);
    expect(await refusalOf(Buffer.from('hello'))).toMatch(/^DH_CHAIN_INPUT_INVALID/);
  });

  it('gives equal bytes for an equal file and key, and others for another key', async () => {
    const once = await clean(ct());
    expect(await clean(ct())).toEqual(once);
    expect(await clean(ct(), { uidKey: Buffer.alloc(16, 2) })).not.toEqual(once);
  });

  it('is not begun with a short key, nor written over', async () => {
    await expect(clean(ct(), { uidKey: Buffer.alloc(15) })).rejects.toThrow(RangeError);
    const path = join(folder, 'source');
    await expect(deidentifyFile(path, path, OPTIONS)).rejects.toThrow(RangeError);
    await access(path);
  });

  it('is left alone once the run is cancelled', async () => {
    expect(await refusalOf(ct(), { signal: AbortSignal.abort() })).toMatch(/^DH_RUN_CANCELED/);
  });

  it('is refused as it is in mode refuse, and taken once it is clean', async () => {
    for (const file of [ct(), jpegWithComment(Buffer.from('x')), niftiFile({ voxelOffset: 400 })]) {
      expect(await refusalOf(file, { mode: 'refuse' })).toMatch(
        /^DH_DEIDENTIFICATION_REFUSED .*would have to be cleaned/,
      );
      const cleaned = await clean(file);
      await clean(cleaned, { mode: 'refuse' });
    }
  });

  it('leaves nothing of an earlier file where it is refused', async () => {
    await copyFile(join(folder, 'source'), join(folder, 'kept'));
    await writeFile(join(folder, 'target'), 'old');
    await writeFile(join(folder, 'source'), 'hello');
    await expect(deidentifyFile(join(folder, 'source'), join(folder, 'target'), OPTIONS)).rejects.toThrow(
      DeepHealthError,
    );
    await expect(access(join(folder, 'target'))).rejects.toThrow('ENOENT');
  });
});

describe('DICOM', () => {
  it.each([
    ['burned-in annotation', ct({ '00280301': ['CS', 'YES '] })],
    ['recognizable visual features', ct({ '00280302': ['CS', 'YES '] })],
    ['a picture of a screen', ct({ '00080008': ['CS', 'DERIVED\\SECONDARY\\SCREEN SAVE '] })],
    ['ultrasound that says nothing of burned-in annotation', ofClass('6.1')],
    ['a secondary capture that says nothing of it', ofClass('7')],
    ['a modality where it is usual', ct({ '00080060': ['CS', 'US'] })],
    ['an overlay within the pixels', ct({ '60000100': ['US', [16]], '60000102': ['US', [12]] })],
    ['a report', ofClass('88.11')],
    ['a presentation state', ofClass('11.1')],
    ['a key object selection', ofClass('88.59')],
    ['a segmentation', ofClass('66.4')],
    ['an encapsulated document', ofClass('104.1')],
    ['a plan of radiotherapy', ofClass('481.5')],
    [
      'a picture of the label of a slide',
      ofClass('77.1.6', { '00080060': ['CS', 'SM'], '00080008': ['CS', 'ORIGINAL\\PRIMARY\\LABEL\\NONE '] }),
    ],
    [
      'an overview of a slide',
      ofClass('77.1.6', { '00080060': ['CS', 'SM'], '00080008': ['CS', 'ORIGINAL\\PRIMARY\\OVERVIEW\\NONE'] }),
    ],
    [
      'a slide with its label in the picture',
      ofClass('77.1.6', {
        '00080060': ['CS', 'SM'],
        '00080008': ['CS', 'ORIGINAL\\PRIMARY\\VOLUME\\NONE '],
        '00480010': ['CS', 'YES '],
      }),
    ],
    [
      'a photograph of a label',
      ofClass('77.1.4', { '00280301': ['CS', 'NO'], '00080008': ['CS', 'DERIVED\\PRIMARY\\LABEL '] }),
    ],
    ['video', dicomImage({ pixels: [Buffer.alloc(8)], syntax: '1.2.840.10008.1.2.4.102', elements: CT })],
    ['a kept attribute of unknown VR', ct({ '00280030': ['UN', Buffer.from('0.5\\0.5 ')] })],
    ['a number that may be a date', ct({ '00180050': ['DS', '19610229'] })],
    [
      'a compressed frame that is none',
      dicomImage({ pixels: [Buffer.alloc(8, 1)], syntax: '1.2.840.10008.1.2.4.50', elements: CT }),
    ],
  ])('%s is refused', async (_, file) => {
    expect(await refusalOf(file)).toMatch(/^DH_DEIDENTIFICATION_REFUSED/);
  });

  it.each([
    ['without its UIDs', ct({ '0020000d': ['UI', ''] })],
    ['cut short', ct().subarray(0, -4)],
    ['without pixels', dicomFile(CT)],
    ['with fewer pixels than it says', dicomImage({ pixels: pixels.subarray(0, 8), elements: CT })],
  ])('a file %s is no input', async (_, file) => {
    expect(await refusalOf(file)).toMatch(/^DH_CHAIN_INPUT_INVALID/);
  });

  it('is taken where burned-in annotation is denied', async () => {
    await clean(ofClass('7', { '00280301': ['CS', 'NO'], '00080060': ['CS', 'OT'] }));
  });

  it('keeps pixels, place and windows, and maps a UID in the same way everywhere', async () => {
    const study = await clean(
      ct({ '00200032': ['DS', '1\\2\\3 '], '00281050': ['DS', '40'], '00080020': ['DA', '20250314'] }),
    );
    const { parseDicom } = (await import('dicom-parser')).default;
    const [one, other] = [study, await clean(ct({ '00080018': ['UI', '1.2.3.9'] }))].map((file) => parseDicom(file));
    expect(one?.string('x00200032')).toBe('1\\2\\3');
    expect(one?.string('x00281050')).toBe('40');
    expect(one?.string('x00020003')).toBe(one?.string('x00080018'));
    expect(one?.string('x0020000d')).toMatch(/^2\.25\.\d{20,39}$/);
    expect(other?.string('x0020000d')).toBe(one?.string('x0020000d'));
    expect(other?.string('x00080018')).not.toBe(one?.string('x00080018'));
    expect(one?.string('x00080020') ?? '').toBe('');
    expect(one?.string('x00120062')).toBe('YES');
    const element = one?.elements.x7fe00010;
    expect(study.subarray(element?.dataOffset, (element?.dataOffset ?? 0) + 12)).toEqual(Buffer.from(pixels));
  });

  it('drops what hides behind the pixels in their own element', async () => {
    const long = Buffer.concat([pixels, Buffer.from('VANDENBERG')]);
    expect((await clean(dicomImage({ pixels: long, elements: CT }))).includes('VANDENBERG')).toBe(false);
  });

  it('keeps a table of offsets that is true, and drops one that is not', async () => {
    const file = dicomImage({
      rows: 16,
      columns: 16,
      allocated: 8,
      frames: '2',
      pixels: [JPEG, JPEG],
      syntax: '1.2.840.10008.1.2.4.50',
      elements: CT,
    });
    const at = file.indexOf(Buffer.from('feff00e000000000', 'hex'));
    const withTable = (offset: number) => {
      const table = Buffer.alloc(16);
      table.write('feff00e008000000', 'hex');
      table.writeUInt32LE(offset, 12);
      return Buffer.concat([file.subarray(0, at), table, file.subarray(at + 8)]);
    };
    const padded = JPEG.length + (JPEG.length % 2);
    const sound = withTable(padded + 8);
    expect((await clean(sound)).includes(sound.subarray(at, at + 16))).toBe(true);
    const wrong = withTable(padded + 9);
    expect((await clean(wrong)).includes(wrong.subarray(at, at + 16))).toBe(false);
  });
});

describe('recordings', () => {
  const recording = (label: string, unit = 'uV') =>
    edfFile({ channels: [{ label, unit, count: 2 }], records: [Buffer.alloc(4, 1)] });

  it.each([
    'EEG Fp1-Ref',
    'Fp1',
    'EEG F10-Ref',
    'POL $A1',
    'ECG II',
    'MLII',
    'V5',
    'SaO2 X9',
    'Resp thorax',
    'Status',
    'EOG left',
    'Ergo-Left',
    'C3-M2',
  ])('take the label %s', async (label) => {
    expect((await clean(recording(label))).toString('latin1')).toContain(label);
  });

  it.each(['Schmidt Hans', 'J. Doe', 'EEG Schmidt', 'Fp1 19610229', 'MRN 4829130'])(
    'refuse the label %s',
    async (label) => {
      expect(await refusalOf(recording(label))).toMatch(/^DH_DEIDENTIFICATION_REFUSED/);
    },
  );

  it('refuse a unit that is none', async () => {
    expect(await refusalOf(recording('Fp1', 'Doe'))).toMatch(/^DH_DEIDENTIFICATION_REFUSED/);
  });

  it('that are cut off are no input', async () => {
    expect(await refusalOf(recording('Fp1').subarray(0, -2))).toMatch(/^DH_CHAIN_INPUT_INVALID/);
  });
});

describe('pictures', () => {
  const picture = { width: 4, height: 2, depth: 8, colour: 'gray', bytes: [1, 2, 3, 4, 5, 6, 7, 8] } as const;
  const exif = (orientation: number) => {
    const bytes = Buffer.from(
      '4949 2a00 0800 0000 0100 1201 0300 0100 0000 0000 0000 0000 0000'.replaceAll(' ', ''),
      'hex',
    );
    bytes.writeUInt16LE(orientation, 18);
    return bytes;
  };
  const jpegWithExif = (orientation: number) => {
    const payload = Buffer.concat([Buffer.from('Exif\0\0'), exif(orientation)]);
    return Buffer.concat([
      JPEG.subarray(0, 2),
      Buffer.from([0xff, 0xe1, 0, payload.length + 2]),
      payload,
      JPEG.subarray(2),
    ]);
  };

  it('stay byte for byte where nothing is to be cleaned', async () => {
    const png = pngFile(picture);
    expect(await clean(png)).toEqual(png);
    expect(await clean(JPEG)).toEqual(JPEG);
    expect(await clean(jpegWithComment(Buffer.from('x')))).toEqual(JPEG);
  });

  it('that EXIF turns are refused; others lose it', async () => {
    expect(await clean(jpegWithExif(1))).toEqual(JPEG);
    expect(await refusalOf(jpegWithExif(6))).toMatch(/^DH_DEIDENTIFICATION_REFUSED .*turned/);
    expect(await clean(pngFile({ ...picture, chunks: [pngChunk('eXIf', exif(1))] }))).toEqual(pngFile(picture));
    expect(await refusalOf(pngFile({ ...picture, chunks: [pngChunk('eXIf', exif(6))] }))).toMatch(
      /^DH_DEIDENTIFICATION_REFUSED/,
    );
  });

  it('with a chunk that is not known and must not be left out are no input', async () => {
    expect(await refusalOf(pngFile({ ...picture, chunks: [pngChunk('ABCD', Buffer.alloc(1))] }))).toMatch(
      /^DH_CHAIN_INPUT_INVALID/,
    );
  });

  it('in TIFF keep all their pages', async () => {
    const page = { width: 2, height: 2, pixels: [1, 2, 3, 4] };
    const file = tiffFile([page, { ...page, pixels: [5, 6, 7, 8] }]);
    expect(await clean(file)).toEqual(file);
  });
});

describe('slides', () => {
  it.each(Object.entries(plantedTiff(Buffer.from('VANDENBERG'))))(
    '%s: of Aperio keep what readers ask for',
    async (_, file) => {
      const text = (await clean(file)).toString('latin1');
      expect(text).toContain('Aperio Image Library\r\n16x16 (16x16) none|AppMag = 20|MPP = 0.4990\0');
      expect(text).not.toMatch(/User|label/);
    },
  );

  it.each([
    ['Hamamatsu', { 65420: [1] }],
    ['an unknown compression', { 259: [6] }],
  ])('of %s are refused', async (_, tags) => {
    expect(await refusalOf(tiffFile([{ width: 2, height: 2, pixels: [1, 2, 3, 4], tags }]))).toMatch(
      /^DH_DEIDENTIFICATION_REFUSED/,
    );
  });
});

describe('tables', () => {
  const table = (document: object) => Buffer.from(JSON.stringify(document));

  it('come out in the order of the columns', async () => {
    expect((await clean(table({ sex: 'male', age: 63 }))).toString()).toBe('{"age":63,"sex":"male"}\n');
  });

  it.each([
    ['a text too long', { sex: 'a'.repeat(65) }],
    ['a number of a record', { sex: 'MRN 00482913' }],
    ['a mail address', { sex: 'jane@example.org' }],
    ['a unit that is none', { age: { value: 1, unit: 'Jane Doe' } }],
  ])('with %s are refused', async (_, document) => {
    expect(await refusalOf(table(document))).toMatch(/^DH_DEIDENTIFICATION_REFUSED/);
  });

  it('take only listed categories where there is a list', async () => {
    const categories = { sex: ['male', 'female'] };
    await clean(table({ sex: 'male' }), { categories });
    expect(await refusalOf(table({ sex: 'Jane Doe' }), { categories })).toMatch(/^DH_DEIDENTIFICATION_REFUSED/);
  });

  it('are refused where the chain names no columns', async () => {
    const { columns: _, ...options } = OPTIONS;
    await writeFile(join(folder, 'source'), table({ age: 1 }));
    await expect(deidentifyFile(join(folder, 'source'), join(folder, 'target'), options)).rejects.toMatchObject({
      code: 'DH_DEIDENTIFICATION_REFUSED',
    });
  });

  it.each([
    ['lists', '[1]'],
    ['a member twice', '{"age": 1, "age": 2}'],
    ['nested values', '{"age": [1]}'],
    ['no column', '{"inputs": {}}'],
  ])('%s are no input', async (_, text) => {
    expect(await refusalOf(Buffer.from(text))).toMatch(/^DH_CHAIN_INPUT_INVALID/);
  });
});
