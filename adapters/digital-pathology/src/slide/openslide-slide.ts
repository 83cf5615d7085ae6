import { type OpenSlideFile, openSlideFile, SlideFailure } from '@deephealth/native';
import { DeepHealthError } from '@deephealth/sdk';
import type { PixelRectangle, RegionRequest, Slide, SlideGeometry, SlideLevel } from './slide.js';
import { closed, regionUnreadable, unreadable } from './slide-errors.js';
import { cancelled, checkRegion } from './slide-region.js';
import { chooseScale, type GivenMicronsPerPixel, type ScaleStatement } from './slide-scale.js';
import { tiffScale, unlessPrinters } from './tiff/tiff-scale.js';

export interface OpenSlideSettings {
  readonly name: string;
  readonly sha256: string;
  readonly micronsPerPixel?: GivenMicronsPerPixel | undefined;
}

/** Where no vendor is known, whose files say nothing more than their TIFF tags. */
const GENERIC = 'generic-tiff';

/**
 * A slide that OpenSlide has open; closes it if it is of no use.
 *
 * @throws DH_SLIDE_SCALE_MISSING, DH_SLIDE_GEOMETRY_CONFLICT, DH_SLIDE_UNREADABLE
 */
export async function openslideSlide(file: OpenSlideFile, settings: OpenSlideSettings): Promise<Slide> {
  try {
    return new OpenslideSlide(file, settings);
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

/** Opens a file with OpenSlide: undefined if it does not know the format. */
export async function tryOpenslide(path: string): Promise<OpenSlideFile | undefined> {
  try {
    return await openSlideFile(path);
  } catch (thrown) {
    if (!(thrown instanceof SlideFailure)) throw thrown;
    if (thrown.kind === 'unrecognised') return undefined;
    throw unreadable('is damaged or incomplete: OpenSlide knows its format and cannot open it', thrown);
  }
}

class OpenslideSlide implements Slide {
  readonly name: string;
  readonly format: string;
  readonly sha256: string;
  readonly geometry: SlideGeometry;
  private readonly file: OpenSlideFile;

  constructor(file: OpenSlideFile, { name, sha256, micronsPerPixel }: OpenSlideSettings) {
    this.file = file;
    this.name = name;
    this.sha256 = sha256;
    this.format = file.properties['openslide.vendor'] ?? GENERIC;
    const levels = file.levels.map(toLevel);
    if (levels.some(({ width, height, downsample }) => !(width > 0 && height > 0 && downsample >= 1))) {
      throw unreadable('has a level without extents');
    }
    this.geometry = {
      levels,
      micronsPerPixel: chooseScale(micronsPerPixel, [statedScale(file, this.format)]),
      bounds: statedBounds(file),
    };
  }

  /**
   * OpenSlide takes the corner in pixels of level 0: that of the region times the level's downsample,
   * rounded. Where the downsample is no whole number, OpenSlide then moves the pixels by what the rounding
   * left, up to half a pixel of level 0, and interpolates: the same region is always the same, but one pixel
   * may differ by a few units between regions, as it does in every program that reads by OpenSlide.
   */
  async readRegion(region: RegionRequest, signal?: AbortSignal): Promise<Uint8Array> {
    const { downsample } = checkRegion(this.geometry.levels, region, signal);
    const [x0, y0] = [Math.round(region.x * downsample), Math.round(region.y * downsample)];
    try {
      return await this.file.readRegion(region.level, x0, y0, region.width, region.height, signal);
    } catch (thrown) {
      if (signal?.aborted) throw cancelled(thrown);
      if (!(thrown instanceof SlideFailure)) throw thrown;
      if (thrown.kind === 'closed') throw closed();
      if (thrown.kind === 'memory') {
        throw new DeepHealthError('DH_SLIDE_REGION_INVALID', 'There is no memory for so large a region.', {
          cause: thrown,
        });
      }
      throw regionUnreadable(`level ${region.level}, at ${region.x}, ${region.y}`, thrown);
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

function toLevel({ width, height, downsample, tile }: OpenSlideFile['levels'][number], index: number): SlideLevel {
  return {
    ...{ width, height },
    downsample: index === 0 ? 1 : downsample,
    ...(tile === undefined ? {} : { storedTile: tile }),
  };
}

function statedScale({ properties }: OpenSlideFile, format: string): ScaleStatement | undefined {
  const [x, y] = ['x', 'y'].map((axis) => decimal(properties[`openslide.mpp-${axis}`]));
  if (x !== undefined && y !== undefined) {
    const stated = { x, y, source: 'openslide.mpp-x' };
    return format === GENERIC ? unlessPrinters(stated) : stated;
  }
  if (format !== GENERIC) return undefined;
  // OpenSlide before 4.0 leaves the resolution of a TIFF to its callers.
  const unitUm = { inch: 25_400, centimeter: 10_000 }[properties['tiff.ResolutionUnit'] ?? ''];
  return tiffScale(unitUm, decimal(properties['tiff.XResolution']), decimal(properties['tiff.YResolution']));
}

function statedBounds({ properties, levels }: OpenSlideFile): PixelRectangle {
  const [canvas] = levels as [OpenSlideFile['levels'][number]];
  const whole = { x: 0, y: 0, width: canvas.width, height: canvas.height };
  const stated = ['x', 'y', 'width', 'height'].map((name) => decimal(properties[`openslide.bounds-${name}`]));
  if (stated.some((value) => value === undefined)) return whole;
  const [left, top, width, height] = stated as [number, number, number, number];
  const [x, y] = [Math.max(0, left), Math.max(0, top)];
  const [right, bottom] = [Math.min(canvas.width, left + width), Math.min(canvas.height, top + height)];
  if (right <= x || bottom <= y) {
    throw new DeepHealthError(
      'DH_SLIDE_GEOMETRY_CONFLICT',
      `The file contradicts itself about where its pixels lie: openslide.bounds-* lies outside of the canvas of ${canvas.width} x ${canvas.height} pixels.`,
    );
  }
  return { x, y, width: right - x, height: bottom - y };
}

/** OpenSlide writes numbers with a point, whatever the language of the machine. */
function decimal(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
