import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';

/** A parameter of a request, an input or an output, as it came. */
export type Parameter = inferenceV2.InferParameter__Output;

/** Throws DH_PARAMETER_INVALID unless the parameter is a bool_param. */
export function booleanOf(name: string, { boolParam }: Parameter): boolean {
  if (boolParam === undefined) throw wrongType(name, 'bool_param');
  return boolParam;
}

/** Throws DH_PARAMETER_INVALID unless the parameter is a string_param. */
export function textOf(name: string, { stringParam }: Parameter): string {
  if (stringParam === undefined) throw wrongType(name, 'string_param');
  return stringParam;
}

/** Throws DH_PARAMETER_INVALID unless the parameter is an int64_param of `minimum` or more. */
export function int64Of(name: string, { int64Param }: Parameter, minimum: bigint): bigint {
  if (int64Param === undefined) throw wrongType(name, 'int64_param');
  return atLeast(name, BigInt(int64Param), minimum);
}

/** As {@link int64Of}, with a uint64_param in the place of the int64_param too. */
export function integerOf(name: string, { int64Param, uint64Param }: Parameter, minimum: bigint): bigint {
  const value = int64Param ?? uint64Param;
  if (value === undefined) throw wrongType(name, 'int64_param or uint64_param');
  return atLeast(name, BigInt(value), minimum);
}

function atLeast(name: string, value: bigint, minimum: bigint): bigint {
  if (value >= minimum) return value;
  throw new DeepHealthError('DH_PARAMETER_INVALID', `invalid value for '${name}', expected value >= ${minimum}.`, {
    details: { parameter: name, expected: `at least ${minimum}`, received: String(value) },
  });
}

/** A parameter of another type than the protocol has for it, or of none that this server knows. */
export function wrongType(name: string, expected: string): DeepHealthError {
  return new DeepHealthError(
    'DH_PARAMETER_INVALID',
    `invalid value type for '${name}' parameter, expected ${expected}.`,
    { details: { parameter: name, expected } },
  );
}

/** A parameter that is reserved, or that nothing here would keep. */
export function unsupported(name: string, why: string): DeepHealthError {
  return new DeepHealthError(
    'DH_PARAMETER_UNSUPPORTED',
    `Parameter '${shorten(name)}' is not supported by this server${why}.`,
    { details: { parameter: shorten(name) } },
  );
}
