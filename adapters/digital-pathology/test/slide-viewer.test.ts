import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Slide,
  type SlideViewer,
  startSlideViewer,
  writeCsv,
  writeGeoJson,
} from '@deephealth/adapter-digital-pathology';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArrayMap } from '../src/testing/array-map.js';
import { paintedSlide } from '../src/testing/painted-slide.js';

const [WIDTH, HEIGHT] = [1300, 900];
const GRID = { columns: 20, rows: 14, x: 40, y: 20, cellWidth: 60, cellHeight: 60 };
/** The only cell with a value of 1, and one that was not examined. */
const [MARKED, BLANK] = [
  { column: 7, row: 3 },
  { column: 2, row: 9 },
];

let folder: string;
let slide: Slide & { readonly reads: object[] };
let viewer: SlideViewer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-viewer-'));
  slide = paintedSlide({
    ...{ width: WIDTH, height: HEIGHT, bounds: { x: 40, y: 20, width: 1200, height: 840 } },
    paint: (x, y) => [x >> 3, y >> 3, 128],
    broken: [{ x: 1100, y: 700, width: 10, height: 10 }],
  });
  const is = (a: typeof MARKED, column: number, row: number) => a.column === column && a.row === row;
  const map = createArrayMap({
    grid: GRID,
    value: (column, row) => (is(BLANK, column, row) ? Number.NaN : is(MARKED, column, row) ? 1 : 0.25),
  });
  await writeCsv(map, join(folder, 'tumor.csv'));
  await writeGeoJson(map, slide, join(folder, 'tumor.geojson'), { origin: 'bounds' });
  const { name, sha256, format, geometry } = slide;
  const report = {
    ...{ schemaVersion: 1, label: 'tumor', title: 'Tumour', grid: GRID, researchUseOnly: true },
    files: ['tumor.csv', 'tumor.geojson'],
    slide: { name, sha256, format, micronsPerPixel: geometry.micronsPerPixel, width: WIDTH, height: HEIGHT },
    classes: [{ label: 'tumor', areaMm2: 0.0009, share: 0.1, threshold: 0.5 }],
    tiles: { examined: 279, abstained: 0, unread: 0, skipped: 1 },
    ...{ unread: [], warnings: [], provenance: map.provenance },
  };
  await writeFile(join(folder, 'tumor.report.json'), JSON.stringify(report));
  viewer = await startSlideViewer({ slide, results: [folder] });
});
afterAll(async () => {
  await viewer?.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, init?: RequestInit) => fetch(new URL(path, viewer.url), init);

async function pixels(path: string): Promise<{ width: number; height: number; at(x: number, y: number): number[] }> {
  const { data, info } = await sharp(Buffer.from(await (await get(path)).arrayBuffer()))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { width, height, at: (x, y) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)] };
}

describe('the slide', () => {
  it('is Deep Zoom, and each tile shows its place', async () => {
    expect(await (await get('slide.dzi')).text()).toContain(`<Size Width="${WIDTH}" Height="${HEIGHT}"/>`);
    const tile = await pixels('slide_files/11/1_0.jpeg');
    expect([tile.width, tile.height]).toEqual([512, 511]);
    const [red = 0, green = 0] = tile.at(700 - 509, 400);
    // JPEG is off by a little.
    expect(Math.abs(red - (700 >> 3))).toBeLessThanOrEqual(2);
    expect(Math.abs(green - (400 >> 3))).toBeLessThanOrEqual(2);
    const whole = await pixels('slide_files/9/0_0.jpeg');
    expect([whole.width, whole.height]).toEqual([325, 225]);
  });

  it('is hatched where it cannot be read: nothing stands in its place', async () => {
    const { at } = await pixels('slide_files/11/2_1.jpeg');
    const greys = Array.from({ length: 40 }, (_, step) => at(30 + step, 20));
    expect(
      greys.every(([red = 0, green = 0, blue = 0]) => Math.max(red, green, blue) - Math.min(red, green, blue) < 4),
    ).toBe(true);
    expect(new Set(greys.map(([red = 0]) => red > 190)).size).toBe(2);
  });

  it('is read once for a tile that is asked for again', async () => {
    await (await get('slide_files/11/0_0.jpeg')).arrayBuffer();
    const before = slide.reads.length;
    await (await get('slide_files/11/0_0.jpeg')).arrayBuffer();
    expect(slide.reads.length).toBe(before);
  });

  it.each(['slide_files/11/3_0.jpeg', 'slide_files/12/0_0.jpeg', 'slide_files/2/0_0.jpeg', 'slide_files/11/-1_0.jpeg'])(
    'has no tile %s',
    async (path) => expect((await get(path)).status).toBe(404),
  );
});

describe('the map', () => {
  it('has the value of each cell, and none where nothing was examined', async () => {
    const values = new Float32Array(await (await get('results/0/values/0/0/0_0')).arrayBuffer());
    expect(values.length).toBe(GRID.columns * GRID.rows);
    const of = ({ column, row }: typeof MARKED) => values[row * GRID.columns + column];
    expect([of(MARKED), of(BLANK), values[0]]).toEqual([1, Number.NaN, 0.25]);
  });

  it('has its region where the marked cell lies on the slide', async () => {
    const { regions, thresholds } = (await (await get('results/0/regions.json')).json()) as {
      regions: unknown[];
      thresholds: object;
    };
    const bounds = { x: 40 + 7 * 60, y: 20 + 3 * 60, width: 60, height: 60 };
    expect(thresholds).toEqual({ tumor: 0.5 });
    expect(regions).toEqual([{ label: 'tumor', areaMm2: 0.0009, bounds, highest: 1, mean: 1 }]);
    const { rings } = (await (await get('results/0/regions/0.json')).json()) as { rings: number[][] };
    expect([...(rings[0] as number[])].slice(0, 2)).toEqual([bounds.x, bounds.y]);
  });

  it('says where it comes from, without a path', async () => {
    const text = await (await get('view.json')).text();
    expect(text).not.toContain(folder);
    const view = JSON.parse(text);
    expect(view.slide).toMatchObject({ name: 'painted', micronsPerPixel: { x: 0.5, source: 'painted' } });
    expect(view.results[0]).toMatchObject({
      model: { name: 'tumor-tiles', version: '1.2.0' },
      map: { grid: GRID, file: 'tumor.csv', tellsExamined: true },
      tiles: { examined: 279 },
    });
  });
});

describe('whoever asks', () => {
  it('gets headers with which nothing is kept, framed or run', async () => {
    for (const path of ['', 'page.js', 'openseadragon.js', 'view.json', 'slide_files/9/0_0.jpeg', 'nothing']) {
      const { headers } = await get(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        ...{ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' },
        ...{ 'cross-origin-resource-policy': 'same-origin', 'referrer-policy': 'no-referrer' },
      });
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('finds in the page nothing from elsewhere, and no script or style within it', async () => {
    const page = await (await get('')).text();
    expect(page).not.toMatch(/https?:|<script>|<style|\bstyle=|\bon[a-z]+=/);
  });

  it.each([
    '../page.js',
    '..%2f..%2fpackage.json',
    'slide_files/../view.json',
    'label',
    'macro',
    'results/9/values/0/0/0_0',
  ])('gets nothing for %s', async (path) => {
    // As it is: fetch would resolve the dots.
    const { hostname, port, pathname } = new URL(viewer.url);
    const status = await new Promise((resolve, reject) => {
      request({ hostname, port, path: `${pathname}${path}` }, ({ statusCode }) => resolve(statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
  });

  it('gets nothing without the secret, with another method, or under another name', async () => {
    expect((await fetch(new URL('/', viewer.url))).status).toBe(404);
    expect((await fetch(new URL('/view.json', viewer.url))).status).toBe(404);
    expect((await get('view.json', { method: 'POST', body: 'x' })).status).toBe(405);
    const { hostname, port, pathname } = new URL(viewer.url);
    const status = await new Promise((resolve, reject) => {
      const headers = { host: `evil.example:${port}` };
      request({ hostname, port, path: pathname, headers }, ({ statusCode }) => resolve(statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('ends the reading of a tile by going away', async () => {
    let reading: AbortSignal | undefined;
    const begun = withResolvers();
    const ended = withResolvers();
    const slow: Slide = {
      ...slide,
      readRegion: (_, signal) =>
        new Promise((_, reject) => {
          reading = signal;
          begun.resolve();
          signal?.addEventListener('abort', () => {
            reject(new Error('aborted'));
            ended.resolve();
          });
        }),
    };
    const other = await startSlideViewer({ slide: slow });
    try {
      const gone = new AbortController();
      const answer = fetch(new URL('slide_files/9/0_0.jpeg', other.url), { signal: gone.signal }).catch(() => 'gone');
      await begun.promise;
      gone.abort();
      expect(await answer).toBe('gone');
      await ended.promise;
      expect(reading?.aborted).toBe(true);
    } finally {
      await other.close();
    }
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('a viewer', () => {
  it('leaves loopback only if it is demanded', async () => {
    await expect(startSlideViewer({ slide, host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'DH_INSECURE_BIND_REFUSED',
    });
  });

  it('says so where its port is taken', async () => {
    const port = Number(new URL(viewer.url).port);
    await expect(startSlideViewer({ slide, port })).rejects.toMatchObject({ code: 'DH_PORT_IN_USE' });
  });
});
