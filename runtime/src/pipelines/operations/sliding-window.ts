import { createTileBlender, planTiles, type TilePlan } from '@deephealth/native';
import {
  DEFAULT_MAX_TENSOR_ELEMENTS,
  DeepHealthError,
  elementCount,
  type RawTensor,
  type SlidingWindowStepSpec,
} from '@deephealth/sdk';
import { fp32Tensor, fp32Values } from '../fp32-tensor.js';

/**
 * Runs a graph on the tiles of each row and blends what it gives. An input that is smaller than a tile
 * stands in the middle of `padValue`, which is cut away again. Beside input and output, memory holds as
 * many lines (or slices) of the result as a tile has.
 *
 * @param input FP32 [rows, channels, h, w] or [rows, channels, d, h, w]
 * @param runTile gives [1, its channels, ...tile] for [1, channels, ...tile]
 * @throws DH_TENSOR_SHAPE_OVERFLOW for a result of more elements than any tensor may have
 */
export async function slidingWindow(
  step: SlidingWindowStepSpec,
  input: RawTensor,
  runTile: (tile: RawTensor) => Promise<RawTensor>,
): Promise<RawTensor> {
  const [rows, channels, ...extents] = input.shape as [number, number, ...number[]];
  const padded = extents.map((extent, axis) => Math.max(extent, step.tile[axis] as number));
  const before = padded.map((extent, axis) => Math.floor((extent - (extents[axis] as number)) / 2));
  const plan = planTiles(padded, step.tile, step.overlap);
  const values = fp32Values(input);
  const perRow = channels * elementCount(extents);
  let output: Float32Array | undefined;
  let written = 0;
  for (let row = 0; row < rows; row++) {
    const source = values.subarray(row * perRow, (row + 1) * perRow);
    const whole = await blendRow(step, plan, channels, runTile, (position) =>
      cutTile(
        source,
        channels,
        extents,
        step,
        position.map((start, axis) => start - (before[axis] as number)),
      ),
    );
    written = whole.channels;
    output ??= allocate(step, rows * written * elementCount(extents));
    const part = output.subarray(row * written * elementCount(extents), (row + 1) * written * elementCount(extents));
    copyBox(whole.values, padded, before, part, extents, written);
  }
  return fp32Tensor([rows, written, ...extents], output ?? new Float32Array());
}

function allocate(step: SlidingWindowStepSpec, elements: number): Float32Array {
  if (elements <= DEFAULT_MAX_TENSOR_ELEMENTS) return new Float32Array(elements);
  throw new DeepHealthError(
    'DH_TENSOR_SHAPE_OVERFLOW',
    `"${step.output}" would hold more than the ${DEFAULT_MAX_TENSOR_ELEMENTS} elements that a tensor may have.`,
    { details: { edge: step.output, expected: `at most ${DEFAULT_MAX_TENSOR_ELEMENTS} elements` } },
  );
}

async function blendRow(
  step: SlidingWindowStepSpec,
  plan: TilePlan,
  channels: number,
  runTile: (tile: RawTensor) => Promise<RawTensor>,
  cut: (position: readonly number[]) => Float32Array,
): Promise<{ readonly values: Float32Array; readonly channels: number }> {
  const inRow = elementCount(plan.extents.slice(1));
  let blender: ReturnType<typeof createTileBlender> | undefined;
  let values: Float32Array = new Float32Array();
  let written = 0;
  for (const position of plan.positions) {
    const tile = await runTile(fp32Tensor([1, channels, ...plan.tile], cut(position)));
    if (blender === undefined) {
      written = tile.shape[1] as number;
      blender = createTileBlender({ plan, channels: written, weighting: step.weighting });
      values = allocate(step, written * elementCount(plan.extents));
    }
    blender.add(fp32Values(tile), position);
    const finished = blender.takeFinishedRows();
    if (finished === undefined) continue;
    const length = finished.count * inRow;
    for (let c = 0; c < written; c++) {
      const at = (c * (plan.extents[0] as number) + finished.first) * inRow;
      values.set(finished.values.subarray(c * length, (c + 1) * length), at);
    }
  }
  return { values, channels: written };
}

/** A tile of every channel; what lies outside of the input is `padValue`. */
function cutTile(
  source: Float32Array,
  channels: number,
  extents: readonly number[],
  { tile, padValue }: SlidingWindowStepSpec,
  start: readonly number[],
): Float32Array {
  const output = new Float32Array(channels * elementCount(tile));
  if (padValue !== 0) output.fill(padValue);
  copyBox(source, extents, start, output, tile, channels);
  return output;
}

/** Copies what both boxes have in common: index i of `to` is index `start + i` of `from`, axis by axis. */
function copyBox(
  from: Float32Array,
  fromExtents: readonly number[],
  start: readonly number[],
  to: Float32Array,
  toExtents: readonly number[],
  channels: number,
): void {
  const axes = fromExtents.length;
  const three = (list: readonly number[], fill: number) =>
    (axes === 3 ? list : [fill, ...list]) as [number, number, number];
  const [fd, fh, fw] = three(fromExtents, 1);
  const [td, th, tw] = three(toExtents, 1);
  const [sd, sh, sw] = three(start, 0);
  const first = Math.max(0, -sw);
  const last = Math.min(tw, fw - sw);
  if (last <= first) return;
  for (let c = 0; c < channels; c++) {
    for (let k = Math.max(0, -sd); k < Math.min(td, fd - sd); k++) {
      for (let j = Math.max(0, -sh); j < Math.min(th, fh - sh); j++) {
        const line = ((c * fd + k + sd) * fh + j + sh) * fw + sw;
        to.set(from.subarray(line + first, line + last), ((c * td + k) * th + j) * tw + first);
      }
    }
  }
}
