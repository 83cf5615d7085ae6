import { indexTransform, resampleVolume, sigmoid } from '@deephealth/native';
import { type MapOutputSpec, toBytes, toContractDataType } from '@deephealth/sdk';
import { toContractGrid } from '../volumes/contract-grid.js';
import type { InputGeometry } from '../volumes/input-geometry.js';
import { activateChannels } from './activate-channels.js';
import type { MapResult } from './finding-result.js';
import { outputInvalid } from './output-invalid.js';
import { withRounding } from './output-values.js';

/**
 * One channel on the grid of the input as it was sent, interpolated linearly through the places of both
 * grids in the patient; NaN where the model did not look.
 *
 * @param values [channels, samples of the tensor's grid]
 * @throws DH_MODEL_OUTPUT_INVALID for a channel that is not there, and a value outside the declared range
 */
export function toMap(
  spec: MapOutputSpec,
  values: Float32Array | Float64Array,
  channels: number,
  { source, tensor }: InputGeometry,
): MapResult {
  const { channel = 0, activation = 'none', range } = spec;
  if (channel >= channels)
    throw outputInvalid(spec.name, `there are ${channels} channels, and none of number ${channel}.`);
  const samples = values.length / channels;
  const all = activation === 'softmax' ? activateChannels(values, channels) : values;
  const own = Float64Array.from(all.subarray(channel * samples, (channel + 1) * samples));
  if (activation === 'sigmoid') sigmoid(own, own);
  const shown = Float32Array.from(own);
  const [least, most] = range ?? [-Infinity, Infinity];
  const [lowest, highest] = range === undefined ? [least, most] : withRounding(range, 'FP32');
  for (let i = 0; i < samples; i++) {
    const value = shown[i] as number;
    if (!(value >= lowest && value <= highest)) {
      throw outputInvalid(spec.name, `sample ${i} lies outside the range that the manifest declares.`);
    }
    // What rounding carried over a bound is the bound.
    shown[i] = Math.min(Math.max(value, Math.fround(least)), Math.fround(most));
  }
  const { grid } = source;
  const output = new Float32Array(grid.width * grid.height * grid.depth);
  const transform = indexTransform(tensor.affine, grid.affine);
  resampleVolume(shown, tensor, transform, grid, { interpolation: 'linear', outside: Number.NaN }, output);
  const shape = source.convention === 'IMAGE' ? [grid.height, grid.width] : [grid.depth, grid.height, grid.width];
  return {
    values: { dataType: toContractDataType('FP32'), shape, data: toBytes(output) },
    grid: toContractGrid(source),
    quantity: spec.quantity,
    unit: spec.unit,
    ...(range === undefined ? {} : { minimum: range[0], maximum: range[1] }),
  };
}
