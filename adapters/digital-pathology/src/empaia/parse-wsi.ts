import { DeepHealthError } from '@deephealth/sdk';
import type { SlideGeometry, SlideLevel } from '../slide/slide.js';
import { unreadable } from '../slide/slide-errors.js';
import { chooseScale, type GivenMicronsPerPixel } from '../slide/slide-scale.js';

/** What the platform says of a slide, checked. */
export interface EmpaiaWsi {
  readonly id: string;
  readonly geometry: SlideGeometry;
  /** Sides of the platform's own tiles: reading along them is fastest. */
  readonly tile: { readonly width: number; readonly height: number };
}

const MOST_LEVELS = 64;
const MOST_PIXELS_ACROSS = 2 ** 31;
const USUAL_TILE = 256;

/**
 * Input `my_wsi` of a job.
 *
 * @throws DH_SLIDE_UNREADABLE, DH_SLIDE_UNSUITABLE for several focal planes, DH_SLIDE_GEOMETRY_CONFLICT for levels
 *   that are not as much smaller as they are said to be, DH_SLIDE_SCALE_MISSING
 */
export function parseWsi(value: unknown, given?: GivenMicronsPerPixel): EmpaiaWsi {
  const wsi = record(value);
  if (typeof wsi.id !== 'string' || wsi.id === '') throw unreadable('has no id in the description of the platform');
  const canvas = extentOf(wsi.extent);
  if (canvas === undefined) throw unreadable('has no extents in the description of the platform');
  checkPixels(wsi, canvas.depth);
  const levels = levelsOf(wsi, canvas);
  const size = record(wsi.pixel_size_nm);
  const [x, y] = [size.x, size.y].map((nm) => (typeof nm === 'number' ? nm / 1000 : Number.NaN)) as [number, number];
  const isStated = typeof size.x === 'number' && typeof size.y === 'number';
  const tile = extentOf(wsi.tile_extent);
  const isUsual = tile !== undefined && Math.max(tile.width, tile.height) <= 4096;
  return {
    id: wsi.id,
    geometry: {
      levels,
      micronsPerPixel: chooseScale(given, isStated ? [{ x, y, source: 'pixel_size_nm' }] : []),
      bounds: { x: 0, y: 0, width: canvas.width, height: canvas.height },
    },
    tile: isUsual ? { width: tile.width, height: tile.height } : { width: USUAL_TILE, height: USUAL_TILE },
  };
}

function checkPixels({ channels, channel_depth: depth }: Record<string, unknown>, planes: number): void {
  if (planes > 1) {
    throw new DeepHealthError('DH_SLIDE_UNSUITABLE', 'The slide has several focal planes; slides of one are analysed.');
  }
  const isColour = channels === undefined || channels === null || (Array.isArray(channels) && channels.length === 3);
  if (!isColour || (typeof depth === 'number' && depth !== 8)) {
    throw unreadable('is not of three colours with 8 bits each, as brightfield slides are');
  }
}

function levelsOf(wsi: Record<string, unknown>, canvas: Extent): SlideLevel[] {
  const listed = Array.isArray(wsi.levels) ? wsi.levels.map(record) : [];
  const count = typeof wsi.num_levels === 'number' ? wsi.num_levels : listed.length;
  if (listed.length < 1 || listed.length > MOST_LEVELS || count !== listed.length) {
    throw unreadable('has no list of levels in the description of the platform, or not as many as it says');
  }
  let before = 0;
  return listed.map((level, index) => {
    const extent = extentOf(level.extent);
    if (extent === undefined) throw unreadable(`has no extents of level ${index} in the description of the platform`);
    const { width, height } = extent;
    const stated = level.downsample_factor;
    const downsample = typeof stated === 'number' ? stated : canvas.width / width;
    const fits = (whole: number, part: number) => Math.abs(whole / downsample - part) <= 2 + part / 100;
    const isFirst = index === 0 && (width !== canvas.width || height !== canvas.height || downsample !== 1);
    if (!(downsample > before) || isFirst || !fits(canvas.width, width) || !fits(canvas.height, height)) {
      throw new DeepHealthError(
        'DH_SLIDE_GEOMETRY_CONFLICT',
        `The platform contradicts itself about level ${index} of the slide: its extents are not those of the whole by its downsample_factor.`,
      );
    }
    before = downsample;
    return { width, height, downsample };
  });
}

interface Extent {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

function extentOf(value: unknown): Extent | undefined {
  const { x, y, z = 1 } = record(value);
  const isSide = (side: unknown): side is number =>
    Number.isInteger(side) && (side as number) >= 1 && (side as number) <= MOST_PIXELS_ACROSS;
  return isSide(x) && isSide(y) && isSide(z) ? { width: x, height: y, depth: z } : undefined;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
