import { type DataTypeName, isFloatingPoint, type RawTensor, tensorValues } from '@deephealth/sdk';
import type { Element, Value } from '../oracle/value.js';

export type NumericProfile = 'strict' | 'standard' | 'reduced';

/** How exact a result must be; `exact` is bit for bit, the sign of zero included. */
export type NumericClass = 'exact' | 'element-wise' | 'reduction' | 'matmul' | 'network';

/** Allowed error in units of the machine epsilon and the oracle's scale; see docs/conformance/numbers.md. */
export const FACTORS: Readonly<
  Record<Exclude<NumericClass, 'exact'>, { readonly strict: number; readonly standard: number }>
> = {
  'element-wise': { strict: 4, standard: 8 },
  reduction: { strict: 8, standard: 16 },
  matmul: { strict: 4, standard: 8 },
  network: { strict: 16, standard: 64 },
};

/** Distance from 1 to the next number of the type. */
export const EPSILON: Readonly<Partial<Record<DataTypeName, number>>> = {
  FP16: 2 ** -10,
  BF16: 2 ** -7,
  FP32: 2 ** -23,
  FP64: 2 ** -52,
};
/** Of a runtime that says it computes in less than the tensors hold. */
export const REDUCED_EPSILON = 2 ** -10;
/** Below the smallest normal FP32, a relative error means nothing. */
export const LEAST_SCALE = 2 ** -126;
const OFFENDERS_SHOWN = 5;

export interface Verdict {
  readonly pass: boolean;
  /** Largest error in units of the allowed one; above 1 fails. */
  readonly worst: number;
  readonly message: string;
}

/** Element by element: `|y - g| <= c eps s`, NaN for NaN, infinities and everything that is no float exactly. */
export function compareNumbers(
  actual: RawTensor,
  expected: Value,
  numericClass: NumericClass,
  profile: NumericProfile,
): Verdict {
  if (actual.dataType !== expected.dataType) return misfit(`the type is ${actual.dataType}, not ${expected.dataType}`);
  if (actual.shape.join() !== expected.shape.join())
    return misfit(`the shape is [${actual.shape}], not [${expected.shape}]`);
  let values: Element[];
  try {
    values = tensorValues(actual);
  } catch (thrown) {
    return misfit((thrown as Error).message);
  }
  const isExact = numericClass === 'exact' || !isFloatingPoint(expected.dataType);
  const errorAt = isExact ? exactError(values, expected) : scaledError(values, expected, numericClass, profile);
  let worst = 0;
  const offenders: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const error = errorAt(index);
    worst = Math.max(worst, error);
    if (error > 1 && offenders.length < OFFENDERS_SHOWN) offenders.push(index);
  }
  if (offenders.length === 0) {
    const how = isExact ? 'equal bit for bit' : `within ${worst.toPrecision(2)} of the allowed error`;
    return { pass: true, worst, message: `${values.length} elements ${how}` };
  }
  const extent = Number.isFinite(worst) ? `${worst.toPrecision(3)} times the allowed error` : 'a plain difference';
  return { pass: false, worst, message: `elements differ, the worst by ${extent}; first at ${offenders.join(', ')}` };
}

function misfit(message: string): Verdict {
  return { pass: false, worst: Number.POSITIVE_INFINITY, message };
}

function exactError(values: readonly Element[], { elements }: Value): (index: number) => number {
  return (index) => {
    const [y, g] = [values[index], elements[index]];
    if (y instanceof Uint8Array)
      return g instanceof Uint8Array && Buffer.compare(y, g) === 0 ? 0 : Number.POSITIVE_INFINITY;
    return Object.is(y, g) ? 0 : Number.POSITIVE_INFINITY;
  };
}

function scaledError(
  values: readonly Element[],
  { dataType, elements, scales }: Value,
  numericClass: Exclude<NumericClass, 'exact'>,
  profile: NumericProfile,
): (index: number) => number {
  return (index) => {
    const [y, g] = [values[index] as number, elements[index] as number];
    if (Number.isNaN(g)) return Number.isNaN(y) ? 0 : Number.POSITIVE_INFINITY;
    if (!Number.isFinite(g) || !Number.isFinite(y)) return y === g ? 0 : Number.POSITIVE_INFINITY;
    return Math.abs(y - g) / allowedError(dataType, g, scales[index] as number, numericClass, profile);
  };
}

/** `c eps s` of one finite value. */
export function allowedError(
  dataType: DataTypeName,
  value: number,
  scale: number,
  numericClass: Exclude<NumericClass, 'exact'>,
  profile: NumericProfile,
): number {
  const machine = EPSILON[dataType] as number;
  const epsilon = profile === 'reduced' ? Math.max(machine, REDUCED_EPSILON) : machine;
  const factor = FACTORS[numericClass][profile === 'strict' ? 'strict' : 'standard'];
  return factor * epsilon * Math.max(scale, Math.abs(value), LEAST_SCALE);
}
