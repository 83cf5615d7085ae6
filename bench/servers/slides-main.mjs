// A model led over slides in one process with the server, as `deephealth slide predict` does it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openSlide,
  planTiles,
  predictSlide,
  readSlidePackage,
  tileEncoder,
  tileRegion,
} from '@deephealth/adapter-digital-pathology';
import { startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient } from '@deephealth/sdk';
import sharp from 'sharp';
import { answerCalls } from '../processes/answer-calls.mjs';

const MICRONS = 0.5;
const TILE = { size: 258, stride: 256, micronsPerPixel: MICRONS };
const IN_FLIGHT = 32;

const folder = mkdtempSync(join(tmpdir(), 'deephealth-bench-slides-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let runtime;
let client;
let model;
let analysis;
let runs = 0;

/** A pyramid of JPEG tiles of 256 pixels: a picture of stains that is repeated. */
async function writeSlide(side) {
  const patch = 512;
  const pixels = Buffer.alloc(patch * patch * 3);
  for (let y = 0; y < patch; y++) {
    for (let x = 0; x < patch; x++) {
      const wave = Math.sin(x / 9) + Math.cos(y / 13) + Math.sin((x + y) / 31);
      const noise = ((x * 7919) ^ (y * 104_729)) % 31;
      pixels.set([170 + 25 * wave + noise, 110 + 20 * wave + noise, 160 + 10 * wave], (y * patch + x) * 3);
    }
  }
  const input = await sharp(pixels, { raw: { width: patch, height: patch, channels: 3 } })
    .png()
    .toBuffer();
  const path = join(folder, `slide-${side}.tif`);
  await sharp({ create: { width: side, height: side, channels: 3, background: 'white' }, limitInputPixels: false })
    .composite([{ input, tile: true }])
    .tiff({ tile: true, pyramid: true, tileWidth: 256, tileHeight: 256, compression: 'jpeg', quality: 85 })
    .toFile(path);
  return path;
}

const opened = (path) => openSlide(path, { micronsPerPixel: { x: MICRONS, y: MICRONS } });

/** So many at a time until all are done; the rate a second. */
async function rateOf(count, work) {
  const started = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return count / ((performance.now() - started) / 1000);
}

/** Highest resident memory while something runs, in MiB. */
async function peakOf(run) {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss() / 2 ** 20);
  };
  const timer = setInterval(look, 20);
  try {
    await run();
  } finally {
    clearInterval(timer);
    look();
  }
  return peak;
}

async function lead(path) {
  const slide = await opened(path);
  const run = join(folder, `run-${runs++}`);
  const started = performance.now();
  const result = await predictSlide({ slide, client, model, analysis, folder: run });
  const rate = result.counts.examined / ((performance.now() - started) / 1000);
  await result.close();
  await slide.close();
  rmSync(run, { recursive: true, force: true });
  return rate;
}

answerCalls({
  /** Starts the server and writes slides of these sides in pixels; gives their paths. */
  async prepare({ models, packageFolder, sides }) {
    runtime = await startRuntimeServer({ models: [models], port: 0 });
    await runtime.verified;
    client = createRuntimeClient({ address: runtime.address });
    model = await readSlidePackage(packageFolder);
    analysis = { ...model.binding.analyses[0], tile: TILE, tissue: { method: 'none' } };
    const paths = [];
    for (const side of sides) paths.push(await writeSlide(side));
    return paths;
  },

  /** Tiles a second: the whole way, reading alone, the runtime alone with a tile that is sent again and again. */
  async rates({ path }) {
    const slide = await opened(path);
    const plan = planTiles(slide.geometry, {
      ...{ tileSize: TILE.size, stride: TILE.stride, kind: 'pixels' },
      scale: { micronsPerPixel: MICRONS, tolerance: 0.1 },
    });
    const count = plan.columns * plan.rows;
    const read = (index) => {
      const region = tileRegion(plan, index % plan.columns, Math.floor(index / plan.columns));
      return slide.readRegion({ level: plan.level, ...region });
    };
    const decode = await rateOf(count, read);
    const encoder = tileEncoder(['image/bmp']);
    const image = { data: encoder.encode(await read(0), plan.tileSize), mediaType: encoder.mediaType };
    const stream = await client.predictStream({ deadlineMs: 600_000 });
    const infer = await rateOf(count, (index) =>
      stream.predict(`${index}`, {
        modelName: model.manifest.name,
        inputs: [{ name: analysis.input, image }],
        outputs: [...analysis.outputs],
        priority: 'PRIORITY_BATCH',
      }),
    );
    await stream.end();
    await slide.close();
    return { decode, infer, whole: await lead(path) };
  },

  peak: ({ path }) => peakOf(() => lead(path)),

  async stop() {
    client.close();
    await runtime.stop();
  },
});
