import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataSet, parseDicom } from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import type { SlideMap } from '../../map/slide-map.js';
import { createArrayMap, drawn, TISSUE, TUMOR } from '../../testing/array-map.js';
import { createDicomSlide } from '../../testing/dicom-slide.js';
import { inTemporaryFolder } from '../../testing/temporary-folder.js';
import { classAreas } from '../class-areas.js';
import { type ReportOptions, writeReport } from './write-report.js';

const slide = createDicomSlide();
const items = (set: DataSet | undefined, tag: string) =>
  (set?.elements[tag]?.items ?? []).map(({ dataSet }) => dataSet as DataSet);
const meaning = (set: DataSet | undefined, tag: string) => items(set, tag)[0]?.string('x00080104');

const written = (map: SlideMap, options: ReportOptions = {}) =>
  inTemporaryFolder(async (folder) => {
    await writeReport(map, slide, join(folder, 'a.dcm'), options);
    return parseDicom(await readFile(join(folder, 'a.dcm')));
  });

/** Content as "name: value", nested. */
function outline(set: DataSet): unknown[] {
  return items(set, 'x0040a730').map((item) => {
    const [measured] = items(item, 'x0040a300');
    const value = {
      CODE: () => meaning(item, 'x0040a168'),
      TEXT: () => item.string('x0040a160'),
      NUM: () => `${measured?.string('x0040a30a')} ${items(measured, 'x004008ea')[0]?.string('x00080100')}`,
      IMAGE: () => items(item, 'x00081199')[0]?.string('x00081155'),
      UIDREF: () => 'uid',
      CONTAINER: () => outline(item),
    }[item.string('x0040a040') as 'TEXT']();
    return [meaning(item, 'x0040a043'), value];
  });
}

// Cells of 100 x 0.5 by 100 x 0.25 µm.
const shape = drawn('##..', '#.  ', '5...');
const map = createArrayMap({ ...shape, grid: { ...shape.grid, cellWidth: 100, cellHeight: 100 } });

describe('classAreas', () => {
  it('counts what reaches the threshold, of what was examined', async () => {
    const [area] = await classAreas(map, slide.geometry, new Map([[0, 0.5]]));
    expect(area).toEqual({
      channel: 0,
      threshold: 0.5,
      areaMm2: 4 * 0.00125,
      examinedMm2: 10 * 0.00125,
      share: 0.4,
      mean: (1 + 1 + 1 + 0.5) / 10,
      highest: 1,
    });
  });
});

describe('writeReport', () => {
  it('tells areas, share and algorithm of each class', async () => {
    const set = await written(map);
    expect(meaning(set, 'x0040a043')).toBe('Imaging Measurement Report');
    expect(items(set, 'x0040a504')[0]?.string('x0040db00')).toBe('1500');
    const content = outline(set) as [string, unknown][];
    const groups = content.find(([name]) => name === 'Imaging Measurements')?.[1] as [string, unknown][];
    expect(groups[0]?.[1]).toEqual(
      expect.arrayContaining([
        ['Tracking Identifier', 'tumor: tumor'],
        ['Finding category', 'Morphologically Altered Structure'],
        ['Finding', 'Neoplasm'],
        ['Algorithm Name', 'tumor-tiles'],
        ['Algorithm Version', '1.2.0'],
        ['Algorithm Parameters', 'threshold=0.5'],
        ['Algorithm Parameters', `onnx_sha256=${'c3'.repeat(32)}`],
        ['Area', '0.005 mm2'],
        ['Area examined by the algorithm', '0.0125 mm2'],
        ['Share of the examined area', '40 %'],
        ['Comment', 'Research use only.'],
      ]),
    );
  });

  it('has a group for each class, and names the images that it rests on', async () => {
    const several = createArrayMap({ grid: map.grid, channels: [TUMOR, TISSUE], value: shape.value });
    const set = await written(several);
    const content = outline(set) as [string, unknown[]][];
    expect(content.find(([name]) => name === 'Imaging Measurements')?.[1]).toHaveLength(2);
    expect(content.find(([name]) => name === 'Image Library')?.[1]).toEqual([
      ['Image Library Group', [[undefined, '1.2.3.4.0']]],
    ]);
    const [study] = items(set, 'x0040a375');
    const [series] = items(study, 'x00081115');
    expect([study?.string('x0020000d'), series?.string('x0020000e')]).toEqual(['1.2.3.1', '1.2.3.2']);
    expect([set.string('x0040a491'), set.string('x0040a493')]).toEqual(['COMPLETE', 'UNVERIFIED']);
  });

  it('leaves out the share where nothing was examined', async () => {
    const set = await written(createArrayMap({ grid: map.grid, value: () => Number.NaN }));
    const text = JSON.stringify(outline(set));
    expect(text).toContain('0 mm2');
    expect(text).not.toContain('Share');
  });
});
