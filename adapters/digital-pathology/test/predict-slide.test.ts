import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type PredictSlideOptions,
  predictSlide,
  readSlidePackage,
  type SlideAnalysis,
  type SlidePackage,
} from '@deephealth/adapter-digital-pathology';
import { createRuntimeClient, type RuntimeClient, toTypedArray } from '@deephealth/sdk';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type PaintedSlideOptions, paintedSlide } from '../src/testing/painted-slide.js';
import { type RuntimeProcess, startRuntimeProcess } from './runtime-process.js';

const PACKAGE = fileURLToPath(new URL('../../../samples/models/tissue-pixels/1.0.0', import.meta.url));
const [WIDTH, HEIGHT] = [700, 500];

let runtime: RuntimeProcess;
let client: RuntimeClient;
let model: SlidePackage;
let tissue: SlideAnalysis;

beforeAll(async () => {
  runtime = await startRuntimeProcess(join(PACKAGE, '..', '..'));
  client = createRuntimeClient({ address: runtime.address });
  model = await readSlidePackage(PACKAGE);
  [tissue] = model.binding.analyses as [SlideAnalysis];
}, 60_000);
afterAll(async () => {
  client.close();
  await runtime.stop();
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-slide-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const isTissue = (x: number, y: number) => (x - 350) ** 2 / 250 ** 2 + (y - 240) ** 2 / 160 ** 2 < 1;
const paint = (x: number, y: number): [number, number, number] => {
  const noise = ((x * 7919) ^ (y * 104729)) % 23;
  return isTissue(x, y) ? [185 + noise, 110 + noise, 160] : [238 + (noise % 6), 239, 240];
};
const painted = (change: Partial<PaintedSlideOptions> = {}) =>
  paintedSlide({ width: WIDTH, height: HEIGHT, micronsPerPixel: 2, paint, ...change });

/** The sample's analysis at the scale of the painted slide, with small tiles. */
const analysis = (change: Partial<SlideAnalysis> = {}): SlideAnalysis => ({
  ...tissue,
  tile: { size: 66, stride: 64, micronsPerPixel: 2 },
  ...change,
});
async function run(change: Partial<PredictSlideOptions> = {}) {
  const options = { slide: painted(), client, model, analysis: analysis(), folder: temporaryFolder(), ...change };
  const result = await predictSlide(options);
  onTestFinished(() => result.close());
  return { ...result, cells: await result.map.readRows(0, result.map.grid.rows) };
}

describe('a model over a slide', () => {
  it('gives what the model gives for the whole picture at once, away from the edges', async () => {
    const pixels = new Uint8Array(WIDTH * HEIGHT * 3);
    for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) pixels.set(paint(x, y), (y * WIDTH + x) * 3);
    const png = encode({ width: WIDTH, height: HEIGHT, channels: 3, data: pixels });
    const response = await client.predict({
      modelName: 'tissue-pixels',
      inputs: [{ name: 'overview', image: { data: Buffer.from(png), mediaType: 'image/png' } }],
      outputs: ['tissue_probability'],
    });
    const whole = toTypedArray('FP32', response.findings[0]?.map?.values?.data as Uint8Array);

    const { map, cells, counts } = await run();
    expect(map.grid).toMatchObject({ columns: WIDTH, rows: HEIGHT, cellWidth: 1, cellHeight: 1 });
    expect(counts).toMatchObject({ examined: 11 * 8, skipped: 0, unread: 0 });
    let largest = 0;
    for (let y = 1; y < HEIGHT - 1; y++) {
      for (let x = 1; x < WIDTH - 1; x++) {
        const at = y * WIDTH + x;
        largest = Math.max(largest, Math.abs((cells[at] as number) - (whole[at] as number)));
      }
    }
    // Neighbours of other tiles change the order of sums in a convolution: rounding, and no more.
    expect(largest).toBeLessThan(1e-6);
  });

  it('says what made it', async () => {
    const { map } = await run();
    expect(map.provenance).toMatchObject({
      slide: { name: 'painted', sha256: 'ab'.repeat(32) },
      model: { name: 'tissue-pixels', version: '1.0.0', packageSha256: model.packageSha256 },
      runtime: { executionProvider: 'cpu', server: expect.stringMatching(/^deephealth-runtime\//) },
      parameters: { level: 0, tileSize: 66, stride: 64, blending: 'crop', micronsPerPixelX: 2 },
    });
    expect(map.provenance.model.onnxSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(map.warnings).toEqual(['The model is for research only.']);
  });

  it('asks only where there is tissue, and leaves the rest empty', async () => {
    const { counts, cells } = await run({ analysis: analysis({ tissue: { method: 'otsu', minShare: 0.05 } }) });
    expect(counts.examined).toBeGreaterThan(30);
    expect(counts.skipped).toBeGreaterThan(20);
    expect(cells[0]).toBeNaN();
    expect(cells[240 * WIDTH + 350]).toBeGreaterThan(0.99);
  });

  it('reads nothing outside of the scanned part', async () => {
    const slide = painted({ bounds: { x: 128, y: 64, width: 256, height: 128 } });
    const { counts, cells, map } = await run({ slide });
    expect(counts.examined).toBe(4 * 2);
    // Positions count from the corner of the canvas all the same.
    expect(map.grid).toMatchObject({ x: 0, y: 0 });
    expect(cells[63 * WIDTH + 200]).toBeNaN();
    expect(cells[64 * WIDTH + 128]).not.toBeNaN();
    expect(cells[64 * WIDTH + 127]).toBeNaN();
  });

  it('fails where a part cannot be read, or marks it, and never fills it', async () => {
    const broken = [{ x: 330, y: 200, width: 4, height: 4 }];
    const folder = temporaryFolder();
    await expect(run({ slide: painted({ broken }), folder })).rejects.toMatchObject({
      code: 'DH_SLIDE_REGION_UNREADABLE',
    });
    const { map, cells, counts } = await run({ slide: painted({ broken }), unreadable: 'mark' });
    expect(counts.unread).toBe(1);
    expect(map.unread).toEqual([{ x: 320, y: 192, width: 64, height: 64 }]);
    expect(cells[200 * WIDTH + 332]).toBeNaN();
    expect(cells[193 * WIDTH + 321]).toBeNaN();
    expect(cells[191 * WIDTH + 321]).not.toBeNaN();
    expect(map.warnings.join()).toContain('1 tile could not be read');
    // What failed goes on once the file is mended.
    expect((await run({ folder })).counts).toMatchObject({ unread: 0, examined: 88 });
  });

  it('refuses to go on with another slide, model or setting', async () => {
    const folder = temporaryFolder();
    (await run({ folder })).close();
    const other = { ...painted(), sha256: 'ff'.repeat(32) };
    for (const change of [
      { slide: other },
      { slide: painted({ micronsPerPixel: 2.01 }) },
      { model: { ...model, packageSha256: '1'.repeat(64) } },
      { analysis: analysis({ tile: { size: 68, stride: 64, micronsPerPixel: 2 } }) },
      { analysis: analysis({ tissue: { method: 'otsu' } }) },
      { unreadable: 'mark' as const },
      { remainder: 'drop' as const },
    ]) {
      await expect(run({ folder, ...change })).rejects.toMatchObject({ code: 'DH_RUN_STATE_MISMATCH' });
    }
  });

  it('refuses a package that is not the one served', async () => {
    await expect(run({ model: { ...model, packageSha256: '1'.repeat(64) } })).rejects.toMatchObject({
      code: 'DH_PACKAGE_DIGEST_MISMATCH',
    });
  });

  it('lets one run alone into a folder', async () => {
    const folder = temporaryFolder();
    const first = await run({ folder });
    await expect(run({ folder })).rejects.toMatchObject({ code: 'DH_RUN_STATE_MISMATCH' });
    await first.close();
    await expect(run({ folder })).resolves.toBeDefined();
  });

  it('stops when it is told to, and goes on later', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => done > 20 && controller.abort();
    await expect(run({ folder, signal: controller.signal, onProgress, tilesInFlight: 2 })).rejects.toMatchObject({
      code: 'DH_CANCELLED',
    });
    const kept = readdirSync(folder).filter((file) => file.endsWith('.tiles'));
    expect(kept.length).toBeGreaterThan(0);
    const slide = painted();
    await run({ folder, slide });
    expect(slide.reads.length).toBeLessThan(70);
  });

  it('refuses a blank slide: there is no map of nothing', async () => {
    const slide = painted({ paint: () => [241, 240, 242] });
    await expect(run({ slide, analysis: analysis({ tissue: { method: 'otsu' } }) })).rejects.toMatchObject({
      code: 'DH_SLIDE_UNSUITABLE',
    });
  });

  it('brings stains to those of the binding', async () => {
    const stain = {
      method: 'macenko',
      stainMatrix: [0.56, 0.2, 0.72, 0.8, 0.41, 0.56],
      maximumConcentrations: [1.9, 1],
      maximumResidual: 0.1,
    } as const;
    // Two stains in patches, so that they can be told apart.
    const two = (x: number, y: number): [number, number, number] =>
      isTissue(x, y)
        ? ((x >> 4) + (y >> 4)) % 2 === 0
          ? [120 + (x % 9), 90, 150]
          : [215, 130 + (y % 9), 170]
        : [244, 243, 245];
    const plain = await run({ slide: painted({ paint: two }) });
    const stained = await run({ slide: painted({ paint: two }), analysis: analysis({ stain }) });
    const at = 240 * WIDTH + 350;
    expect(stained.cells[at]).not.toBe(plain.cells[at]);
    // Glass stays glass.
    expect(stained.cells[5 * WIDTH + 5]).toBeLessThan(0.5);
    expect(stained.map.provenance.planSha256).not.toBe(plain.map.provenance.planSha256);
  });
});
