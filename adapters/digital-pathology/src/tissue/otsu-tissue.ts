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
/** Otsu divides the noise of bare glass, too: tissue is so much darker than glass, and dark or of a colour. */
const LEAST_CONTRAST = 12;
const DARKEST_GLASS = 225;
const LEAST_CHROMA = 12;

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
  // The level itself is on the dark side of Otsu's split, and the mask takes what is darker than its threshold.
  if (hasTissue(pixels, threshold)) tissueMask(image, Math.min(threshold + 1, 255), mask);
  const marked = mask.reduce((sum, mark) => sum + mark, 0);
  if (marked === 0) {
    throw new DeepHealthError(
      'DH_SLIDE_UNSUITABLE',
      'No tissue was found on the slide: its overview shows nothing that is darker than glass. Nothing was computed.',
    );
  }
  return { coverage: createCoverage(mask, grid), share: marked / mask.length, pixels, mask, grid };
}

/**
 * The canvas reduced by the means of areas, from the coarsest level that is fine enough.
 *
 * @param finest micrometres a pixel that it is not finer than; the slide's own if that is coarser
 */
export async function readOverview(
  slide: Slide,
  signal?: AbortSignal,
  { mostPixels = MOST_OVERVIEW_PIXELS, finest = OVERVIEW_MICRONS }: { mostPixels?: number; finest?: number } = {},
): Promise<{ pixels: Uint8Array; grid: CoverageGrid }> {
  const { levels, micronsPerPixel } = slide.geometry;
  const [canvas] = levels as [(typeof levels)[number]];
  const reduce = Math.max(
    1,
    finest / Math.sqrt(micronsPerPixel.x * micronsPerPixel.y),
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

/** Whether what is darker than a threshold is tissue, by the mean colours of both sides. */
function hasTissue(pixels: Uint8Array, threshold: number): boolean {
  /** Sums of red, green and blue, and a count, of the dark and of the bright side. */
  const sums = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ];
  for (let i = 0; i < pixels.length; i += 3) {
    const rgb = [pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number] as const;
    const side = sums[greyOf(rgb) <= threshold ? 0 : 1] as number[];
    for (let c = 0; c < 3; c++) side[c] = (side[c] as number) + (rgb[c] as number);
    side[3] = (side[3] as number) + 1;
  }
  const [dark, bright] = sums.map(([red = 0, green = 0, blue = 0, count = 0]) =>
    count === 0 ? undefined : ([red / count, green / count, blue / count] as const),
  );
  if (dark === undefined) return false;
  // A slide that is tissue to its edges has no glass beside it.
  const contrast = (bright === undefined ? 255 : greyOf(bright)) - greyOf(dark);
  const isColoured = Math.max(...dark) - Math.min(...dark) >= LEAST_CHROMA;
  return contrast >= LEAST_CONTRAST && (isColoured || greyOf(dark) <= DARKEST_GLASS);
}

/** ITU-R BT.601 in 16-bit fixed point, as the threshold counts. */
function greyOf([red, green, blue]: readonly [number, number, number]): number {
  return Math.floor((19595 * red + 38470 * green + 7471 * blue + 32768) / 65536);
}
