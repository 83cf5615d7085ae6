import type { SlideMap } from '../../map/slide-map.js';
import type { Slide } from '../../slide/slide.js';
import { throwIfCancelled } from '../map-stripes.js';
import { nearestRows } from '../nearest-cells.js';
import { outputRefusal } from '../output-failure.js';
import { ringArea } from '../regions/region-polygons.js';
import { crs4Grid, crs4Value } from './crs4-array.js';
import { externalContours } from './external-contours.js';
import { ringBreadth } from './ring-breadth.js';
import { simplifyRing } from './simplify-ring.js';

/** A region as CRS4's tissue fragments have it, in pixels of level 0 of the whole canvas. */
export interface Crs4Shape {
  /** Closed: the first point is repeated at the end. */
  readonly coordinates: readonly (readonly [x: number, y: number])[];
  /** The longer side of the smallest rectangle around it, in pixels of level 0. */
  readonly length: number;
  /** In square pixels of level 0. */
  readonly area: number;
}

export interface Crs4ShapeSettings {
  /** From this probability on a cell belongs to a region, compared as a percentage that is cut off. */
  readonly threshold: number;
  /** Cells that a contour may be off by to have fewer points. Default 0: none are left out. */
  readonly simplify?: number;
}

/** Regions of a smaller share of the mask are dropped, in percent. */
const LEAST_PERCENT = 0.02;
const MOST_CELLS = 2 ** 28;

/**
 * The regions of a channel as promort_tools' mask_to_shapes makes them of a rounded array: contours run through
 * the centres of cells, without holes, and one scale serves both axes, the square root of the product of both.
 *
 * @throws DH_REQUEST_MALFORMED, DH_CANCELLED
 */
export async function crs4Shapes(
  map: SlideMap,
  { geometry }: Pick<Slide, 'geometry'>,
  channel: number,
  { threshold, simplify = 0 }: Crs4ShapeSettings,
  file: string,
  signal?: AbortSignal,
): Promise<Crs4Shape[]> {
  const grid = crs4Grid(map, geometry, file);
  const { rows, columns } = grid;
  if (rows * columns > MOST_CELLS) throw outputRefusal(file, 'outlines are found of at most 2^28 cells');
  const bound = roundHalfEven(threshold * 100);
  const mask = new Uint8Array(rows * columns);
  const rowsAtOnce = Math.max(1, Math.floor(2 ** 22 / (columns * map.channels.length)));
  for (let first = 0; first < rows; first += rowsAtOnce) {
    throwIfCancelled(signal);
    const count = Math.min(rowsAtOnce, rows - first);
    const values = await nearestRows(map, grid, first, count);
    for (let at = 0; at < count * columns; at++) {
      const value = crs4Value(values[channel * count * columns + at] as number, true, undefined);
      mask[first * columns + at] = Number(value >= bound);
    }
  }
  const { width, height } = geometry.levels[0] as { width: number; height: number };
  const scale = Math.sqrt((width * height) / (rows * columns));
  return [...externalContours(mask, columns, rows)]
    .filter((ring) => ring.length >= 6 && (Math.abs(ringArea(ring)) * 100) / mask.length >= LEAST_PERCENT)
    .map((ring) => toShape(simplify > 0 ? simplifyRing(ring, simplify) : ring, scale));
}

/** As Python rounds. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

function toShape(ring: ArrayLike<number>, scale: number): Crs4Shape {
  const points = Array.from(ring, (value) => (value + 0.5) * scale);
  const coordinates = Array.from(
    { length: points.length / 2 },
    (_, at) => [points[2 * at] as number, points[2 * at + 1] as number] as const,
  );
  return {
    coordinates: [...coordinates, coordinates[0] as readonly [number, number]],
    length: ringBreadth(points),
    area: Math.abs(ringArea(points)),
  };
}
