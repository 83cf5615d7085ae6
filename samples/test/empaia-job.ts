// A synthetic slide without any symmetry, and jobs of the double over it, for tests of apps for EMPAIA.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createEad,
  type EmpaiaJobOptions,
  empaiaConnection,
  readSlidePackage,
  runEmpaiaJob,
  type Slide,
  type SlideAnalysis,
  type SlidePackage,
  withEmpaiaJob,
} from '@deephealth/adapter-digital-pathology';
import { startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient, type RuntimeClient } from '@deephealth/sdk';
import { onTestFinished } from 'vitest';
import type { Fields } from '../hosts/pathology/empaia-documents.js';
import { type EmpaiaDouble, type EmpaiaDoubleOptions, startEmpaiaDouble } from '../hosts/pathology/empaia-double.js';

export const PACKAGE = fileURLToPath(new URL('../models/tissue-pixels/1.0.0', import.meta.url));
/** Not whole tiles of anything, in neither direction. */
export const SLIDE = { width: 1400, height: 1000, micronsPerPixel: 1 };
const DOWNSAMPLES = [1, 2, 4];

/**
 * An L that no turn and no mirror makes its own, with a hole in its foot; a block beside it; a speck that is smaller
 * than the regions that the package wants. In pixels of level 0, of one square micrometre.
 */
export const TISSUE = [
  { x: 200, y: 120, width: 160, height: 700 },
  { x: 200, y: 660, width: 600, height: 160 },
  { x: 1080, y: 200, width: 120, height: 100 },
  { x: 1240, y: 880, width: 60, height: 80 },
];
export const HOLE = { x: 520, y: 712, width: 80, height: 56 };

type Rectangle = (typeof TISSUE)[number];
const isIn = (x: number, y: number, one: Rectangle) =>
  x >= one.x && y >= one.y && x < one.x + one.width && y < one.y + one.height;
export const isTissue = (x: number, y: number) => TISSUE.some((one) => isIn(x, y, one)) && !isIn(x, y, HOLE);

/** Levels by powers of two; a pixel is what lies in its middle. */
export function syntheticSlide(): Slide {
  const { width, height, micronsPerPixel } = SLIDE;
  return {
    ...{ name: 'synthetic', format: 'image', sha256: 'ab'.repeat(32) },
    geometry: {
      levels: DOWNSAMPLES.map((downsample) => ({
        width: Math.floor(width / downsample),
        height: Math.floor(height / downsample),
        downsample,
      })),
      micronsPerPixel: { x: micronsPerPixel, y: micronsPerPixel, source: 'synthetic' },
      bounds: { x: 0, y: 0, width, height },
    },
    async readRegion(region) {
      const downsample = DOWNSAMPLES[region.level] as number;
      const pixels = new Uint8Array(region.width * region.height * 3).fill(255);
      for (let at = 0; at < region.width * region.height; at++) {
        const x = Math.floor((region.x + (at % region.width) + 0.5) * downsample);
        const y = Math.floor((region.y + Math.floor(at / region.width) + 0.5) * downsample);
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const noise = ((x * 7919) ^ (y * 104729)) % 17;
        pixels.set(isTissue(x, y) ? [180 + noise, 100 + noise, 150] : [241, 240 - (noise % 4), 242], at * 3);
      }
      return pixels;
    },
    close: async () => undefined,
  };
}

export interface ServedTissue {
  readonly client: RuntimeClient;
  stop(): Promise<void>;
}

/** A runtime with the sample package, verified. */
export async function serveTissue(): Promise<ServedTissue> {
  const runtime = await startRuntimeServer({
    models: [join(PACKAGE, '..', '..')],
    repository: { mode: 'explicit', load: ['tissue-pixels'] },
    port: 0,
  });
  await runtime.verified;
  const client = createRuntimeClient({ address: runtime.address });
  return {
    client,
    async stop() {
      client.close();
      await runtime.stop();
    },
  };
}

export interface PreparedJob {
  readonly double: EmpaiaDouble;
  readonly folder: string;
  /** Runs it, again if it has been run. */
  run(change?: Partial<EmpaiaJobOptions>): ReturnType<typeof runEmpaiaJob>;
}

/** The sample's analysis with small tiles at half of the slide's resolution: it reads level 1. */
export function analysisOf(model: SlidePackage, change: Partial<SlideAnalysis> = {}): SlideAnalysis {
  const [analysis] = model.binding.analyses as readonly [SlideAnalysis];
  return { ...analysis, tile: { size: 98, stride: 96, micronsPerPixel: 2 }, ...change };
}

export async function prepareJob(
  client: RuntimeClient,
  options: Partial<EmpaiaDoubleOptions> & { readonly analysis?: Partial<SlideAnalysis> } = {},
): Promise<PreparedJob> {
  const model = await readSlidePackage(PACKAGE);
  const analysis = analysisOf(model, options.analysis);
  const ead = createEad(model.manifest, analysis) as Fields;
  const double = await startEmpaiaDouble({ slide: syntheticSlide(), ead, ...options });
  onTestFinished(() => double.close());
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-empaia-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const connection = { ...empaiaConnection(double.environment), retryDelayMs: 1 };
  return {
    ...{ double, folder },
    run: (change = {}) =>
      withEmpaiaJob({ ...connection, ...change }, () =>
        runEmpaiaJob({ ...connection, ...{ client, model, analysis, folder }, ...change }),
      ),
  };
}

/** Value of a pixelmap at a pixel of its level; undefined where no tile was put. */
export function pixelOf({ store }: EmpaiaDouble, key: string, x: number, y: number): number | undefined {
  const pixelmap = store.outputs.get(key) as Fields;
  const [{ slide_level: level }] = pixelmap.levels as [{ slide_level: number }];
  const side = pixelmap.tilesize as number;
  const tile = store.tiles.get(`${pixelmap.id}/${level}/${Math.floor(x / side)}/${Math.floor(y / side)}`);
  return tile?.readFloatLE(((y % side) * side + (x % side)) * 4);
}

/** Items of the collection of an output. */
export function itemsOf({ store }: EmpaiaDouble, key: string): Fields[] {
  return store.collections.get(String(store.outputs.get(key)?.id)) ?? [];
}
