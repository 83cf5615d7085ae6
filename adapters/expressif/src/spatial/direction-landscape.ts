import type { MaskGrid, Vector } from './mask-grid.js';
import { indexOf, type Support } from './mask-support.js';
import { type ReferenceRuns, runsOf } from './reference-runs.js';
import { refuse, type SpatialRefusal } from './spatial-relation.js';

/**
 * How far each sample of an object lies in a direction from a reference (Bloch, Fuzzy relative position between
 * objects in image processing, 1999): over all samples Q of the reference the most of min(mu(Q), nu), where nu falls
 * from 1 to 0 as the angle between QP and the direction grows from 0 to a right angle. A sample of the reference
 * has at least its own degree there.
 *
 * Exact. Samples of the reference are not tried one by one where a run of them along an axis can be: see
 * {@link runsOf} for why one or a few of each run decide.
 *
 * @param direction by the axes of the grid
 * @param maxPairs how many pairs of a sample and a run may be looked at
 * @returns degrees by the object's samples
 */
export function directionLandscape(
  object: Support,
  reference: Support,
  grid: MaskGrid,
  direction: Vector,
  maxPairs: number,
): Float64Array | SpatialRefusal {
  const runs = runsOf(reference, grid, direction);
  const pairs = object.places.length * runs.degrees.length;
  if (pairs > maxPairs) {
    return refuse(
      'too-large',
      `The direction needs ${pairs} pairs of a sample and a run, more than ${maxPairs}. Resample the masks to a coarser grid, cut them at a level, or raise maxPairs.`,
    );
  }
  const within = new Map(Array.from(reference.places, (place, i) => [place, reference.degrees[i] as number] as const));
  const { size, spacingMm } = grid;
  const steps = [0, 1, 2].map((axis) => spacingMm.at(axis - 3) ?? 1) as unknown as Vector;
  return Float64Array.from(object.places, (place) => {
    const [depth, height, width] = indexOf(place, size);
    const at = [depth * steps[0], height * steps[1], width * steps[2]] as const;
    return bestDegree(at, within.get(place) ?? 0, runs, direction);
  });
}

function bestDegree([x, y, z]: Vector, own: number, runs: ReferenceRuns, [u, v, w]: Vector): number {
  const { starts, counts, degrees, axis, stepMm } = runs;
  const [alongX, alongY, alongZ] = [axis === 0 ? stepMm : 0, axis === 1 ? stepMm : 0, axis === 2 ? stepMm : 0];
  const part = (alongX * u + alongY * v + alongZ * w) / stepMm;
  let most = own;
  let slope = slopeOf(most);
  for (let run = 0; run < degrees.length && most < 1; run += 1) {
    const degree = degrees[run] as number;
    if (degree <= most) continue;
    const a = x - (starts[3 * run] as number);
    const b = y - (starts[3 * run + 1] as number);
    const c = z - (starts[3 * run + 2] as number);
    let least = slopeAt(a, b, c, u, v, w);
    const last = (counts[run] as number) - 1;
    if (last > 0) {
      // Where along the run's line the angle is least, or greatest: there its derivative is 0.
      const ahead = a * u + b * v + c * w;
      const along = (a * alongX + b * alongY + c * alongZ) / stepMm;
      const turn = part * along - ahead;
      const place = turn === 0 ? 0 : (part * (a * a + b * b + c * c) - ahead * along) / turn / stepMm;
      const before = Math.min(last, Math.max(0, Math.floor(place)));
      const after = Math.min(last, before + 1);
      least = Math.min(
        least,
        slopeAt(a - last * alongX, b - last * alongY, c - last * alongZ, u, v, w),
        slopeAt(a - before * alongX, b - before * alongY, c - before * alongZ, u, v, w),
        slopeAt(a - after * alongX, b - after * alongY, c - after * alongZ, u, v, w),
      );
    }
    if (least >= slope) continue;
    most = Math.max(most, Math.min(degree, 1 - (2 / Math.PI) * Math.atan(Math.sqrt(least))));
    slope = slopeOf(most);
  }
  return most;
}

/** The square of the tangent of the angle at which a place has this degree; a smaller angle is better. */
const slopeOf = (degree: number): number => Math.tan(((1 - degree) * Math.PI) / 2) ** 2;

/** The square of the tangent of the angle between two vectors, infinite from a right angle on. */
function slopeAt(a: number, b: number, c: number, u: number, v: number, w: number): number {
  const ahead = a * u + b * v + c * w;
  if (ahead <= 0) return Number.POSITIVE_INFINITY;
  // The cross product is accurate where the angle is small and its cosine is not.
  const d = b * w - c * v;
  const e = c * u - a * w;
  const f = a * v - b * u;
  return (d * d + e * e + f * f) / (ahead * ahead);
}
