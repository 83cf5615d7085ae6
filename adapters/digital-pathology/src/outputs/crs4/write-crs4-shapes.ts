import { basename } from 'node:path';
import type { MapChannel, SlideMap } from '../../map/slide-map.js';
import type { Slide } from '../../slide/slide.js';
import { channelOf, statedThreshold } from '../channel-of.js';
import { type OutputOptions, writeOutputFile } from '../output-file.js';
import { type Crs4Shape, crs4Shapes } from './crs4-shapes.js';

export interface Crs4ShapesOptions extends OutputOptions {
  /** Label of the channel. Default the only one. */
  readonly channel?: string;
  /** Probability from which on a cell counts. Default that of the model. */
  readonly threshold?: number;
  /** Cells that a contour may be off by to have fewer points; CRS4's pipeline takes 0.8. Default 0. */
  readonly simplify?: number;
}

export interface Crs4RoisOptions extends Crs4ShapesOptions {
  /** Where coordinates count from: the canvas, or the scanned part, as `tissue_to_rois --limit-bounds` has it. */
  readonly origin: 'canvas' | 'bounds';
}

/**
 * The regions of a channel as mask_to_shapes writes them: `{"shapes":[{"coordinates","length","area"}]}`.
 *
 * @throws DH_REQUEST_MALFORMED, DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeCrs4Shapes(
  map: SlideMap,
  slide: Pick<Slide, 'geometry'>,
  path: string,
  options: Crs4ShapesOptions = {},
): Promise<void> {
  await writeOutputFile(path, options, async (sink) => {
    const shapes = await shapesOf(map, slide, basename(path), options);
    await sink.write('{"shapes": [');
    for (const [at, shape] of shapes.entries()) await sink.write(`${at === 0 ? '' : ', '}${JSON.stringify(shape)}`);
    await sink.write(']}\n');
  });
}

/**
 * The same regions as a list of ROIs of the platform's viewer and database, all of them cores of one slice:
 * core_s01_c01, core_s01_c02 …
 *
 * @throws DH_REQUEST_MALFORMED, DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeCrs4Rois(
  map: SlideMap,
  slide: Pick<Slide, 'geometry'>,
  path: string,
  options: Crs4RoisOptions,
): Promise<void> {
  const { bounds } = slide.geometry;
  const [x, y] = options.origin === 'bounds' ? [Math.trunc(bounds.x), Math.trunc(bounds.y)] : [0, 0];
  await writeOutputFile(path, options, async (sink) => {
    const shapes = await shapesOf(map, slide, basename(path), options);
    await sink.write(`${JSON.stringify(shapes.map((shape, at) => roiOf(shape, at + 1, [x, y])))}\n`);
  });
}

async function shapesOf(
  map: SlideMap,
  slide: Pick<Slide, 'geometry'>,
  file: string,
  { channel: label, threshold: given, simplify, signal }: Crs4ShapesOptions,
): Promise<Crs4Shape[]> {
  const channel = channelOf(map, label, file);
  const threshold = statedThreshold(map.channels[channel] as MapChannel, given, file);
  const settings = { threshold, ...(simplify === undefined ? {} : { simplify }) };
  return crs4Shapes(map, slide, channel, settings, file, signal);
}

/** One ROI, as the platform's tissue_to_rois makes it. */
export function roiOf({ coordinates }: Crs4Shape, number: number, origin: readonly [x: number, y: number]): object {
  return {
    fill_color: '#ffffff',
    fill_alpha: 0.01,
    hidden: false,
    segments: coordinates.map(([x, y]) => ({ point: { x: x - origin[0], y: y - origin[1] } })),
    shape_id: `core_s01_c${String(number).padStart(2, '0')}`,
    stroke_alpha: 1,
    stroke_color: '#0000ff',
    stroke_width: 40,
    type: 'polygon',
  };
}
