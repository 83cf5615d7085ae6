import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataSet, parseDicom } from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import type { MapGrid, SlideMap } from '../../map/slide-map.js';
import { createArrayMap, drawn, TISSUE, TUMOR } from '../../testing/array-map.js';
import { createDicomSlide } from '../../testing/dicom-slide.js';
import { paintedCells } from '../../testing/painted-cells.js';
import { inTemporaryFolder } from '../../testing/temporary-folder.js';
import { type AnnotationsOptions, writeAnnotations } from './write-annotations.js';

const slide = createDicomSlide();
const items = (set: DataSet | undefined, tag: string) =>
  (set?.elements[tag]?.items ?? []).map(({ dataSet }) => dataSet as DataSet);

const written = (map: SlideMap, options: AnnotationsOptions = {}) =>
  inTemporaryFolder(async (folder) => {
    await writeAnnotations(map, slide, join(folder, 'a.dcm'), options);
    return parseDicom(await readFile(join(folder, 'a.dcm')));
  });

function view(set: DataSet, tag: string): DataView | undefined {
  const element = set.elements[tag];
  if (element === undefined) return undefined;
  return new DataView(set.byteArray.buffer, set.byteArray.byteOffset + element.dataOffset, element.length);
}

/** Polygons of a group, by its indices, and its areas. */
function polygonsOf(group: DataSet): { vr: string; polygons: Float64Array[]; areas: number[] } {
  const [floats, doubles] = [view(group, 'x00660016'), view(group, 'x00660022')];
  const points = floats
    ? Array.from({ length: floats.byteLength / 4 }, (_, i) => floats.getFloat32(4 * i, true))
    : Array.from({ length: (doubles as DataView).byteLength / 8 }, (_, i) =>
        (doubles as DataView).getFloat64(8 * i, true),
      );
  const list = view(group, 'x00660040') as DataView;
  const starts = Array.from({ length: list.byteLength / 4 }, (_, i) => list.getUint32(4 * i, true) - 1);
  const [measured] = items(group, 'x00660121');
  const values = view(items(measured, 'x00660132')[0] as DataSet, 'x00660125') as DataView;
  return {
    vr: `${group.elements[floats ? 'x00660016' : 'x00660022']?.vr} ${group.elements.x00660040?.vr}`,
    polygons: starts.map((from, at) => Float64Array.from(points.slice(from, starts[at + 1] ?? points.length))),
    areas: Array.from({ length: values.byteLength / 4 }, (_, i) => values.getFloat32(4 * i, true)),
  };
}

const shape = drawn('###..', '#.#..', '###.#', '.....');
const placed = { x: 128, y: 64, cellWidth: 32, cellHeight: 16 };
const grid: MapGrid = { ...shape.grid, ...placed };
const map = createArrayMap({ ...shape, grid });

describe('writeAnnotations', () => {
  it('covers the regions of a class with polygons without holes, in pixels of the finest level', async () => {
    const set = await written(map);
    const [group, ...others] = items(set, 'x006a0002');
    expect(others).toEqual([]);
    const { vr, polygons, areas } = polygonsOf(group as DataSet);
    expect(vr).toBe('OF OL');
    const painted = new Uint8Array(20);
    for (const polygon of polygons) paintedCells(painted, grid, [polygon]);
    expect([...painted]).toEqual(
      Array.from({ length: 20 }, (_, at) => Number(shape.value(at % 5, Math.floor(at / 5)))),
    );
    // A region of 8 cells in two parts, and one of 1 cell, each of 16 x 4 µm.
    expect(areas.reduce((sum, area) => sum + area, 0)).toBe(9 * 64);
    expect(group?.uint32('x006a000c')).toBe(polygons.length);
    expect(polygons.at(-1)).toEqual(Float64Array.of(256, 96, 288, 96, 288, 112, 256, 112));
  });

  it('refers to the finest level of the slide, by pixels of its whole matrix', async () => {
    const set = await written(map);
    expect([set.string('x006a0001'), set.string('x00480301')]).toEqual(['2D', 'VOLUME']);
    expect(items(set, 'x00081140').map((one) => one.string('x00081155'))).toEqual(['1.2.3.4.0']);
    expect(set.string('x00200052')).toBe('1.2.3.3');
  });

  it('has a group for each class that was found, numbered from 1, with codes and algorithm', async () => {
    const channels = [{ ...TUMOR, label: 'nowhere' }, TISSUE, TUMOR];
    const several = createArrayMap({ grid, channels, value: (c, r, k) => (k === 0 ? 0 : shape.value(c, r)) });
    const groups = items(await written(several), 'x006a0002');
    expect(groups.map((one) => [one.uint16('x0040a180'), one.string('x006a0005')])).toEqual([
      [1, 'tissue'],
      [2, 'tumor'],
    ]);
    expect(items(groups[1], 'x006a000a')[0]?.string('x00080100')).toBe('108369006');
    expect(items(groups[1], 'x006a0008')[0]?.string('x00660036')).toBe('tumor-tiles');
  });

  it('writes places that 32 bits do not hold in 64', async () => {
    const fine = createArrayMap({ ...shape, grid: { ...grid, cellWidth: 33.3 } });
    const [group] = items(await written(fine), 'x006a0002');
    const { vr, polygons } = polygonsOf(group as DataSet);
    expect([vr, polygons[0]?.[2]]).toEqual(['OD OL', 128 + 3 * 33.3]);
  });

  it('refuses to say that nothing was found, and writes nothing', () =>
    inTemporaryFolder(async (folder) => {
      const none = createArrayMap({ grid, value: () => 0 });
      await expect(writeAnnotations(none, slide, join(folder, 'a.dcm'))).rejects.toThrow('no class reaches');
      expect(await readdir(folder)).toEqual([]);
    }));
});
