// What a request is held to before anything runs.
import type { NamedInput__Output } from './generated/deephealth/runtime/v1/NamedInput.js';
import type { PredictRequest__Output } from './generated/deephealth/runtime/v1/PredictRequest.js';
import type { Tensor__Output } from './generated/deephealth/runtime/v1/Tensor.js';
import type { ModelPackage } from './model-package.js';
import { allFinite, type Declared, ELEMENT_BYTES, type Model, type Tensor, type Tensors } from './models.js';
import { invalid, precondition, unsupported } from './refusal.js';

export const MAX_TENSOR_ELEMENTS = 2 ** 24;
const REQUEST_ID = /^[\x20-\x7e]{0,128}$/;

export function checkRequest({ requestId, sequenceContext, highlights }: PredictRequest__Output): void {
  if (!REQUEST_ID.test(requestId)) {
    throw invalid('REQUEST_ID_INVALID', 'The request id is too long or holds other characters.');
  }
  // Refused, never left aside: the caller would take the answer for more than it is.
  if (sequenceContext !== null) throw unsupported('The model keeps no state between requests.');
  if (highlights.length > 0) throw unsupported('The model declares no explanation for this output.');
}

export function checkPackage({ expectedPackageSha256 }: PredictRequest__Output, { sha256 }: ModelPackage): void {
  if (expectedPackageSha256 !== '' && expectedPackageSha256 !== sha256) {
    throw precondition('PACKAGE_DIGEST_MISMATCH', 'The package is another one than the request expects.');
  }
}

/** The tensors by name, each as the model declares it. */
export function checkInputs(model: Model, inputs: readonly NamedInput__Output[]): Tensors {
  const checked = new Map<string, Tensor>();
  for (const { name, tensor, value } of inputs) {
    const declared = model.inputs.find((one) => one.name === name);
    if (declared === undefined) {
      throw invalid('INPUT_UNKNOWN', 'The model declares no input of this name.', { input: name });
    }
    if (checked.has(name)) throw invalid('INPUT_DUPLICATE', 'The same input was sent twice.', { input: name });
    if (tensor === null || tensor === undefined) {
      const details = { input: name, expected: 'tensor', received: value ?? 'none' };
      throw invalid('INPUT_KIND_MISMATCH', 'The input is no tensor.', details);
    }
    checked.set(name, checkTensor(declared, tensor));
  }
  const missing = model.inputs.find(({ name }) => !checked.has(name));
  if (missing !== undefined) throw invalid('INPUT_MISSING', 'An input was not sent.', { input: missing.name });
  return checked;
}

function checkTensor(declared: Declared, { dataType, shape: extents, data }: Tensor__Output): Tensor {
  const { name } = declared;
  if (dataType !== declared.dataType) {
    throw invalid('TENSOR_DATATYPE_MISMATCH', 'The tensor is of another type.', { input: name });
  }
  const shape = extents.map(Number);
  const named = { input: name, expected: `[${declared.shape}]`, received: `[${extents}]` };
  const mismatch = invalid('TENSOR_SHAPE_MISMATCH', 'The tensor has another shape.', named);
  if (shape.some((extent) => extent < 0)) throw mismatch;
  // Before anything is allocated. A zero makes any product 0, so each extent is looked at, too.
  const elements = shape.reduce((product, extent) => product * extent, 1);
  if (elements > MAX_TENSOR_ELEMENTS || shape.some((extent) => extent > MAX_TENSOR_ELEMENTS)) {
    throw invalid('TENSOR_SHAPE_OVERFLOW', 'The tensor has more elements than the server allows.', { input: name });
  }
  const fits = declared.shape.every((extent, axis) => extent === -1 || extent === shape[axis]);
  if (shape.length !== declared.shape.length || !fits) throw mismatch;
  const expected = elements * ELEMENT_BYTES[declared.dataType];
  if (data.length !== expected) {
    const details = { input: name, expected: String(expected), received: String(data.length) };
    throw invalid('TENSOR_SIZE_MISMATCH', 'The bytes do not fit the shape.', details);
  }
  const tensor = { dataType: declared.dataType, shape, data };
  if (!declared.allowsNonFinite && !allFinite(tensor)) {
    throw invalid('VALUE_NOT_FINITE', 'NaN or infinity where the model does not allow it.', { input: name });
  }
  return tensor;
}

/** The outputs that were asked for, in the model's order; all if none was named. */
export function wantedOutputs({ outputs }: Model, wanted: readonly string[]): string[] {
  const names = outputs.map(({ name }) => name);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw invalid('OUTPUT_UNKNOWN', 'The model declares no output of this name.', { output: unknown });
  }
  return names.filter((name) => wanted.length === 0 || wanted.includes(name));
}
