import { join } from 'node:path';
import { type PixelRectangle, predictSlide, readSlidePackage } from '@deephealth/adapter-digital-pathology';
import type { RuntimeClient } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  analysisOf,
  HOLE,
  isTissue,
  itemsOf,
  PACKAGE,
  pixelOf,
  prepareJob,
  type ServedTissue,
  SLIDE,
  serveTissue,
  syntheticSlide,
  TISSUE,
} from './empaia-job.js';

const PIXELMAP = 'probability_tissue';

let served: ServedTissue;
let client: RuntimeClient;
beforeAll(async () => {
  served = await serveTissue();
  ({ client } = served);
}, 60_000);
afterAll(() => served.stop());

const areaOf = (points: readonly (readonly number[])[]) =>
  Math.abs(
    points.reduce((sum, [x = 0, y = 0], at) => {
      const [nextX = 0, nextY = 0] = points[(at + 1) % points.length] ?? [];
      return sum + x * nextY - nextX * y;
    }, 0) / 2,
  );

describe('a job of EMPAIA', () => {
  it('posts the map as it is, on the level that its cells lie on', async () => {
    const { double, folder, run } = await prepareJob(client);
    expect(await run()).toMatchObject({ warnings: ['The model is for research only.'] });
    expect(double.store.failures).toEqual([]);
    expect(double.store.isFinalized).toBe(true);
    expect(double.store.outputs.get(PIXELMAP)).toMatchObject({
      ...{ element_type: 'float32', min_value: -1, neutral_value: -1, max_value: 1, channel_count: 1, tilesize: 256 },
      levels: [{ slide_level: 1, position_min_x: 0, position_min_y: 0, position_max_x: 2, position_max_y: 1 }],
    });
    // The same analysis of the same slide, without a platform between them.
    const model = await readSlidePackage(PACKAGE);
    const direct = await predictSlide({
      ...{ slide: syntheticSlide(), client, model, analysis: analysisOf(model), folder: join(folder, 'direct') },
    });
    const { columns, rows, cellWidth } = direct.map.grid;
    expect({ columns, rows, cellWidth }).toEqual({ columns: 700, rows: 500, cellWidth: 2 });
    const cells = await direct.map.readRows(0, rows);
    await direct.close();
    let differing = 0;
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) if (pixelOf(double, PIXELMAP, x, y) !== cells[y * columns + x]) differing++;
    }
    expect(differing).toBe(0);
    // Tiles are whole; what lies beyond the slide was not examined.
    expect(pixelOf(double, PIXELMAP, 700, 10)).toBe(-1);
    expect(pixelOf(double, PIXELMAP, 10, 511)).toBe(-1);
    // By the picture itself, too: an L that is not the same any other way around.
    for (const [x, y] of [
      [140, 100],
      [390, 340],
      [560, 120],
      [140, 440],
      [560, 380],
      [300, 100],
      [280, 370],
    ] as const) {
      expect((pixelOf(double, PIXELMAP, x, y) as number) > 0.5, `${x},${y}`).toBe(isTissue(2 * x, 2 * y));
    }
  });

  it('posts outlines in pixels of level 0, each with its class, and areas', async () => {
    const { double, run } = await prepareJob(client);
    await run();
    const polygons = itemsOf(double, 'regions');
    const points = polygons.map(({ coordinates }) => coordinates as [number, number][]);
    const boxOf = (ring: [number, number][]) => {
      const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
      return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    };
    const block = TISSUE[2] as PixelRectangle;
    const near = (box: number[], wanted: number[]) => box.every((side, at) => Math.abs(side - (wanted[at] ?? 0)) <= 4);
    // The block by itself; the L is cut at its hole, since polygons have none.
    const ofBlock = points.filter((ring) => near(boxOf(ring), [1080, 200, 1200, 300]));
    expect(ofBlock).toHaveLength(1);
    expect(areaOf(ofBlock[0] ?? []) / (block.width * block.height)).toBeCloseTo(1, 1);
    expect(points).toHaveLength(3);
    const boxes = points.filter((ring) => !ofBlock.includes(ring)).map(boxOf);
    const around = [0, 1, 2, 3].map((at) => (at < 2 ? Math.min : Math.max)(...boxes.map((box) => box[at] as number)));
    expect(near(around, [200, 120, 800, 820]), String(around)).toBe(true);
    const area = points.reduce((sum, ring) => sum + areaOf(ring), 0);
    const outlined = 160 * 700 + 440 * 160 + 120 * 100 - HOLE.width * HOLE.height;
    expect(area / outlined).toBeCloseTo(1, 2);

    const npp = { npp_created: 2000, npp_viewing: [1000, 4000] };
    for (const polygon of polygons)
      expect(polygon).toMatchObject({ ...npp, reference_type: 'wsi', creator_type: 'job' });
    const classes = itemsOf(double, 'region_classes');
    expect(classes.map(({ reference_id }) => reference_id)).toEqual(polygons.map(({ id }) => id));
    expect(new Set(classes.map(({ value }) => value))).toEqual(
      new Set(['org.empaia.deephealth.tissue_pixels.v3.0.classes.tissue']),
    );
    // The speck has no outline, and an area all the same.
    expect((double.store.outputs.get('area_mm2_tissue')?.value as number) * 1e6 - area).toBeCloseTo(60 * 80, -2);
    expect(double.store.outputs.get('examined_area_mm2')?.value).toBeCloseTo((SLIDE.width * SLIDE.height) / 1e6, 6);
  });

  it('examines what lies in the regions of interest, and says of the rest that it did not', async () => {
    const roi = { x: 150, y: 600, width: 301, height: 150 };
    const { double, run } = await prepareJob(client, { regionsOfInterest: [roi] });
    const { counts } = await run();
    // Tiles of 192 pixels of level 0.
    expect(counts?.examined).toBe(3 * 1);
    const value = (x: number, y: number) => pixelOf(double, PIXELMAP, x, y);
    expect(value(75, 300)).toBeGreaterThanOrEqual(0);
    expect(value(74, 300)).toBe(-1);
    expect(value(75, 299)).toBe(-1);
    expect(value(224, 374)).toBeGreaterThanOrEqual(0);
    // The middle of the pixel from 450 on lies at 451, where the region has ended.
    expect(value(225, 374)).toBe(-1);
    expect(value(224, 375)).toBe(-1);
    expect(double.store.outputs.get(PIXELMAP)?.levels).toMatchObject([
      { position_min_x: 0, position_min_y: 1, position_max_x: 0, position_max_y: 1 },
    ]);
    expect(value(280, 340)).toBeUndefined();
    expect(double.store.outputs.get('examined_area_mm2')?.value).toBeCloseTo((300 * 150) / 1e6, 9);
    for (const { coordinates } of itemsOf(double, 'regions')) {
      for (const [x, y] of coordinates as [number, number][]) {
        expect(x >= 150 && x <= 450 && y >= 600 && y <= 750, `${x},${y}`).toBe(true);
      }
    }
  });

  it('refuses regions without anything to examine, and posts nothing', async () => {
    const { double, run } = await prepareJob(client, {
      regionsOfInterest: [{ x: 20, y: 20, width: 40, height: 40 }],
      analysis: { tissue: { method: 'otsu' } },
    });
    await expect(run()).rejects.toMatchObject({ code: 'DH_SLIDE_UNSUITABLE' });
    expect([...double.store.outputs.keys()]).toEqual([]);
    expect(double.store.failures).toHaveLength(1);
    expect(double.store.failures[0]).toContain('Choose another slide or region');
  });

  it('runs without regions of interest in preprocessing', async () => {
    const { double, run } = await prepareJob(client, { mode: 'preprocessing' });
    await run();
    expect(double.requests).toContain('GET inputs/regions_of_interest 404');
    expect(double.store.isFinalized).toBe(true);
  });

  it('says how far it is, and ends where the platform ends', async () => {
    const { double, run } = await prepareJob(client);
    await run();
    const { progress } = double.store;
    expect(progress.length).toBeGreaterThan(0);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(double.requests.at(-1)).toBe('PUT finalize 204');
    const asked = double.requests.length;
    // Started again, there is nothing left to do.
    await run();
    expect(double.requests).toHaveLength(asked);
  });
});
