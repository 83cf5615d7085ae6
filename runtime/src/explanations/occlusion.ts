import { DEFAULT_DELETION, type DeletionSpec, type ExplanationSpec } from '@deephealth/sdk';
import { type CoveredLayout, channelMeans, cover, eachSample, sampleCount, threeAxes } from './covered-layout.js';
import { type Change, type DeletionResult, deletionRuns, deletionTest } from './deletion-test.js';
import { countRegions, coverPlaces, strideCells } from './regions.js';

/** A map over the samples of the prepared input, and what it is worth. */
export interface Occlusion {
  /** Mean drop of the score; one value a sample, in reading order. */
  readonly map: Float32Array;
  /** One value for each channel. */
  readonly baseline: readonly number[];
  readonly runs: number;
  readonly deletion: DeletionResult;
}

export function deletionOf({ deletion }: ExplanationSpec): DeletionSpec {
  return deletion === undefined ? DEFAULT_DELETION : { ...DEFAULT_DELETION, ...deletion };
}

/** Runs that an explanation takes for a prepared input of these extents, with its test. */
export function explanationRuns(spec: ExplanationSpec, extents: readonly number[]): number {
  const { places, cells } = countRegions(...threeOf(spec, extents));
  return places + deletionRuns(cells, deletionOf(spec));
}

function threeOf(spec: ExplanationSpec, extents: readonly number[]) {
  return [threeAxes(extents, 1), threeAxes(spec.patch, 1), threeAxes(spec.stride, 1)] as const;
}

/**
 * Occlusion sensitivity (Zeiler and Fergus 2014): a cover stands at each of its places in turn, and what a
 * sample is worth is the mean drop of the score over the covers that it lay under. Then the deletion test.
 *
 * Yields changes, each for a copy of the prepared input, and is to be given the score of each.
 *
 * @param values the prepared input, FP32 of one row
 * @param score of the input as it is
 */
export function* occlude(
  spec: ExplanationSpec,
  values: Float32Array,
  layout: CoveredLayout,
  score: number,
): Generator<Change[], Occlusion, Float64Array> {
  const baseline = baselineOf(spec, values, layout);
  const [extents, patch, stride] = threeOf(spec, layout.extents);
  const places = coverPlaces(extents, patch, stride);
  const scores = yield places.map(
    (place): Change =>
      (copy) =>
        cover(copy, layout, place, baseline),
  );
  const sums = new Float64Array(sampleCount(layout));
  const covers = new Uint32Array(sums.length);
  places.forEach((place, index) => {
    const drop = score - (scores[index] as number);
    eachSample(layout, place, (sample) => {
      sums[sample] = (sums[sample] as number) + drop;
      covers[sample] = (covers[sample] as number) + 1;
    });
  });
  const map = Float32Array.from(sums, (sum, sample) => sum / (covers[sample] as number));
  const cells = strideCells(extents, stride);
  const test = deletionOf(spec);
  const deletion = yield* deletionTest(map, cells, layout, baseline, score, test);
  return { map, baseline, runs: places.length + deletionRuns(cells.length, test), deletion };
}

function baselineOf({ baseline }: ExplanationSpec, values: Float32Array, layout: CoveredLayout): readonly number[] {
  if (baseline === 'mean') return channelMeans(values, layout);
  return typeof baseline === 'number' ? Array<number>(layout.channels).fill(baseline) : baseline;
}
