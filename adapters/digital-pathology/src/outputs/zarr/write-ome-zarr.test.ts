import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SlideMap } from '../../map/slide-map.js';
import { createArrayMap, drawn, TISSUE, TUMOR, testGeometry } from '../../testing/array-map.js';
import { inTemporaryFolder } from '../../testing/temporary-folder.js';
import { writeOmeZarrLabels } from './write-ome-zarr.js';

const slide = { geometry: testGeometry(40_000, 30_000) };

const written = (map: SlideMap, levels = 1) =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.zarr');
    await writeOmeZarrLabels(map, slide, path);
    const json = async (key: string) => JSON.parse(await readFile(join(path, key), 'utf8'));
    const root = `labels/${map.label}`;
    return {
      labels: await json('labels/.zattrs'),
      attributes: await json(`${root}/.zattrs`),
      arrays: await Promise.all(Array.from({ length: levels }, (_, level) => json(`${root}/${level}/.zarray`))),
      chunks: await Promise.all(
        Array.from({ length: levels }, async (_, level) =>
          inflateSync(await readFile(join(path, `${root}/${level}/0/0`))),
        ),
      ),
    };
  });

const placed = { x: 100, y: 300, cellWidth: 64, cellHeight: 32 };

describe('writeOmeZarrLabels', () => {
  it('has the number of the most probable class that reaches its threshold, 0 for none, 255 for not examined', async () => {
    const rows = [drawn('#4. '), drawn('.33 ')];
    const map = createArrayMap({
      grid: { columns: 4, rows: 1, ...placed },
      channels: [TUMOR, TISSUE],
      value: (c, r, k) => rows[k]?.value(c, r) as number,
    });
    const { labels, attributes, arrays, chunks } = await written(map);
    expect(labels).toEqual({ labels: ['tumor'] });
    // 0.4 does not reach the 0.5 of tumor; 0.3 reaches the 0.25 of tissue.
    expect([...(chunks[0] as Buffer)]).toEqual([1, 2, 2, 255]);
    expect(arrays[0]).toMatchObject({ shape: [1, 4], dtype: '|u1', dimension_separator: '/', zarr_format: 2 });
    expect(attributes['image-label']).toMatchObject({
      version: '0.4',
      source: { image: '../../' },
      properties: [
        { 'label-value': 1, class: 'tumor', threshold: 0.5 },
        { 'label-value': 2, class: 'tissue', threshold: 0.25 },
        { 'label-value': 255, class: 'not examined' },
      ],
    });
    expect(attributes['image-label'].colors[0]).toEqual({ 'label-value': 1, rgba: [213, 94, 0, 255] });
  });

  it('says in micrometres where the centres of its pixels lie, in every resolution', async () => {
    const map = createArrayMap({
      grid: { columns: 601, rows: 300, ...placed },
      value: (c, r) => Number((c >> 1) % 2 === 0 && r < 2),
    });
    const { attributes, arrays, chunks } = await written(map, 3);
    expect(arrays.map(({ shape }) => shape)).toEqual([
      [300, 601],
      [150, 301],
      [75, 151],
    ]);
    const [{ axes, datasets }] = attributes.multiscales;
    expect(axes).toEqual(['y', 'x'].map((name) => ({ name, type: 'space', unit: 'micrometer' })));
    // Pixels of level 0 measure 0.25 by 0.5 µm.
    expect(datasets[0].coordinateTransformations).toEqual([
      { type: 'scale', scale: [16, 16] },
      { type: 'translation', translation: [(300 + 16) * 0.5, (100 + 32) * 0.25] },
    ]);
    expect(datasets[2].coordinateTransformations).toEqual([
      { type: 'scale', scale: [64, 64] },
      { type: 'translation', translation: [(300 + 64) * 0.5, (100 + 128) * 0.25] },
    ]);
    expect([...(chunks[1] as Buffer).subarray(0, 4)]).toEqual([1, 0, 1, 0]);
    // Row 1 stands for rows 2 and 3; the last column for one cell only.
    expect([(chunks[1] as Buffer)[301], (chunks[1] as Buffer)[300]]).toEqual([0, 1]);
    expect((chunks[2] as Buffer).indexOf(255)).toBe(-1);
  });

  it('refuses another extension, and a label that is no name', () =>
    inTemporaryFolder(async (folder) => {
      const map = createArrayMap({ grid: { columns: 1, rows: 1 }, value: () => 0 });
      await expect(writeOmeZarrLabels(map, slide, join(folder, 'a.zip'))).rejects.toThrow('.zarr');
      await expect(writeOmeZarrLabels({ ...map, label: '../x' }, slide, join(folder, 'a.zarr'))).rejects.toThrow(
        'label',
      );
    }));
});
