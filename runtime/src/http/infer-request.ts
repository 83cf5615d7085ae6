import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import { BinaryPart } from './binary-part.js';
import { toInferInput } from './infer-input.js';
import { toInferParameters } from './infer-parameters.js';
import {
  asArray,
  asObject,
  asString,
  field,
  onlyFields,
  optionalBoolean,
  optionalObject,
  parseJsonObject,
} from './json-fields.js';
import type { JsonObject } from './json-value.js';

/** Model and version as the path names them; the version is empty if it names none. */
export interface InferTarget {
  readonly model: string;
  readonly version: string;
}

/** A request as the message of the protocol, and what only the HTTP answer needs to know. */
export interface InferCall {
  readonly message: inferenceV2.ModelInferRequest__Output;
  /** True if the output of this name goes behind the JSON as raw bytes. */
  wantsBinary(output: string): boolean;
}

/**
 * Reads the body of an infer request: JSON of `headerLength` bytes and the binary tensors behind
 * it, or JSON alone if `headerLength` is undefined (Open Inference Protocol with the binary tensor
 * data extension). All tensors come out raw, as gRPC would carry them.
 *
 * Throws DH_REQUEST_MALFORMED, DH_TENSOR_* or DH_PARAMETER_INVALID; whether the model takes such
 * tensors is not looked at.
 */
export function parseInferRequest(target: InferTarget, body: Buffer, headerLength: number | undefined): InferCall {
  if (headerLength !== undefined && headerLength > body.byteLength) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `Header Inference-Header-Content-Length says ${headerLength} bytes of JSON, the body has ${body.byteLength} bytes.`,
      { details: { field: 'inference-header-content-length' } },
    );
  }
  const request = parseJsonObject(headerLength === undefined ? body : body.subarray(0, headerLength));
  onlyFields(request, 'body', ['id', 'parameters', 'inputs', 'outputs', 'model_name', 'model_version']);
  checkTarget(request, target);
  const parameters = optionalObject(request, 'parameters', 'parameters');
  const binary = headerLength === undefined ? undefined : new BinaryPart(body.subarray(headerLength));
  const inputs = asArray(field(request, 'inputs'), 'inputs').map((input, index) =>
    toInferInput(asObject(input, `inputs[${index}]`), `inputs[${index}]`, binary),
  );
  refuseTwice('DH_INPUT_DUPLICATE', 'input', inputs);
  binary?.assertUsedUp();
  const outputs = (field(request, 'outputs') === undefined ? [] : asArray(field(request, 'outputs'), 'outputs')).map(
    (output, index) => toOutput(asObject(output, `outputs[${index}]`), `outputs[${index}]`),
  );
  refuseTwice('DH_OUTPUT_DUPLICATE', 'output', outputs);
  const isBinaryDefault = optionalBoolean(parameters, 'binary_data_output', 'parameters') ?? false;
  const choices = new Map(outputs.map(({ name, isBinary }) => [name, isBinary]));
  const id = field(request, 'id');
  return {
    message: {
      modelName: target.model,
      modelVersion: target.version,
      id: id === undefined ? '' : asString(id, 'id'),
      parameters: toInferParameters(parameters, 'parameters', 'binary_data_output'),
      inputs: inputs.map(({ tensor }) => tensor),
      outputs: outputs.map(({ name, parameters: own }) => ({ name, parameters: own })),
      rawInputContents: inputs.flatMap(({ raw }) => (raw === undefined ? [] : [raw])),
    },
    wantsBinary: (output) => choices.get(output) ?? isBinaryDefault,
  };
}

/** Some clients repeat in the body what the path says; two answers to "which model" are none. */
function checkTarget(request: JsonObject, target: InferTarget): void {
  for (const [name, expected] of [
    ['model_name', target.model],
    ['model_version', target.version],
  ] as const) {
    const value = field(request, name);
    if (value === undefined || asString(value, name) === expected) continue;
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `Field "${name}" is not what the path of the request says. Leave it out, or send both alike.`,
      { details: { field: name } },
    );
  }
}

interface Output {
  readonly name: string;
  readonly parameters: inferenceV2.ModelInferRequest__Output['parameters'];
  /** Undefined where the output leaves it to the request. */
  readonly isBinary: boolean | undefined;
}

function toOutput(output: JsonObject, path: string): Output {
  onlyFields(output, path, ['name', 'parameters']);
  const parameters = optionalObject(output, 'parameters', `${path}.parameters`);
  return {
    name: asString(field(output, 'name'), `${path}.name`),
    parameters: toInferParameters(parameters, `${path}.parameters`, 'binary_data'),
    isBinary: optionalBoolean(parameters, 'binary_data', `${path}.parameters`),
  };
}

function refuseTwice(
  code: 'DH_INPUT_DUPLICATE' | 'DH_OUTPUT_DUPLICATE',
  what: 'input' | 'output',
  tensors: readonly { readonly name: string }[],
): void {
  const seen = new Set<string>();
  for (const { name } of tensors) {
    if (seen.has(name)) {
      throw new DeepHealthError(code, `${what} '${shorten(name)}' already exists in request`, {
        details: { [what]: shorten(name) },
      });
    }
    seen.add(name);
  }
}
