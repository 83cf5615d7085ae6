import type { InputSpec, Manifest, MapOutputSpec, MaskOutputSpec, NumericDataType } from '@deephealth/sdk';
import { decodeBfloat16, decodeHalf, toTypedArray } from '@deephealth/sdk';
import type { InputGeometry } from '../volumes/input-geometry.js';
import type { MapResult, MaskResult, WarningResult } from './finding-result.js';
import { byChannel, gridAxes, gridLayout } from './grid-channels.js';
import { toMap } from './map.js';
import { toMask } from './mask.js';
import type { OutputTensor } from './output-tensor.js';
import { partlyExamined } from './seen-part.js';

/** A mask or map on the grid of its input, with a warning where the model saw only a part of that. */
export function toGridFinding(
  manifest: Manifest,
  spec: MaskOutputSpec | MapOutputSpec,
  tensor: OutputTensor,
  geometry: InputGeometry,
  warn: (warning: WarningResult) => void,
): { readonly mask: MaskResult } | { readonly map: MapResult } {
  const input = manifest.inputs.find(({ name }) => name === spec.input) as InputSpec;
  const { values, channels } = byChannel(
    spec.name,
    gridLayout(input),
    gridAxes(input),
    geometry.tensor,
    tensor.shape,
    floatsOf(tensor),
  );
  const outside = spec.kind === 'mask' ? 'the rest is background without having been looked at' : 'the rest is NaN';
  const warning = partlyExamined(spec.name, spec.input, geometry, `in "${spec.name}" ${outside}`);
  if (warning !== undefined) warn(warning);
  return spec.kind === 'mask'
    ? { mask: toMask(spec, values, channels, geometry) }
    : { map: toMap(spec, values, channels, geometry) };
}

/** FP32 as it is; every other type as FP64, a 64-bit integer as the nearest one. */
export function floatsOf({ dataType, data }: OutputTensor): Float32Array | Float64Array {
  const values =
    data instanceof Uint8Array ? toTypedArray(dataType as NumericDataType, data, { mayBorrow: true }) : data;
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  const decode = dataType === 'FP16' ? decodeHalf : dataType === 'BF16' ? decodeBfloat16 : Number;
  return Float64Array.from(values as ArrayLike<number>, decode);
}
