import { DeepHealthError } from '../errors/deephealth-error.js';
import { type DataTypeName, isFloatingPoint } from './data-type.js';
import { toTypedArray } from './tensor.js';

/**
 * Looks for NaN and infinities in little-endian floating-point bytes, without converting values:
 * an all-ones exponent is the only pattern that is not finite.
 * Throws DH_VALUE_NOT_FINITE naming the input and the index, never the value.
 */
export function checkFinite(field: string, dataType: DataTypeName, bytes: Uint8Array): void {
  if (!isFloatingPoint(dataType)) return;
  const index = firstNonFinite(dataType as 'FP16' | 'FP32' | 'FP64' | 'BF16', bytes);
  if (index < 0) return;
  throw new DeepHealthError('DH_VALUE_NOT_FINITE', `Input "${field}": element ${index} is NaN or infinite.`, {
    details: { input: field, index: String(index), expected: 'a finite value' },
  });
}

/** Index of the first element that is NaN or infinite; -1 if there is none. */
export function firstNonFinite(dataType: 'FP16' | 'FP32' | 'FP64' | 'BF16', bytes: Uint8Array): number {
  if (dataType === 'FP32' || dataType === 'FP64') {
    const values = toTypedArray(dataType, bytes, { mayBorrow: true });
    for (let i = finiteBlocks(values); i < values.length; i++) if (!Number.isFinite(values[i])) return i;
    return -1;
  }
  const exponent = dataType === 'FP16' ? 0x7c00 : 0x7f80;
  const patterns = toTypedArray(dataType, bytes, { mayBorrow: true });
  for (let i = 0; i < patterns.length; i++) if (((patterns[i] as number) & exponent) === exponent) return i;
  return -1;
}

/**
 * Elements at the beginning, in whole blocks, that are known to be finite: zero times such a value is
 * zero, and times any other it is NaN. Twice as fast as a look at each, which counts at images.
 */
function finiteBlocks(values: Float32Array | Float64Array): number {
  let i = 0;
  for (; i + 8 <= values.length; i += 8) {
    const zero =
      (values[i] as number) * 0 +
      (values[i + 1] as number) * 0 +
      (values[i + 2] as number) * 0 +
      (values[i + 3] as number) * 0 +
      (values[i + 4] as number) * 0 +
      (values[i + 5] as number) * 0 +
      (values[i + 6] as number) * 0 +
      (values[i + 7] as number) * 0;
    if (zero !== 0) break;
  }
  return i;
}

/** Throws DH_TENSOR_CONTENT_INVALID unless every BOOL byte is 0 or 1. */
export function checkBooleans(field: string, bytes: Uint8Array): void {
  const index = bytes.findIndex((byte) => byte > 1);
  if (index < 0) return;
  throw new DeepHealthError(
    'DH_TENSOR_CONTENT_INVALID',
    `Input "${field}": element ${index} of a BOOL tensor is neither 0 nor 1.`,
    {
      details: { input: field, index: String(index), expected: '0 or 1' },
    },
  );
}
