import { type DataTypeName, isFloatingPoint } from '../tensor/data-type.js';
import type { ExpectedTensor, NumericProfile } from './golden.js';

/** An element as {@link tensorValues} gives it: 16-bit floats decoded, BYTES as text or bytes. */
export type TensorElement = number | bigint | boolean | string | Uint8Array;

export interface ActualTensor {
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  readonly data: ArrayLike<TensorElement>;
}

/** Whether values agree, and the largest error in units of the allowed one. */
export interface ComparisonResult {
  readonly pass: boolean;
  /** Largest error, in units of the allowed one: at most 1 passes, Infinity is a plain difference. */
  readonly worst: number;
  /** Row-major index of that element; -1 if nothing was compared. */
  readonly worstIndex: number;
  /** Row-major indices of the first elements that fail, at most five. */
  readonly offenders: readonly number[];
  /** Why it fails: types, shapes, indices and error ratios, never a value. */
  readonly message?: string;
}

const MACHINE_EPSILON: Partial<Record<DataTypeName, number>> = {
  FP16: 2 ** -10,
  BF16: 2 ** -7,
  FP32: 2 ** -23,
  FP64: 2 ** -52,
};

/** Epsilon of a model computed in reduced precision; a type that is coarser keeps its own. */
const REDUCED_EPSILON = 2 ** -10;

const FACTORS: Readonly<Record<NumericProfile, number>> = { strict: 16, standard: 64, reduced: 64 };

/** Smallest scale: the smallest normal FP32, below which a relative error means nothing. */
const MIN_SCALE = 2 ** -126;

const OFFENDERS_SHOWN = 5;

/**
 * Compares a tensor with its golden values by the numeric policy of docs/package-format.md:
 * `|y - g| <= c * eps * s` for floats, where NaN matches NaN and an infinity only itself; everything
 * else must be equal. Type, shape and number of elements must agree first.
 */
export function compareTensor(
  actual: ActualTensor,
  expected: ExpectedTensor,
  profile: NumericProfile = 'standard',
): ComparisonResult {
  const misfit = findMisfit(actual, expected);
  if (misfit !== undefined)
    return { pass: false, worst: Number.POSITIVE_INFINITY, worstIndex: -1, offenders: [], message: misfit };

  const errorOf = isFloatingPoint(expected.dataType) ? floatError(expected, profile) : exactError(expected);
  let worst = 0;
  let worstIndex = actual.data.length === 0 ? -1 : 0;
  let failures = 0;
  const offenders: number[] = [];
  for (let i = 0; i < actual.data.length; i++) {
    const error = errorOf(actual.data[i] as TensorElement, i);
    if (error > worst) {
      worst = error;
      worstIndex = i;
    }
    if (error <= 1) continue;
    failures++;
    if (offenders.length < OFFENDERS_SHOWN) offenders.push(i);
  }
  if (failures === 0) return { pass: true, worst, worstIndex, offenders };
  const extent = Number.isFinite(worst)
    ? `${worst.toPrecision(3)} times the allowed error`
    : 'a difference that no tolerance covers';
  const message = `${failures} of ${actual.data.length} elements differ (profile ${profile}), the worst at index ${worstIndex} by ${extent}; first at ${offenders.join(', ')}.`;
  return { pass: false, worst, worstIndex, offenders, message };
}

function findMisfit(actual: ActualTensor, expected: ExpectedTensor): string | undefined {
  if (actual.dataType !== expected.dataType) return `The type is ${actual.dataType}, not ${expected.dataType}.`;
  const sameShape =
    actual.shape.length === expected.shape.length && actual.shape.every((e, axis) => e === expected.shape[axis]);
  if (!sameShape) return `The shape is [${actual.shape.join(', ')}], not [${expected.shape.join(', ')}].`;
  const count = expected.shape.reduce((product, extent) => product * extent, 1);
  if (actual.data.length !== count) return `The tensor holds ${actual.data.length} elements, its shape ${count}.`;
  if (expected.values.length !== count)
    return `The golden case holds ${expected.values.length} values, its shape ${count}.`;
  if (Array.isArray(expected.scale) && expected.scale.length !== count) {
    return `The scale of the golden case has ${expected.scale.length} values, its shape ${count}.`;
  }
  return undefined;
}

type ErrorOf = (actual: TensorElement, index: number) => number;

/** Error in units of the allowed one; Infinity where no tolerance applies. */
function floatError(expected: ExpectedTensor, profile: NumericProfile): ErrorOf {
  const machine = MACHINE_EPSILON[expected.dataType] as number;
  const epsilon = profile === 'reduced' ? Math.max(machine, REDUCED_EPSILON) : machine;
  const { scale } = expected;
  return (actual, index) => {
    const y = typeof actual === 'number' ? actual : undefined;
    const g = parseFloatReference(expected.values[index]);
    if (y === undefined || g === undefined) return Number.POSITIVE_INFINITY;
    if (Number.isNaN(g)) return Number.isNaN(y) ? 0 : Number.POSITIVE_INFINITY;
    if (!Number.isFinite(g) || !Number.isFinite(y)) return Object.is(y, g) ? 0 : Number.POSITIVE_INFINITY;
    const stated = typeof scale === 'number' ? scale : scale?.[index];
    const size = Math.max(stated ?? Math.abs(g), MIN_SCALE);
    return Math.abs(y - g) / (FACTORS[profile] * epsilon * size);
  };
}

function parseFloatReference(value: number | boolean | string | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  return undefined;
}

function exactError(expected: ExpectedTensor): ErrorOf {
  const isEqual =
    expected.dataType === 'BOOL' ? equalBooleans : expected.dataType === 'BYTES' ? equalBytes : equalIntegers;
  return (actual, index) => (isEqual(actual, expected.values[index]) ? 0 : Number.POSITIVE_INFINITY);
}

type Reference = number | boolean | string | undefined;

function equalBooleans(actual: TensorElement, expected: Reference): boolean {
  const truth = typeof actual === 'number' ? actual !== 0 : actual;
  return truth === (typeof expected === 'number' ? expected !== 0 : expected);
}

/** As exact integers: a decimal string may be beyond 2^53. */
function equalIntegers(actual: TensorElement, expected: Reference): boolean {
  const y = toInteger(actual);
  return y !== undefined && y === toInteger(expected);
}

function toInteger(value: TensorElement | undefined): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value === 'string') return /^-?[0-9]+$/.test(value) ? BigInt(value) : undefined;
  return undefined;
}

/** Byte for byte; the golden text is UTF-8. */
function equalBytes(actual: TensorElement, expected: Reference): boolean {
  if (typeof expected !== 'string') return false;
  if (typeof actual === 'string') return actual === expected;
  return actual instanceof Uint8Array && Buffer.from(expected, 'utf8').equals(actual);
}
