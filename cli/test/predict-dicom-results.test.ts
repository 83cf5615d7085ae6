import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enhancedFile, pngFile } from '@deephealth/sdk/testing';
import { type DataSet, parseDicom } from 'dicom-parser';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import {
  CATEGORY,
  IMAGE_CLASS,
  labelImage,
  labelSlice,
  MASS,
  NODULE,
  ORIENTATION,
  PATIENT_AND_STUDY,
  POSITIONS,
  RESULT_PACKAGES,
  SLICE_PIXELS,
} from './dicom-result-packages.js';
import { type ServedPackages, servePackages } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

let served: ServedPackages;
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  served = await servePackages(RESULT_PACKAGES);
});
afterEach(endProcesses);
afterAll(async () => {
  await served.stop();
  removeTemporaryFolders();
});

const at = (name: string) => join(folder, name);
function file(name: string, content: Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}
const predict = (model: string, input: string, ...args: string[]) =>
  deephealth('predict', '--address', served.server.address, model, input, ...args);

/** The object that predict has written; the test fails if it has not. */
async function written(model: string, input: string, out: string, ...args: string[]): Promise<DataSet> {
  const { exitCode, complaints } = await predict(model, input, '--out', at(out), ...args);
  expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
  return parseDicom(readFileSync(at(out)));
}

const items = (dataset: DataSet | undefined, tag: string): DataSet[] =>
  (dataset?.elements[`x${tag}`]?.items ?? []).map((item) => item.dataSet as DataSet);
const item = (dataset: DataSet | undefined, ...tags: string[]): DataSet | undefined =>
  tags.reduce<DataSet | undefined>((inner, tag) => items(inner, tag)[0], dataset);
const text = (dataset: DataSet | undefined, tag: string) => dataset?.string(`x${tag}`);
const codeOf = (dataset: DataSet | undefined) => ['00080102', '00080100', '00080104'].map((tag) => text(dataset, tag));
const coded = ({ code, display }: { code: string; display?: string }) => ['SCT', code, display];

/** Value of every pixel, frame by frame: Pixel Data of 1 bit. */
function framesOf(dataset: DataSet): number[][] {
  const pixels = (dataset.uint16('x00280010') as number) * (dataset.uint16('x00280011') as number);
  const { dataOffset, length } = dataset.elements.x7fe00010 as { dataOffset: number; length: number };
  const bytes = dataset.byteArray.subarray(dataOffset, dataOffset + length);
  const frames = Number(text(dataset, '00280008'));
  expect(length).toBe(2 * Math.ceil((frames * pixels) / 16));
  return Array.from({ length: frames }, (_, frame) =>
    Array.from({ length: pixels }, (_, pixel) => {
      const bit = frame * pixels + pixel;
      return ((bytes[bit >> 3] as number) >> (bit & 7)) & 1;
    }),
  );
}
const maskOf = (pixels: readonly number[], label: number) => pixels.map((value) => Number(value === label));

/** Patient and study as in the source, and an instance and a series of its own. */
function expectSameStudy(dataset: DataSet): void {
  for (const [tag, [, value]] of Object.entries(PATIENT_AND_STUDY)) {
    if (tag === '0020000e') continue;
    // Text as it was stored: the parser takes bytes for Latin-1, which these files are in.
    expect(text(dataset, tag) ?? '', tag).toBe(value);
  }
  expect(text(dataset, '0020000e')).not.toBe('1.2.826.2');
  expect(text(dataset, '00080018')).toMatch(/^2\.25\.\d+$/);
  expect(text(dataset, '00020003')).toBe(text(dataset, '00080018'));
  expect(text(dataset, '00020010')).toBe('1.2.840.10008.1.2.1');
}

function seriesFolder(): string {
  const series = at('series');
  if (existsSync(series)) return series;
  mkdirSync(series);
  // In no order: names, and nothing else, say which file comes first.
  for (const [name, index] of [
    ['a', 2],
    ['b', 0],
    ['c', 1],
  ] as const) {
    writeFileSync(join(series, name), labelSlice(index));
  }
  return series;
}

describe('a DICOM Segmentation of a series', () => {
  let seg: DataSet;
  beforeAll(async () => {
    seg = await written('volume', seriesFolder(), 'series.dcm');
  });

  it('is a binary segmentation in the study of the images', () => {
    expectSameStudy(seg);
    const texts = {
      '00080016': '1.2.840.10008.5.1.4.1.1.66.4',
      '00020002': '1.2.840.10008.5.1.4.1.1.66.4',
      '00080008': 'DERIVED\\PRIMARY',
      '00080060': 'SEG',
      '00080070': 'DeepHealth SDK',
      '0008103e': 'volume 1.0.0',
      '00280004': 'MONOCHROME2',
      '00282110': '00',
      '00620001': 'BINARY',
      '00620013': 'NO',
      '00700080': 'SEGMENTATION',
      '00700081': 'Research use only',
    };
    for (const [tag, value] of Object.entries(texts)) expect(text(seg, tag), tag).toBe(value);
    const numbers = { '00280002': 1, '00280010': 2, '00280011': 3, '00280100': 1, '00280101': 1, '00280102': 0 };
    for (const [tag, value] of Object.entries(numbers)) expect(seg.uint16(`x${tag}`), tag).toBe(value);
  });

  it('codes each segment as the manifest does, and names the model with its digest', () => {
    const digest = served.server.store.versions('volume')[0]?.packageSha256;
    expect(text(seg, '00181000')).toBe(digest);
    const segments = items(seg, '00620002');
    expect(segments.map((segment) => segment.uint16('x00620004'))).toEqual([1, 2]);
    expect(segments.map((segment) => text(segment, '00620005'))).toEqual(['mass', 'nodule']);
    expect(segments.map((segment) => codeOf(item(segment, '0062000f')))).toEqual([coded(MASS), coded(NODULE)]);
    for (const segment of segments) {
      expect(codeOf(item(segment, '00620003'))).toEqual(coded(CATEGORY));
      expect(text(segment, '00620008')).toBe('AUTOMATIC');
      const algorithm = item(segment, '00620007');
      expect([text(algorithm, '00660036'), text(algorithm, '00660031')]).toEqual(['volume', '1.0.0']);
      expect(text(algorithm, '00660032')).toContain(`output=labels,package_sha256=${digest},onnx_sha256=`);
      expect(codeOf(item(algorithm, '0066002f'))).toEqual(['DCM', '123110', 'Artificial Intelligence']);
    }
  });

  it('holds the pixels of each segment, slice by slice, and leaves empty slices out', () => {
    const frames = framesOf(seg);
    expect(frames).toEqual([
      maskOf(SLICE_PIXELS[0], 1),
      maskOf(SLICE_PIXELS[2], 1),
      maskOf(SLICE_PIXELS[0], 2),
      maskOf(SLICE_PIXELS[2], 2),
    ]);
    const perFrame = items(seg, '52009230');
    expect(perFrame.map((frame) => item(frame, '0062000a')?.uint16('x0062000b'))).toEqual([1, 1, 2, 2]);
  });

  it('lies where the slices lie, in their frame of reference and in their own digits', () => {
    expect(text(seg, '00200052')).toBe('1.2.826.5');
    expect(text(seg, '00201040')).toBe('NASION');
    const shared = item(seg, '52009229');
    expect(text(item(shared, '00209116'), '00200037')).toBe(ORIENTATION);
    const measures = item(shared, '00289110');
    expect(text(measures, '00280030')).toBe('0.70\\0.5');
    expect(text(measures, '00180050')).toBe('2.0');
    // Of the positions, not the thickness: (-1.5, 2, 0) from slice to slice.
    expect(text(measures, '00180088')).toBe('2.5');
    const perFrame = items(seg, '52009230');
    expect(perFrame.map((frame) => text(item(frame, '00209113'), '00200032'))).toEqual(
      [0, 2, 0, 2].map((slice) => POSITIONS[slice]),
    );
    // Along the segment, then along the slices, each counted from 1.
    const places = perFrame.map((frame) => {
      const content = item(frame, '00209111');
      return [content?.uint32('x00209157', 0), content?.uint32('x00209157', 1)];
    });
    expect(places).toEqual([
      [1, 1],
      [1, 3],
      [2, 1],
      [2, 3],
    ]);
    const dimensions = items(seg, '00209222');
    expect(dimensions.map((dimension) => dimension.attributeTag('x00209165'))).toEqual(['x0062000b', 'x00200032']);
    const organization = text(item(seg, '00209221'), '00209164');
    expect(dimensions.map((dimension) => text(dimension, '00209164'))).toEqual([organization, organization]);
  });

  it('refers to the image under each frame, and lists all images of the series', () => {
    const perFrame = items(seg, '52009230');
    const sources = perFrame.map((frame) => item(frame, '00089124', '00082112'));
    expect(sources.map((source) => text(source, '00081155'))).toEqual([0, 2, 0, 2].map((k) => `1.2.826.4.${k}`));
    for (const source of sources) {
      expect(text(source, '00081150')).toBe(IMAGE_CLASS);
      expect(text(source, '00081160')).toBeUndefined();
      expect(codeOf(item(source, '0040a170'))).toEqual([
        'DCM',
        '121322',
        'Source image for image processing operation',
      ]);
    }
    const series = item(seg, '00081115');
    expect(text(series, '0020000e')).toBe('1.2.826.2');
    // Also the slice in which nothing was found: it was looked at.
    expect(items(series, '0008114a').map((instance) => text(instance, '00081155'))).toEqual([
      '1.2.826.4.0',
      '1.2.826.4.1',
      '1.2.826.4.2',
    ]);
  });
});

describe('a DICOM Segmentation of one image', () => {
  it('of several frames names the frame that was sent, and claims no place in the patient', async () => {
    const nothing = Array<number>(8).fill(0);
    const wanted = [0, 1, 1, 0, 2, 0, 0, 2];
    const lossy = {
      '00282110': ['CS', '01'],
      '00282112': ['DS', '12.5'],
      '00282114': ['CS', 'ISO_10918_1'],
    } as const;
    const input = file('frames', labelImage([...nothing, ...nothing, ...wanted], lossy, '3'));
    const seg = await written('image', input, 'frames.dcm', '--frame', '2');
    expectSameStudy(seg);
    expect(framesOf(seg)).toEqual([maskOf(wanted, 1), maskOf(wanted, 2)]);
    const frames = items(seg, '52009230');
    const source = item(frames[0], '00089124', '00082112');
    expect([text(source, '00081155'), text(source, '00081160')]).toEqual(['1.2.826.3.1', '3']);
    expect(text(seg, '00200052')).toBeUndefined();
    expect(items(frames[0], '00209113')).toEqual([]);
    expect(items(seg, '00209222')).toHaveLength(1);
    expect(text(seg, '00200020')).toBe('L\\F');
    // What was lost in the source is lost in what was made of it.
    expect(['00282110', '00282112', '00282114'].map((tag) => text(seg, tag))).toEqual(['01', '12.5', 'ISO_10918_1']);
  });

  it('holds classes that overlap, and says so', async () => {
    const input = file('overlap', labelImage([0, 1, 2, 0, 0, 2, 1, 1]));
    const seg = await written('overlapping', input, 'overlap.dcm');
    expect(text(seg, '00620013')).toBe('YES');
    expect(framesOf(seg)).toEqual([
      [0, 1, 1, 0, 0, 1, 1, 1],
      [0, 0, 1, 0, 0, 1, 0, 0],
    ]);
  });

  it('has every frame, empty, where nothing was found', async () => {
    const seg = await written('image', file('empty', labelImage(Array(8).fill(0))), 'empty.dcm');
    expect(framesOf(seg)).toEqual([Array(8).fill(0), Array(8).fill(0)]);
  });

  it('lies on the whole image although steps kept its middle only', async () => {
    const seg = await written('middle', file('whole', labelImage([1, 1, 0, 1, 1, 0, 1, 2])), 'middle.dcm');
    expect([seg.uint16('x00280010'), seg.uint16('x00280011')]).toEqual([2, 4]);
    expect(framesOf(seg)).toEqual([[0, 1, 0, 0, 0, 0, 1, 0]]);
  });

  it('writes labels beyond ASCII in UTF-8 where nothing of the source would be misread', async () => {
    const ascii = { '00100010': ['PN', 'Mueller^Anna'], '00081030': ['LO', 'MR'] } as const;
    const seg = await written('greek', file('ascii', labelImage([0, 1, 2, 0, 0, 2, 1, 1], ascii)), 'greek.dcm');
    expect(text(seg, '00080005')).toBe('ISO_IR 192');
    const element = items(seg, '00620002')[0]?.elements.x00620005;
    const bytes = seg.byteArray.subarray(element?.dataOffset, (element?.dataOffset ?? 0) + (element?.length ?? 0));
    expect(Buffer.from(bytes).toString('utf8').trim()).toBe('Δ mass');
  });
});

describe('a DICOM Segmentation of an enhanced file', () => {
  it('refers to the frames of the one instance, in the order in which they lie', async () => {
    // Stored from above downwards but for one: slices by place are frames 2, 3 and 1.
    const frames = [4, 0, 2].map((z, i) => ({
      pixels: [i === 0 ? 2 : 0, 1, 0, 0, 0, 0],
      position: [0, 0, z],
    }));
    const shared = { orientation: [1, 0, 0, 0, 1, 0], spacing: [1, 1] };
    const input = file('enhanced', enhancedFile(frames, shared));
    const seg = await written('volume', input, 'enhanced.dcm');
    expect(text(seg, '0020000d')).toBe('1.2.3.1');
    const perFrame = items(seg, '52009230');
    const sources = perFrame.map((frame) => item(frame, '00089124', '00082112'));
    expect(sources.map((source) => [text(source, '00081155'), text(source, '00081160')])).toEqual(
      ['2', '3', '1', '1'].map((number) => ['1.2.3.4.5', number]),
    );
    expect(items(item(seg, '00081115'), '0008114a')).toHaveLength(1);
    expect(perFrame.map((frame) => text(item(frame, '00209113'), '00200032'))).toEqual([
      '0\\0\\0',
      '0\\0\\2',
      '0\\0\\4',
      '0\\0\\4',
    ]);
    expect(text(item(seg, '52009229', '00289110'), '00180088')).toBe('2');
  });
});

describe('a DICOM Secondary Capture', () => {
  it('is the picture of the overlay, pixel for pixel, in the study, without a place in the patient', async () => {
    const out = at('series.png');
    const capture = await written('volume', seriesFolder(), 'series.sc.dcm', '--out', out);
    expectSameStudy(capture);
    const texts = {
      '00080016': '1.2.840.10008.5.1.4.1.1.7',
      '00080008': 'DERIVED\\SECONDARY\\OTHER',
      '00080060': 'OT',
      '00080064': 'WSD',
      '00082111': 'volume 1.0.0 drawn over its input. Research use only.',
      '00280004': 'RGB',
    };
    for (const [tag, value] of Object.entries(texts)) expect(text(capture, tag), tag).toBe(value);
    // Nothing may be measured on it.
    for (const tag of ['00200032', '00200037', '00200052', '00280030']) {
      expect(capture.elements[`x${tag}`], tag).toBeUndefined();
    }
    const picture = await sharp(out).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([capture.uint16('x00280010'), capture.uint16('x00280011')]).toEqual([
      picture.info.height,
      picture.info.width,
    ]);
    expect(
      ['00280002', '00280006', '00280100', '00280101', '00280102'].map((tag) => capture.uint16(`x${tag}`)),
    ).toEqual([3, 0, 8, 8, 7]);
    const { dataOffset, length } = capture.elements.x7fe00010 as { dataOffset: number; length: number };
    expect(length % 2).toBe(0);
    const pixels = capture.byteArray.subarray(dataOffset, dataOffset + picture.data.length);
    expect(Buffer.from(pixels).equals(picture.data)).toBe(true);
    expect(items(capture, '00082112').map((source) => text(source, '00081155'))).toEqual([
      '1.2.826.4.0',
      '1.2.826.4.1',
      '1.2.826.4.2',
    ]);
  });

  it('needs no codes, and names the frame that it was drawn over', async () => {
    const input = file('two', labelImage([...Array(8).fill(0), 0, 1, 1, 0, 2, 0, 0, 2], {}, '2'));
    const capture = await written('uncoded', input, 'two.sc.dcm', '--frame', '1');
    const source = item(capture, '00082112');
    expect([text(source, '00081155'), text(source, '00081160')]).toEqual(['1.2.826.3.1', '2']);
  });
});

describe('a DICOM result is refused, and no file is written', () => {
  const labelled = [0, 1, 2, 0, 0, 2, 1, 1];
  const png = () => pngFile({ width: 2, height: 2, depth: 8, colour: 'gray', bytes: [0, 1, 2, 0] });
  const withoutStudy = () => {
    const { '0020000d': _, ...rest } = PATIENT_AND_STUDY;
    // An empty UID is none.
    return labelImage(labelled, { ...rest, '0020000d': ['UI', ''] });
  };
  it.each<[string, string, () => Buffer, string, string, readonly string[]]>([
    ['classes without codes', 'uncoded', () => labelImage(labelled), 'x.dcm', 'DICOM wants class "mass" coded', []],
    ['a map', 'both', () => labelImage(labelled), 'x.dcm', '"values" is a map', ['--output', 'values']],
    ['two findings', 'both', () => labelImage(labelled), 'x.dcm', 'Choose one with --output', []],
    ['a photograph', 'photo', png, 'x.dcm', 'is no DICOM image, whose patient and study it would belong to', []],
    ['a photograph, captured', 'photo', png, 'x.sc.dcm', 'is no DICOM image', []],
    ['an image without a study', 'image', withoutStudy, 'x.dcm', 'has no Study Instance UID', []],
    [
      'labels that need another character set than the patient',
      'greek',
      () => labelImage(labelled),
      'x.dcm',
      'need different character sets',
      [],
    ],
  ])('%s', async (_, model, make, out, reason, args) => {
    const input = file('refused', make());
    const { exitCode, stderr } = await predict(model, input, '--out', at(out), ...args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(reason);
    // Neither paths nor what files say of a patient.
    expect(stderr).not.toMatch(new RegExp(`${folder}|Anna|P-42`));
    expect(existsSync(at(out))).toBe(false);
  });
});

describe('real files', () => {
  const real = fileURLToPath(new URL('../../../shared/data/dicom/CT_small.dcm', import.meta.url));
  it.skipIf(!existsSync(real))('a CT slice: patient, study, frame of reference and place come along', async () => {
    const source = parseDicom(readFileSync(real));
    const seg = await written('overlapping', real, 'ct.dcm');
    const same = ['00100010', '00100020', '0020000d', '00080020', '00200052'];
    for (const tag of same) expect(text(seg, tag) ?? '', tag).toBe(text(source, tag) ?? '');
    expect(text(item(seg, '52009230', '00209113'), '00200032')).toBe(text(source, '00200032'));
    expect(text(item(seg, '52009230', '00089124', '00082112'), '00081155')).toBe(text(source, '00080018'));
    expect(framesOf(seg)[0]).toHaveLength(128 * 128);
  });
});
