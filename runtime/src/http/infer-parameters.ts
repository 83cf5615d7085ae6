import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { kind, toRecord } from './json-fields.js';
import { type JsonObject, type JsonValue, RoundedNumber } from './json-value.js';

type Parameters = Record<string, inferenceV2.InferParameter__Output>;

const NO_PARAMETERS: JsonObject = new Map();

/**
 * `parameters` of a request, an input or an output as the messages of the protocol have them: the
 * JSON type decides which kind a parameter is. `httpOnly` names what the binary tensor extension
 * has consumed already. Throws DH_PARAMETER_INVALID, or DH_REQUEST_MALFORMED for a reserved name.
 */
export function toInferParameters(object: JsonObject | undefined, path: string, httpOnly: string): Parameters {
  const rest = new Map(object ?? NO_PARAMETERS);
  rest.delete(httpOnly);
  return toRecord(rest, path, toInferParameter);
}

function toInferParameter(value: JsonValue, path: string): inferenceV2.InferParameter__Output {
  if (typeof value === 'boolean') return { boolParam: value, parameterChoice: 'boolParam' };
  if (typeof value === 'string') return { stringParam: value, parameterChoice: 'stringParam' };
  if (value instanceof RoundedNumber) return { doubleParam: value.value, parameterChoice: 'doubleParam' };
  if (typeof value === 'number' && !Number.isInteger(value)) {
    return { doubleParam: value, parameterChoice: 'doubleParam' };
  }
  if (typeof value === 'number' || typeof value === 'bigint') {
    const exact = BigInt(value);
    if (BigInt.asIntN(64, exact) === exact) return { int64Param: String(exact), parameterChoice: 'int64Param' };
    if (BigInt.asUintN(64, exact) === exact) return { uint64Param: String(exact), parameterChoice: 'uint64Param' };
    throw invalid(path, 'a whole number of more than 64 bits');
  }
  throw invalid(path, kind(value));
}

/** A parameter as a JSON value, 64-bit integers exactly; undefined if it holds nothing. */
export function fromInferParameter(
  parameter: inferenceV2.InferParameter,
): boolean | bigint | number | string | undefined {
  const { boolParam, int64Param, uint64Param, doubleParam, stringParam } = parameter;
  const integer = int64Param ?? uint64Param;
  if (integer !== undefined) return BigInt(String(integer));
  return boolParam ?? (doubleParam === undefined ? undefined : Number(doubleParam)) ?? stringParam;
}

function invalid(path: string, received: string): DeepHealthError {
  const expected = 'a boolean, a 64-bit whole number, a number or a text';
  return new DeepHealthError('DH_PARAMETER_INVALID', `Parameter "${path}" must be ${expected}, got ${received}.`, {
    details: { parameter: path, expected, received },
  });
}
