import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  analysisOf,
  openSlide,
  predictSlide,
  predictToFolder,
  readSlidePackage,
  type SlideAnalysis,
  type SlideMap,
  tileEncoder,
} from '@deephealth/adapter-digital-pathology';
import type { ImageInputSpec } from '@deephealth/sdk';
import sharp from 'sharp';
import type { CheckSession } from './check-session.js';
import type { AddedSample } from './platform-check.js';

/** What the model gives for a slide without the service of the adapter. */
export interface DirectSlide {
  readonly path: string;
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[];
  readonly analysis: SlideAnalysis;
  /** What differs between the map over the slide and the sample alone, a sentence each. */
  readonly differences: readonly string[];
  readonly shown: string;
}

/** A tile of the middle of three by three: there is glass around it for what looks for tissue. */
const ACROSS = 3;
const WHITE = 255;

interface Picture {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Lays the sample picture as the middle tile of a small slide, and leads the model over it with a client of the
 * contract; what it says of the middle is compared with what it says of the picture alone.
 */
export async function directSlide(
  session: CheckSession,
  sample: AddedSample,
  formats: readonly string[],
): Promise<DirectSlide> {
  const model = await readSlidePackage(session.packageFolder);
  const analysis = analysisOf(model.binding, model.binding.analyses[0]?.label);
  const { size, stride = size, micronsPerPixel } = analysis.tile;
  const picture = await readPixels(sample.path);
  const tile = cut(picture, 0, 0, size);
  const path = join(session.folder, 'slide.tif');
  await writeSlide(path, canvasOf(picture, size, stride), stride * ACROSS, micronsPerPixel);
  const slide = await openSlide(path);
  try {
    const common = { slide, client: session.client, model, analysis };
    const results = join(session.folder, 'direct');
    const report = await predictToFolder({
      ...common,
      ...{ folder: results, overwrite: true },
      formats: (map) => formats.filter((one) => one !== 'csv' || map.kind === 'tiles'),
    });
    const names = (await readdir(results)).filter((name) => /\.(csv|zip|geojson)$/.test(name));
    const files = await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(results, name)) })));
    const run = await predictSlide({ ...common, folder: join(session.folder, 'direct-run') });
    const differences = await tileDifferences(session, analysis, run.map, tile).finally(() => run.close());
    const areas = report.classes.map(({ label, areaMm2 }) => `${label} ${Number((areaMm2 ?? 0).toPrecision(3))} mm2`);
    return { path, files, analysis, differences, shown: areas.join(', ') };
  } finally {
    await slide.close();
  }
}

/** The map over the middle of the slide beside the answer to the picture alone: the same bits. */
async function tileDifferences(
  { manifest, predict }: CheckSession,
  analysis: SlideAnalysis,
  map: SlideMap,
  tile: Uint8Array,
): Promise<string[]> {
  const { size, stride = size, blending = 'crop' } = analysis.tile;
  // What was changed before the model saw it cannot be made again here.
  if (analysis.stain !== undefined || (map.kind === 'pixels' && blending !== 'crop' && size !== stride)) return [];
  const input = manifest.inputs.find(({ name }) => name === analysis.input) as ImageInputSpec;
  const encoder = tileEncoder(input.mediaTypes);
  const image = { mediaType: encoder.mediaType, data: encoder.encode(tile, size) };
  const { findings } = await predict([{ name: input.name, image }]);
  const [finding] = findings.filter(({ name }) => analysis.outputs.includes(name));
  const across = map.kind === 'tiles' ? 1 : stride;
  const rows = await map.readRows(across, across);
  const at = (channel: number, row: number, column: number) =>
    rows[(channel * across + row) * map.grid.columns + across + column] as number;
  if (map.kind === 'tiles') {
    const wrong = map.channels.filter(({ label }, channel) => {
      const own = finding?.classification?.classes.find((one) => one.label === label)?.probability;
      return own !== undefined && !Object.is(Math.fround(own), at(channel, 0, 0));
    });
    return wrong.map(({ label }) => `the map has another probability of ${label} than the model gives for the sample`);
  }
  const values = finding?.map?.values;
  if (values?.dataType !== 'DATA_TYPE_FP32' || map.channels.length !== 1) return [];
  const halo = (size - stride) / 2;
  for (let row = 0; row < stride; row++) {
    for (let column = 0; column < stride; column++) {
      const own = values.data.readFloatLE(4 * ((row + halo) * size + column + halo));
      if (!Object.is(own, at(0, row, column))) return ['the map has other values than the model gives for the sample'];
    }
  }
  return [];
}

async function readPixels(path: string): Promise<Picture> {
  const { data, info } = await sharp(path)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

/** A square from a corner on; white where the picture has nothing. */
function cut({ pixels, width, height }: Picture, left: number, top: number, side: number): Uint8Array {
  const square = new Uint8Array(side * side * 3).fill(WHITE);
  for (let y = 0; y < side; y++) {
    const row = y + top;
    if (row < 0 || row >= height) continue;
    const from = Math.max(0, left);
    const until = Math.min(width, left + side);
    if (until > from)
      square.set(pixels.subarray((row * width + from) * 3, (row * width + until) * 3), (y * side + from - left) * 3);
  }
  return square;
}

/** The picture where the middle tile looks, as far as that reaches. */
function canvasOf(picture: Picture, size: number, stride: number): Uint8Array {
  const halo = (size - stride) / 2;
  const seen = { ...picture, width: Math.min(picture.width, size), height: Math.min(picture.height, size) };
  const shown = { ...seen, pixels: cropped(picture, seen.width, seen.height) };
  return cut(shown, halo - stride, halo - stride, stride * ACROSS);
}

function cropped({ pixels, width }: Picture, toWidth: number, toHeight: number): Uint8Array {
  const result = new Uint8Array(toWidth * toHeight * 3);
  for (let y = 0; y < toHeight; y++)
    result.set(pixels.subarray(y * width * 3, (y * width + toWidth) * 3), y * toWidth * 3);
  return result;
}

/** Tiled and without loss, with the size of its pixels. */
async function writeSlide(path: string, pixels: Uint8Array, side: number, micronsPerPixel: number): Promise<void> {
  const perMm = 1000 / micronsPerPixel;
  await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .tiff({
      tile: true,
      tileWidth: 256,
      tileHeight: 256,
      compression: 'deflate',
      xres: perMm,
      yres: perMm,
      resolutionUnit: 'cm',
    })
    .toFile(path);
}
