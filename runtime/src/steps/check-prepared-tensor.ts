import {
  checkFinite,
  type DataTypeName,
  DEFAULT_MAX_EXTENT,
  DeepHealthError,
  decodeBfloat16,
  decodeHalf,
  type TensorSpec,
  toBytes,
  toTypedArray,
} from '@deephealth/sdk';
import type { PreparedTensor } from './prepared-tensor.js';

/**
 * Last look at a tensor before the graph gets it: type, shape, finite values (unless the manifest
 * allows others) and the range of the tensor, if one is declared. Catches what steps computed to
 * infinity and what came as a tensor. Throws DH_TENSOR_DATATYPE_MISMATCH, DH_TENSOR_SHAPE_MISMATCH,
 * DH_VALUE_NOT_FINITE or DH_VALUE_OUT_OF_RANGE naming the input and an index, never a value.
 *
 * @param inputName name of the input that the caller knows, not of the tensor
 */
export function checkPreparedTensor(inputName: string, spec: TensorSpec, tensor: PreparedTensor): void {
  if (tensor.dataType !== spec.dataType) {
    throw new DeepHealthError(
      'DH_TENSOR_DATATYPE_MISMATCH',
      `Input "${inputName}" must be ${spec.dataType}, got ${tensor.dataType}.`,
      {
        details: { input: inputName, expected: spec.dataType, received: tensor.dataType },
      },
    );
  }
  const maxExtent = spec.maxExtent ?? DEFAULT_MAX_EXTENT;
  const fits =
    tensor.shape.length === spec.shape.length &&
    spec.shape.every((declared, axis) => {
      const extent = tensor.shape[axis] as number;
      return declared === -1 ? extent >= 1 && extent <= maxExtent : extent === declared;
    });
  if (!fits) {
    const expected = `[${spec.shape.join(', ')}]`;
    const received = `[${tensor.shape.join(', ')}]`;
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_MISMATCH',
      `Input "${inputName}" must give the shape ${expected} (-1: at most ${maxExtent}), got ${received}.`,
      { details: { input: inputName, expected, received } },
    );
  }
  const bytes = tensor.data instanceof Float32Array ? toBytes(tensor.data) : tensor.data;
  if (spec.nonFinite !== 'allow') checkFinite(inputName, spec.dataType, bytes);
  if (spec.range !== undefined) checkRange(inputName, spec, spec.range, bytes);
}

/** NaN passes: it is outside no range, and whether it is allowed was asked before. */
function checkRange(inputName: string, spec: TensorSpec, range: readonly [number, number], bytes: Uint8Array): void {
  if (spec.dataType === 'BYTES') return;
  const values = toTypedArray(spec.dataType, bytes, { mayBorrow: true });
  const decode = decoders[spec.dataType] ?? Number;
  // The bounds are decimals: the FP32 number nearest to a bound counts as inside.
  const [lowest, highest] = spec.dataType === 'FP32' ? range.map(Math.fround) : range;
  for (let i = 0; i < values.length; i++) {
    const value = decode(values[i] as number);
    if (!(value < (lowest as number) || value > (highest as number))) continue;
    const expected = `${range[0]} to ${range[1]}`;
    throw new DeepHealthError(
      'DH_VALUE_OUT_OF_RANGE',
      `Input "${inputName}": element ${i} lies outside the valid range ${expected}.`,
      {
        details: { input: inputName, index: String(i), expected },
      },
    );
  }
}

const decoders: Partial<Record<DataTypeName, (bits: number) => number>> = { FP16: decodeHalf, BF16: decodeBfloat16 };
