import { resizeImage, tissueMask, tissueThreshold } from '@deephealth/native';
import { DeepHealthError } from '@deephealth/sdk';
import type { Slide } from '../slide/slide.js';
import { type Coverage, type CoverageGrid, createCoverage } from './coverage.js';

/** Tissue of a slide by its colour alone. */
export interface TissueOverview {
  readonly coverage: Coverage;
  /** Share of the canvas that is tissue, 0 to 1. */
  readonly share: number;
  /** The overview that it was found in: RGB, [rows, columns, 3]. */
  readonly pixels: Uint8Array;
  readonly mask: Uint8Array;
  readonly grid: CoverageGrid;
}

/** Tissue of a section is seen at this scale, and neither cells nor dust are. */
const OVERVIEW_MICRONS = 8;
const MOST_OVERVIEW_PIXELS = 2 ** 24;
/** Rows that are read at a time. */
const STRIP_PIXELS = 2 ** 22;
/** Grey levels between the means of tissue and of glass: Otsu divides the noise of bare glass, too. */
const LEAST_CONTRAST = 12;

/**
 * Finds tissue by Otsu's threshold on an overview (about 8 micrometres a pixel), as `tissueMask` of the native
 * kernels defines it: dilated by two pixels, holes filled.
 *
 * @throws DH_SLIDE_UNSUITABLE where there is nothing but glass, DH_SLIDE_REGION_UNREADABLE, DH_CANCELLED
 */
export async function findTissue(slide: Slide, signal?: AbortSignal): Promise<TissueOverview> {
  const { pixels, grid } = await readOverview(slide, signal);
  const image = { pixels, width: grid.columns, height: grid.rows };
  const threshold = tissueThreshold([image]);
  const mask = new Uint8Array(grid.columns * grid.rows);
  if (contrast(pixels, threshold) >= LEAST_CONTRAST) tissueMask(image, threshold, mask);
  const marked = mask.reduce((sum, mark) => sum + mark, 0);
  if (marked === 0) {
    throw new DeepHealthError(
      'DH_SLIDE_UNSUITABLE',
      'No tissue was found on the slide: its overview shows nothing that is darker than glass. Nothing was computed.',
    );
  }
  return { coverage: createCoverage(mask, grid), share: marked / mask.length, pixels, mask, grid };
}

/** The canvas reduced by the means of areas, from the coarsest level that is fine enough. */
export async function readOverview(
  slide: Slide,
  signal?: AbortSignal,
  mostPixels = MOST_OVERVIEW_PIXELS,
): Promise<{ pixels: Uint8Array; grid: CoverageGrid }> {
  const { levels, micronsPerPixel } = slide.geometry;
  const [canvas] = levels as [(typeof levels)[number]];
  const reduce = Math.max(
    1,
    OVERVIEW_MICRONS / Math.sqrt(micronsPerPixel.x * micronsPerPixel.y),
    Math.sqrt((canvas.width * canvas.height) / mostPixels),
  );
  const level = Math.max(
    0,
    ...levels.map((_, index) => index).filter((index) => (levels[index]?.downsample ?? 1) <= reduce * 1.0001),
  );
  const source = levels[level] as (typeof levels)[number];
  const factor = Math.max(1, Math.round(reduce / source.downsample));
  const columns = Math.ceil(source.width / factor);
  const rows = Math.ceil(source.height / factor);
  const pixels = new Uint8Array(columns * rows * 3);
  const rowsAtOnce = Math.max(1, Math.floor(STRIP_PIXELS / (columns * factor) / factor));
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - first);
    // Whole cells: beyond the canvas it is white, as glass is.
    const region = { level, x: 0, y: first * factor, width: columns * factor, height: count * factor };
    const strip = await slide.readRegion(region, signal);
    const target = pixels.subarray(first * columns * 3, (first + count) * columns * 3);
    if (factor === 1) target.set(strip);
    else {
      const from = { width: region.width, height: region.height, channels: 3 };
      resizeImage(strip, from, { width: columns, height: count }, 'area', target);
    }
  }
  const side = factor * source.downsample;
  return { pixels, grid: { columns, rows, x: 0, y: 0, cellWidth: side, cellHeight: side } };
}

/** Difference between the mean grey levels of the two sides of a threshold. */
function contrast(pixels: Uint8Array, threshold: number): number {
  const sums = [0, 0];
  const counts = [0, 0];
  for (let i = 0; i < pixels.length; i += 3) {
    const grey =
      (19595 * (pixels[i] as number) + 38470 * (pixels[i + 1] as number) + 7471 * (pixels[i + 2] as number) + 32768) >>
      16;
    const side = grey <= threshold ? 0 : 1;
    sums[side] = (sums[side] as number) + grey;
    counts[side] = (counts[side] as number) + 1;
  }
  if (counts[0] === 0) return 0;
  // A slide that is tissue to its edges has no glass beside it.
  const glass = counts[1] === 0 ? 255 : (sums[1] as number) / (counts[1] as number);
  return glass - (sums[0] as number) / (counts[0] as number);
}
