import type { Affine, VolumeGrid } from '@deephealth/native';
import type { SeriesSlice } from './series-slice.js';

/** Why files are not one volume: a phrase that goes on after "the series". */
export class SeriesFault extends Error {
  override readonly name = 'SeriesFault';
}

export interface StackedSlices {
  /** In the order of growing position along the normal of the slices. */
  readonly slices: readonly SeriesSlice[];
  /** LPS millimetres. */
  readonly grid: VolumeGrid;
}

/** Part of the usual distance that a distance may be off: positions are decimals of 16 characters at most. */
const DISTANCE_TOLERANCE = 0.01;
/** Millimetres that a slice may lie beside the line through all of them. */
const SHIFT_MM = 0.05;
const COSINE_TOLERANCE = 1e-4;

/**
 * Slices of one series as a straight, evenly spaced stack. The order comes from the positions along the
 * slices' normal, the distance from the positions too: instance numbers and Slice Thickness are not asked.
 *
 * @throws SeriesFault for slices of several series, frames of reference, sizes, spacings or orientations,
 * for one that is there twice, for a gap, and for slices that are shifted sideways
 */
export function stackSlices(unordered: readonly SeriesSlice[]): StackedSlices {
  const [first, ...others] = unordered as [SeriesSlice, ...SeriesSlice[]];
  for (const other of others) requireAlike(first, other);
  const instances = new Set(unordered.map(({ instanceUid }) => instanceUid));
  if (instances.size < unordered.length) throw new SeriesFault('holds an instance twice');
  if (others.length === 0) throw new SeriesFault('has one slice alone, whose distance to the next is not known');
  const { alongRow: r, alongColumn: c } = first;
  const normal = [r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]] as const;
  const height = ({ position }: SeriesSlice) => normal.reduce((sum, n, i) => sum + n * (position[i] as number), 0);
  const slices = [...unordered].sort((a, b) => height(a) - height(b));
  const heights = slices.map(height);
  const distances = heights.slice(1).map((value, i) => value - (heights[i] as number));
  const usual = [...distances].sort((a, b) => a - b)[Math.floor(distances.length / 2)] as number;
  if (!(usual > 0)) throw new SeriesFault('has slices that lie on each other: several phases, echoes or copies');
  distances.forEach((distance, i) => {
    if (Math.abs(distance - usual) <= usual * DISTANCE_TOLERANCE) return;
    const between = `between slices ${i + 1} and ${i + 2} of ${slices.length} along the normal`;
    if (distance < usual * DISTANCE_TOLERANCE) {
      throw new SeriesFault(`has slices that lie on each other (${between}): several phases, echoes or copies`);
    }
    const missing = Math.round(distance / usual) - 1;
    throw new SeriesFault(
      missing >= 1
        ? `has a gap ${between}: about ${missing} of them ${missing === 1 ? 'is' : 'are'} missing`
        : `is not evenly spaced ${between}`,
    );
  });
  const last = slices.at(-1) as SeriesSlice;
  const start = (slices[0] as SeriesSlice).position;
  const step = start.map((value, i) => ((last.position[i] as number) - value) / (slices.length - 1));
  slices.forEach(({ position }, index) => {
    const off = Math.hypot(...start.map((value, i) => value + (step[i] as number) * index - (position[i] as number)));
    if (off > SHIFT_MM) throw new SeriesFault('has slices that do not lie on one straight line');
  });
  const [rowsApart, columnsApart] = first.pixelSpacing;
  const affine = [0, 1, 2].flatMap((row) => [
    (r[row] as number) * columnsApart,
    (c[row] as number) * rowsApart,
    step[row] as number,
    start[row] as number,
  ]) as unknown as Affine;
  return { slices, grid: { width: first.columns, height: first.rows, depth: slices.length, affine } };
}

function requireAlike(first: SeriesSlice, other: SeriesSlice): void {
  const differs = (what: string) => new SeriesFault(`mixes ${what}; send one series at a time`);
  if (other.seriesUid !== first.seriesUid) throw differs('files of several series');
  if (other.frameOfReference !== first.frameOfReference) throw differs('frames of reference');
  if (other.modality !== first.modality) throw differs('modalities');
  if (other.rows !== first.rows || other.columns !== first.columns) throw differs('sizes of slices');
  const isFar = (a: readonly number[], b: readonly number[], tolerance: number) =>
    a.some((value, i) => !(Math.abs(value - (b[i] as number)) <= tolerance));
  if (isFar(first.pixelSpacing, other.pixelSpacing, first.pixelSpacing[0] * COSINE_TOLERANCE)) {
    throw differs('pixel spacings');
  }
  if (
    isFar(first.alongRow, other.alongRow, COSINE_TOLERANCE) ||
    isFar(first.alongColumn, other.alongColumn, COSINE_TOLERANCE)
  ) {
    throw differs('orientations');
  }
  if (other.rescaleType !== first.rescaleType) throw differs('rescale types');
}
