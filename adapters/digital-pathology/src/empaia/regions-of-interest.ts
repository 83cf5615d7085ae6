import { DeepHealthError, sha256 } from '@deephealth/sdk';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import type { SlideMap } from '../map/slide-map.js';
import type { PredictSlideOptions } from '../run/predict-slide.js';
import type { PixelRectangle, Slide } from '../slide/slide.js';
import { findTissue } from '../tissue/otsu-tissue.js';

const DEFAULT_MIN_SHARE = 0.05;

/**
 * Rectangles of a collection, in pixels of level 0. None for a job without the input, and for an empty collection:
 * the whole slide is then analysed.
 *
 * @throws DH_PLATFORM_REFUSED for what is no whole collection of rectangles
 */
export function parseRegionsOfInterest(value: unknown): PixelRectangle[] {
  if (value === undefined) return [];
  const { items, item_count: count } = (value ?? {}) as { items?: unknown; item_count?: unknown };
  if (!Array.isArray(items)) throw invalid('is no collection');
  if (typeof count === 'number' && count !== items.length) throw invalid('was not given as a whole');
  return items.map((item) => {
    const { type, upper_left: corner, width, height } = (item ?? {}) as Record<string, unknown>;
    const numbers = [...(Array.isArray(corner) ? corner : []), width, height];
    const isWhole = numbers.length === 4 && numbers.every((one) => Number.isInteger(one) && (one as number) >= 0);
    if (type !== 'rectangle' || !isWhole || width === 0 || height === 0) {
      throw invalid('holds something else than rectangles in whole pixels');
    }
    const [x, y] = corner as [number, number];
    return { x, y, width: width as number, height: height as number };
  });
}

/** Where the model is asked: tiles that touch a rectangle, and have the tissue that the binding wants. */
export async function filterOf(
  regions: readonly PixelRectangle[],
  slide: Slide,
  { tissue = { method: 'otsu' } }: SlideAnalysis,
  signal?: AbortSignal,
): Promise<Pick<PredictSlideOptions, 'filter'>> {
  if (regions.length === 0) return {};
  const found = tissue.method === 'otsu' ? await findTissue(slide, signal) : undefined;
  return {
    filter: {
      coverage: {
        share: (tile) => (regions.some((region) => overlap(region, tile)) ? (found?.coverage.share(tile) ?? 1) : 0),
      },
      minShare: tissue.minShare ?? DEFAULT_MIN_SHARE,
      sha256: sha256(Buffer.from(JSON.stringify(regions))),
    },
  };
}

/** A map of which only cells whose middle lies in one of the rectangles are kept; the others are not examined. */
export function restrictMap(map: SlideMap, regions: readonly PixelRectangle[]): SlideMap {
  if (regions.length === 0) return map;
  const { columns, x, y, cellWidth, cellHeight } = map.grid;
  return {
    ...map,
    async readRows(first, count) {
      const values = await map.readRows(first, count);
      for (let row = 0; row < count; row++) {
        const middle = y + (first + row + 0.5) * cellHeight;
        const isKept = new Uint8Array(columns);
        for (const region of regions) {
          if (middle < region.y || middle >= region.y + region.height) continue;
          const from = Math.ceil((region.x - x) / cellWidth - 0.5);
          isKept.fill(1, Math.max(0, from), Math.max(0, Math.ceil((region.x + region.width - x) / cellWidth - 0.5)));
        }
        for (let channel = 0; channel < map.channels.length; channel++) {
          const at = (channel * count + row) * columns;
          for (let column = 0; column < columns; column++) if (isKept[column] === 0) values[at + column] = Number.NaN;
        }
      }
      return values;
    },
  };
}

function overlap(a: PixelRectangle, b: PixelRectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function invalid(what: string): DeepHealthError {
  return new DeepHealthError('DH_PLATFORM_REFUSED', `The input with the regions of interest ${what}.`);
}
