import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataSet, parseDicom } from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import type { SlideMap } from '../../map/slide-map.js';
import { createArrayMap, TISSUE, TUMOR } from '../../testing/array-map.js';
import { createDicomSlide, readCamelyonSlide } from '../../testing/dicom-slide.js';
import { inTemporaryFolder } from '../../testing/temporary-folder.js';
import { type SegmentationOptions, writeSegmentation } from './write-segmentation.js';

const slide = createDicomSlide();

async function written(map: SlideMap, options: SegmentationOptions = {}, on = slide): Promise<DataSet> {
  return inTemporaryFolder(async (folder) => {
    await writeSegmentation(map, on, join(folder, 'a.dcm'), options);
    return parseDicom(await readFile(join(folder, 'a.dcm')));
  });
}

const items = (set: DataSet | undefined, tag: string) =>
  (set?.elements[tag]?.items ?? []).map(({ dataSet }) => dataSet as DataSet);
const utf8 = (set: DataSet, tag: string) => {
  const element = set.elements[tag] as { dataOffset: number; length: number };
  return Buffer.from(set.byteArray.subarray(element.dataOffset, element.dataOffset + element.length))
    .toString()
    .trim();
};

/** The whole matrix of a segment, put together of its frames by where they say that they lie. */
function assembled(set: DataSet, segment: number): { columns: number; rows: number; pixels: Uint8Array } {
  const [columns, rows] = [set.uint32('x00480006') as number, set.uint32('x00480007') as number];
  const [width, height] = [set.uint16('x00280011') as number, set.uint16('x00280010') as number];
  const isBinary = set.string('x00620001') === 'BINARY';
  const { dataOffset } = set.elements.x7fe00010 as { dataOffset: number };
  const pixels = new Uint8Array(columns * rows).fill(0);
  items(set, 'x52009230').forEach((frame, index) => {
    if (items(frame, 'x0062000a')[0]?.uint16('x0062000b') !== segment) return;
    const [place] = items(frame, 'x0048021a');
    const [left, top] = [(place?.int32('x0048021e') as number) - 1, (place?.int32('x0048021f') as number) - 1];
    for (let at = 0; at < width * height; at++) {
      const [x, y] = [left + (at % width), top + Math.floor(at / width)];
      const bit = index * width * height + at;
      const value = isBinary
        ? ((set.byteArray[dataOffset + (bit >> 3)] as number) >> (bit & 7)) & 1
        : (set.byteArray[dataOffset + bit] as number);
      if (x < columns && y < rows) pixels[y * columns + x] = value;
      else expect(value).toBe(0);
    }
  });
  return { columns, rows, pixels };
}

/** A probability for each place that repeats nowhere, in cells that lie askew to everything. */
const askew = { columns: 23, rows: 17, x: 130, y: 250, cellWidth: 68.5, cellHeight: 41 };
const values = (c: number, r: number) => (c === 4 && r === 2 ? Number.NaN : ((c * 37 + r * 101) % 256) / 255);
const askewMap = createArrayMap({ grid: askew, value: values });

/** What a pixel of level 1 must be: of the cell that its centre lies in. */
function expected(toPixel: (p: number) => number): Uint8Array {
  return Uint8Array.from({ length: 500 * 300 }, (_, at) => {
    const [x, y] = [((at % 500) + 0.5) * 4, (Math.floor(at / 500) + 0.5) * 4];
    const [c, r] = [Math.floor((x - askew.x) / askew.cellWidth), Math.floor((y - askew.y) / askew.cellHeight)];
    const isInside = c >= 0 && r >= 0 && c < askew.columns && r < askew.rows;
    const p = isInside ? Math.fround(values(c, r)) : Number.NaN;
    return Number.isNaN(p) ? 0 : toPixel(p);
  });
}

describe('writeSegmentation', () => {
  it('lays probabilities on the level pixel by pixel, on the right place and the right way round', async () => {
    const set = await written(askewMap, { form: 'fractional', level: 1 });
    expect(
      Buffer.compare(
        assembled(set, 1).pixels,
        expected((p) => Math.round(p * 255)),
      ),
    ).toBe(0);
    expect([set.string('x00620010'), set.uint16('x0062000e')]).toEqual(['PROBABILITY', 255]);
  });

  it('packs classes into bits, also where a frame does not end with a byte', async () => {
    // 25 x 15 pixels a frame are 375 bits.
    const set = await written(askewMap, { threshold: 0.6, level: 1 });
    expect(
      Buffer.compare(
        assembled(set, 1).pixels,
        expected((p) => Number(p >= Math.fround(0.6))),
      ),
    ).toBe(0);
    const frames = set.intString('x00280008') as number;
    const bytes = Math.ceil((frames * 375) / 8);
    expect(set.elements.x7fe00010?.length).toBe(bytes + (bytes % 2));
  });

  it('has the matrix, tiles, spacing and frame of reference of the level', async () => {
    const set = await written(askewMap);
    // Cells of 68.5 x 41 take the coarsest level, of 16.
    expect([set.uint32('x00480006'), set.uint32('x00480007')]).toEqual([125, 75]);
    expect([set.uint16('x00280011'), set.uint16('x00280010')]).toEqual([25, 15]);
    const [shared] = items(set, 'x52009229');
    const [measures] = items(shared, 'x00289110');
    expect([measures?.string('x00280030'), measures?.string('x00180050')]).toEqual(['0.004\\0.008', '0.004']);
    expect(set.string('x00200052')).toBe('1.2.3.3');
    expect(set.string('x00480102')).toBe('0\\-1\\0\\-1\\0\\0');
    const image = items(items(shared, 'x00089124')[0], 'x00082112')[0];
    expect(image?.string('x00081155')).toBe('1.2.3.4.0');
  });

  it('says in mm where a tile lies, by the orientation of the slide', async () => {
    const map = createArrayMap({
      grid: { columns: 20, rows: 20, cellWidth: 100, cellHeight: 60 },
      value: (c, r) => Number(c === 5 && r === 2),
    });
    const set = await written(map, { level: 1 });
    const [frame, ...others] = items(set, 'x52009230');
    expect(others).toEqual([]);
    const [place] = items(frame, 'x0048021a');
    expect([place?.int32('x0048021e'), place?.int32('x0048021f')]).toEqual([126, 31]);
    // Rows point to -y, columns to -x: 125 columns of 0.002 mm, 30 rows of 0.001 mm.
    expect([place?.floatString('x0040072a'), place?.floatString('x0040073a')]).toEqual([20 - 0.03, 40 - 0.25]);
    const [content] = items(frame, 'x00209111');
    expect([0, 1, 2].map((at) => content?.uint32('x00209157', at))).toEqual([1, 3, 6]);
  });

  it('numbers segments by the classes that were asked for, also where one was not found', async () => {
    const map = createArrayMap({
      grid: { columns: 20, rows: 20, cellWidth: 100, cellHeight: 60 },
      channels: [TISSUE, TUMOR, { ...TISSUE, label: 'other' }],
      value: (c, _, k) => Number(k === 2 && c === 0),
    });
    const set = await written(map, { channels: ['tumor', 'other'] });
    expect(items(set, 'x00620002').map((one) => [one.uint16('x00620004'), one.string('x00620005')])).toEqual([
      [1, 'tumor'],
      [2, 'other'],
    ]);
    const frames = items(set, 'x52009230').map((frame) => items(frame, 'x0062000a')[0]?.uint16('x0062000b'));
    expect(new Set(frames)).toEqual(new Set([2]));
  });

  it('shows that it looked where nothing was found', async () => {
    const set = await written(createArrayMap({ grid: askew, value: () => 0 }));
    expect([set.intString('x00280008'), Math.max(...assembled(set, 1).pixels)]).toEqual([1, 0]);
  });

  it('belongs to the patient, study and specimen of the slide, and names the model', async () => {
    const set = await written(askewMap);
    expect(utf8(set, 'x00100010')).toBe('Yamada^Tarou=山田^太郎');
    expect(utf8(set, 'x00080090')).toBe('Groß^Änne');
    expect(set.string('x00080005')).toBe('ISO_IR 192');
    expect([set.string('x0020000d'), set.string('x00400512')]).toEqual(['1.2.3.1', 'SLIDE-7']);
    expect(items(set, 'x00400560')[0]?.string('x00400551')).toBe('BLOCK-7');
    expect([set.string('x00282110'), set.string('x00282112')]).toEqual(['01', '12.5']);
    const [segment] = items(set, 'x00620002');
    const [algorithm] = items(segment, 'x00620007');
    expect(algorithm?.string('x00660036')).toBe('tumor-tiles');
    expect(algorithm?.string('x00660031')).toBe('1.2.0');
    expect(algorithm?.string('x00660032')).toContain(`onnx_sha256=${'c3'.repeat(32)}`);
    expect(items(segment, 'x0062000f')[0]?.string('x00080100')).toBe('108369006');
    expect(set.string('x00700081')).toBe('Research use only');
  });

  it('refuses what DICOM cannot hold, and writes nothing', () =>
    inTemporaryFolder(async (folder) => {
      const write = (map: SlideMap, options: SegmentationOptions = {}, on: Partial<typeof slide> = slide) =>
        writeSegmentation(map, on as typeof slide, join(folder, 'a.dcm'), options);
      const { dicom: _, ...other } = slide;
      await expect(write(askewMap, {}, other)).rejects.toThrow('Convert the slide to DICOM first');
      const uncoded = createArrayMap({ grid: askew, value: values, channels: [{ ...TUMOR, category: null }] });
      await expect(write(uncoded)).rejects.toThrow('no "category"');
      const { threshold: __, ...undecided } = TUMOR;
      const undecidedMap = createArrayMap({ grid: askew, value: values, channels: [undecided] });
      await expect(write(undecidedMap)).rejects.toThrow('name a threshold');
      await expect(write(askewMap, { level: 7 })).rejects.toThrow('does not have this level');
      expect(await readdir(folder)).toEqual([]);
    }));

  it('lies on a real slide (shared data)', async ({ skip }) => {
    const camelyon = await readCamelyonSlide();
    if (camelyon === undefined) return skip('camelyon.dcm is not beside the repository');
    const grid = { columns: 36, rows: 22, cellWidth: 32, cellHeight: 32 };
    const map = createArrayMap({ grid, value: (c, r) => Number(c > 30 && r > 18) });
    const set = await written(map, {}, camelyon);
    expect([set.uint32('x00480006'), set.uint32('x00480007')]).toEqual([1152, 700]);
    const { columns, pixels } = assembled(set, 1);
    expect([pixels.indexOf(1) % columns, Math.floor(pixels.indexOf(1) / columns)]).toEqual([31 * 32, 19 * 32]);
    expect(pixels.filter((one) => one === 1).length).toBe((1152 - 992) * (700 - 608));
    const [measures] = items(items(set, 'x52009229')[0], 'x00289110');
    expect(measures?.string('x00280030')).toBe('0.028968\\0.028969');
  });
});
