import {
  type DataTypeName,
  DEFAULT_MAX_EXTENT,
  decodeBfloat16,
  decodeBytesElements,
  decodeHalf,
  ELEMENT_SIZE_BYTES,
  elementCount,
  isFloatingPoint,
  type NumericDataType,
  type Range,
  type TensorData,
  type TensorSpec,
  toTypedArray,
} from '@deephealth/sdk';
import { outputInvalid } from './output-invalid.js';
import type { OutputTensor } from './output-tensor.js';
import { valuesPerRow } from './row-extent.js';

/**
 * Checks an output against its declaration: type, rank, extents, size, finite values (unless the
 * manifest allows others) and the declared range. Throws DH_MODEL_OUTPUT_INVALID naming the tensor.
 */
export function checkOutputTensor(spec: TensorSpec, tensor: OutputTensor): void {
  if (tensor.dataType !== spec.dataType) {
    throw outputInvalid(spec.name, `the model gave ${tensor.dataType}, the manifest declares ${spec.dataType}.`, {
      expected: spec.dataType,
      received: tensor.dataType,
    });
  }
  checkShape(spec, tensor);
  checkSize(spec, tensor);
  if (spec.dataType === 'BYTES') return;
  const mayBeNonFinite = !isFloatingPoint(spec.dataType) || spec.nonFinite === 'allow';
  if (mayBeNonFinite && spec.range === undefined) return;
  const [lowest, highest] = spec.range === undefined ? [] : withRounding(spec.range, spec.dataType);
  const values = elements(tensor);
  const decode = elementDecoder(spec.dataType);
  for (let i = 0; i < values.length; i++) {
    const value = decode(values[i] as number);
    if (!mayBeNonFinite && !Number.isFinite(value)) {
      throw outputInvalid(spec.name, `element ${i} is NaN or infinite.`, { index: String(i) });
    }
    if (value < (lowest as number) || value > (highest as number)) {
      throw outputInvalid(spec.name, `element ${i} lies outside the range that the manifest declares.`, {
        index: String(i),
      });
    }
  }
}

/**
 * Bounds beyond which a value was not carried by rounding alone. They are decimals, so the FP32 number nearest to
 * one counts as inside; and what saturates at a bound may pass it: the engine's own sigmoid gives 1 + 2^-23.
 * Of FP32 that is eight units in the last place of the larger bound.
 */
export function withRounding([lowest, highest]: Range, dataType: DataTypeName): [lowest: number, highest: number] {
  if (dataType !== 'FP32') return [lowest, highest];
  const slack = Math.max(Math.abs(lowest), Math.abs(highest)) * 2 ** -20;
  return [Math.fround(lowest) - slack, Math.fround(highest) + slack];
}

/**
 * The values of a tensor that holds one row, as FP64.
 * Throws DH_MODEL_OUTPUT_INVALID if it holds more rows: they would be the answers for other patients.
 */
export function singleRow(spec: TensorSpec, tensor: OutputTensor): Float64Array {
  const count = elementCount(tensor.shape);
  const perRow = valuesPerRow(spec.shape) === 1 ? 1 : (tensor.shape.at(-1) as number);
  if (count !== perRow) {
    throw outputInvalid(spec.name, `the shape [${tensor.shape.join(', ')}] holds other than one row.`, {
      expected: 'one row',
      received: `[${tensor.shape.join(', ')}]`,
    });
  }
  const decode = elementDecoder(spec.dataType);
  return Float64Array.from(elements(tensor) as ArrayLike<number>, decode);
}

function checkShape(spec: TensorSpec, tensor: OutputTensor): void {
  const maxExtent = spec.maxExtent ?? DEFAULT_MAX_EXTENT;
  const fits =
    tensor.shape.length === spec.shape.length &&
    spec.shape.every((declared, axis) => {
      const extent = tensor.shape[axis] as number;
      return declared === -1 ? extent <= maxExtent : extent === declared;
    });
  if (fits) return;
  const expected = `[${spec.shape.join(', ')}]`;
  const received = `[${tensor.shape.join(', ')}]`;
  throw outputInvalid(
    spec.name,
    `the shape is ${received}, the manifest declares ${expected} (-1: at most ${maxExtent}).`,
    {
      expected,
      received,
    },
  );
}

function checkSize(spec: TensorSpec, tensor: OutputTensor): void {
  const count = elementCount(tensor.shape);
  const size = ELEMENT_SIZE_BYTES[tensor.dataType];
  if (size === undefined) {
    try {
      decodeBytesElements(spec.name, tensor.data as Uint8Array, count);
    } catch {
      throw outputInvalid(spec.name, `the bytes do not hold exactly ${count} elements.`);
    }
    return;
  }
  if (tensor.data.byteLength === count * size) return;
  throw outputInvalid(spec.name, `${tensor.data.byteLength} bytes are no ${count} elements of ${tensor.dataType}.`);
}

/** A view where the bytes are aligned, else a copy. */
function elements(tensor: OutputTensor): TensorData {
  if (!(tensor.data instanceof Uint8Array)) return tensor.data;
  return toTypedArray(tensor.dataType as NumericDataType, tensor.data, { mayBorrow: true });
}

/** What makes a number of an array element; a 64-bit integer becomes the nearest FP64. */
function elementDecoder(dataType: DataTypeName): (element: number) => number {
  if (dataType === 'FP16') return decodeHalf;
  return dataType === 'BF16' ? decodeBfloat16 : Number;
}
