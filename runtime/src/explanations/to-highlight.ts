import { indexTransform, resampleVolume } from '@deephealth/native';
import type { runtimeV1 } from '@deephealth/proto';
import { type ExplanationSpec, toBytes, toContractDataType } from '@deephealth/sdk';
import type { MapResult, WarningResult } from '../findings/finding-result.js';
import { partlyExamined } from '../findings/seen-part.js';
import { toContractGrid } from '../volumes/contract-grid.js';
import type { InputGeometry } from '../volumes/input-geometry.js';
import type { Occlusion } from './occlusion.js';

/** Where a signal lies in its time: as it was sent, and as its steps have made it. */
export interface SignalTimes {
  readonly samples: number;
  readonly rateHz: number;
  readonly preparedRateHz: number;
}

/** What a highlight is about. */
export interface Explained {
  readonly output: string;
  readonly spec: ExplanationSpec;
  /** Label of the class whose probability is explained, and that probability. */
  readonly target: string;
  readonly score: number;
  /** Of the prepared input, without rows and channels. */
  readonly preparedSize: readonly number[];
  readonly place: InputGeometry | SignalTimes;
}

/** The highlight on the grid of the input as it was sent, interpolated linearly; NaN where nothing was prepared. */
export function toHighlight(explained: Explained, occlusion: Occlusion): MapResult {
  const { spec, place } = explained;
  const { deletion, baseline, runs } = occlusion;
  const { values, grid, shape } = 'tensor' in place ? onGrid(place, occlusion.map) : inTime(place, occlusion.map);
  return {
    values: { dataType: toContractDataType('FP32'), shape, data: toBytes(values) },
    grid,
    quantity: 'attribution',
    unit: '1',
    minimum: -1,
    maximum: 1,
    method: describe(explained, occlusion),
    explanation: {
      method: spec.method,
      target: explained.target,
      score: explained.score,
      preparedSize: [...explained.preparedSize],
      patch: [...spec.patch],
      stride: [...spec.stride],
      baseline: spec.baseline === 'mean' ? 'mean' : 'value',
      baselineValues: [...baseline],
      runs,
      deletion,
    },
  };
}

/** What is to be said of a highlight: that its own test does not bear it out, that it covers a part of the input. */
export function highlightWarnings(
  { output, target, place, spec }: Explained,
  { deletion }: Occlusion,
): readonly WarningResult[] {
  const warnings: WarningResult[] = [];
  if (!deletion.isBetterThanRandom) {
    warnings.push({
      kind: 'WARNING_KIND_HIGHLIGHT_DOUBTFUL',
      field: output,
      message: `The region behind "${target}" of "${output}" is no better than a random one: covering it does not make the score fall sooner than each of ${deletion.randomOrders} random orders does. Do not read it as the reason of the score.`,
    });
  }
  const rest = `in the region behind "${target}" of "${output}" the rest is NaN, and had no part in the score`;
  const partly = 'tensor' in place ? partlyExamined(output, spec.input, place, rest) : undefined;
  return partly === undefined ? warnings : [...warnings, partly];
}

function onGrid({ source, tensor }: InputGeometry, map: Float32Array) {
  const { grid } = source;
  const values = new Float32Array(grid.width * grid.height * grid.depth);
  const transform = indexTransform(tensor.affine, grid.affine);
  resampleVolume(map, tensor, transform, grid, { interpolation: 'linear', outside: Number.NaN }, values);
  const shape = source.convention === 'IMAGE' ? [grid.height, grid.width] : [grid.depth, grid.height, grid.width];
  return { values, grid: toContractGrid(source), shape };
}

function inTime({ samples, rateHz, preparedRateHz }: SignalTimes, map: Float32Array) {
  const values = Float32Array.from({ length: samples }, (_, sample) => {
    const at = Math.min((sample * preparedRateHz) / rateHz, map.length - 1);
    const before = map[Math.floor(at)] as number;
    return before + ((map[Math.ceil(at)] as number) - before) * (at - Math.floor(at));
  });
  const grid: runtimeV1.Grid = {
    size: [samples],
    origin: [0],
    spacing: [1 / rateHz],
    direction: [],
    unit: 'LENGTH_UNIT_SECOND',
    frameOfReference: '',
    convention: 'COORDINATE_CONVENTION_TIME',
    level: 0,
  };
  return { values, grid, shape: [samples] };
}

function describe({ spec, target, preparedSize }: Explained, { runs, deletion }: Occlusion): string {
  const by = (extents: readonly number[]) => extents.join(' x ');
  const baseline = spec.baseline === 'mean' ? 'the mean of each channel' : 'given values';
  const verdict = deletion.isBetterThanRandom ? 'better than each of' : 'no better than all of';
  return (
    `Occlusion: fall of the probability of "${target}" while ${by(spec.patch)} of the ${by(preparedSize)} prepared samples, ` +
    `every ${by(spec.stride)}, are covered with ${baseline}; ${runs} runs. ` +
    `Deletion test: faithfulness ${deletion.faithfulness.toPrecision(3)}, ${verdict} ${deletion.randomOrders} random orders.`
  );
}
