import type { inferenceV2 } from '@deephealth/proto';
import {
  checkByteLength,
  type DataTypeName,
  DeepHealthError,
  isDataTypeName,
  type Manifest,
  parseShape,
  type RawTensor,
  type TensorSpec,
} from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import { admitTensor } from '../admission/admit-tensor.js';
import { type SharedMemoryRegions, usableRegions } from './shared-memory/shared-memory-regions.js';
import { inputRegion, type RegionPart } from './tensor-parameters.js';
import { encodeContents, holdsContents, type InputTensor } from './typed-contents.js';
import { visibleInputs } from './visible-tensors.js';

export interface InputAdmission {
  readonly maxTensorElements: number;
  /** Undefined where shared memory is off. */
  readonly sharedMemory: SharedMemoryRegions | undefined;
}

/** Elements of the largest numeric types; BYTES in shared memory may take as much as these. */
const LARGEST_ELEMENT_BYTES = 8;

/**
 * Checks and collects the tensors of a ModelInfer request, raw, typed or in shared memory, by ONNX
 * input name. Throws the error of the first thing that is wrong.
 */
export function admitInferInputs(
  manifest: Manifest,
  request: inferenceV2.ModelInferRequest__Output,
  { maxTensorElements, sharedMemory }: InputAdmission,
): Record<string, RawTensor> {
  const specs = visibleInputs(manifest);
  const parts = request.inputs.map((input) => inputRegion(input.parameters, sharedMemory));
  const rawOf = rawContents(request, parts);
  const tensors: Record<string, RawTensor> = {};
  for (const [index, input] of request.inputs.entries()) {
    const spec = specOf(manifest, specs, input);
    if (Object.hasOwn(tensors, input.name)) {
      throw new DeepHealthError('DH_INPUT_DUPLICATE', `input '${input.name}' already exists in request`, {
        details: { input: input.name },
      });
    }
    const dataType = isDataTypeName(input.datatype) ? input.datatype : undefined;
    const part = parts[index];
    const raw = rawOf(index);
    if ((raw !== undefined || part !== undefined) && holdsContents(input)) {
      throw contentsTwice(manifest, input, part !== undefined);
    }
    const bytes =
      part === undefined
        ? (raw ?? encodeContents(input, dataType))
        : readRegion(usableRegions(sharedMemory), input, part, { dataType, spec, maxTensorElements });
    tensors[input.name] = admitTensor(input.name, dataType, input.shape, bytes, spec, maxTensorElements);
  }
  for (const { name } of specs) {
    if (!Object.hasOwn(tensors, name)) {
      throw new DeepHealthError(
        'DH_INPUT_MISSING',
        `expected ${specs.length} inputs but got ${request.inputs.length} inputs for model '${manifest.name}'. Missing: ${name}.`,
        { details: { input: name } },
      );
    }
  }
  checkBatch(specs, tensors);
  checkSequenceRows(manifest, tensors);
  return tensors;
}

/** The raw entry of an input by its index. Inputs in shared memory have none, and take no place. */
function rawContents(
  { inputs, rawInputContents }: inferenceV2.ModelInferRequest__Output,
  parts: readonly (RegionPart | undefined)[],
): (index: number) => Uint8Array | undefined {
  if (rawInputContents.length === 0) return () => undefined;
  if (rawInputContents.length === inputs.length && parts.every((part) => part === undefined)) {
    return (index) => rawInputContents[index];
  }
  const inMessage = [...inputs.keys()].filter((index) => parts[index] === undefined);
  if (rawInputContents.length !== inMessage.length) {
    throw new DeepHealthError(
      'DH_TENSOR_CONTENT_INVALID',
      `"raw_input_contents" must hold one entry per input that is not in shared memory: expected ${inMessage.length}, got ${rawInputContents.length}.`,
      { details: { field: 'raw_input_contents' } },
    );
  }
  return (index) => rawInputContents[inMessage.indexOf(index)];
}

function specOf(manifest: Manifest, specs: readonly TensorSpec[], input: InputTensor): TensorSpec {
  const spec = specs.find(({ name }) => name === input.name);
  if (spec !== undefined) return spec;
  const expected = specs.map(({ name }) => name).join(', ');
  const isState = manifest.tensors.inputs.some(({ name }) => name === input.name);
  throw new DeepHealthError(
    'DH_INPUT_UNKNOWN',
    `unexpected inference input '${shorten(input.name)}' for model '${manifest.name}'${isState ? ', whose state the server keeps' : ''}. It takes: ${expected}.`,
    { details: { input: shorten(input.name), expected } },
  );
}

function contentsTwice(manifest: Manifest, input: InputTensor, isShared: boolean): DeepHealthError {
  const message = isShared
    ? `unexpected 'content' provided when using shared memory for input tensor '${input.name}' for model '${manifest.name}'`
    : `contents field must not be specified when using raw_input_contents for '${input.name}' for model '${manifest.name}'`;
  return new DeepHealthError('DH_TENSOR_CONTENT_INVALID', message, { details: { input: input.name } });
}

/** The size is checked before anything is read, so that a caller cannot ask for more than a tensor is. */
function readRegion(
  sharedMemory: SharedMemoryRegions,
  { name, shape }: InputTensor,
  part: RegionPart,
  {
    dataType,
    spec,
    maxTensorElements,
  }: { dataType: DataTypeName | undefined; spec: TensorSpec; maxTensorElements: number },
): Uint8Array {
  // Another type is refused by its name, before its size could be wrong for the declared one.
  if (dataType !== spec.dataType) return new Uint8Array();
  checkByteLength(name, dataType, parseShape(name, shape, maxTensorElements), Number(part.byteSize));
  return sharedMemory.read(part, maxTensorElements * LARGEST_ELEMENT_BYTES);
}

/** The first extent of every batched input must be the same; else one item would lack a value. */
function checkBatch(specs: readonly TensorSpec[], tensors: Readonly<Record<string, RawTensor>>): void {
  const batch = (name: string) => tensors[name]?.shape[0];
  const [first, ...others] = specs.filter((spec) => spec.shape[0] === -1);
  for (const { name } of others) {
    if (first === undefined || batch(name) === batch(first.name)) continue;
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_MISMATCH',
      `Inputs "${first.name}" and "${name}" hold different numbers of items.`,
      { details: { input: name, expected: String(batch(first.name)), received: String(batch(name)) } },
    );
  }
}

/**
 * A sequence is one patient's, and its state starts as one row; several rows would be broadcast
 * against it and the state would become theirs.
 */
function checkSequenceRows({ tensors, sequence }: Manifest, sent: Readonly<Record<string, RawTensor>>): void {
  const isState = (name: string) => sequence?.state.some(({ input }) => input === name) === true;
  const hasRows = tensors.inputs.some(({ name, shape }) => isState(name) && shape[0] === -1);
  if (!hasRows) return;
  for (const { name, shape } of tensors.inputs) {
    const rows = sent[name]?.shape[0];
    if (isState(name) || shape[0] !== -1 || rows === 1) continue;
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_MISMATCH',
      `Input "${name}" holds ${rows} items; a request to a model that keeps state holds one item of its sequence.`,
      { details: { input: name, expected: '1', received: String(rows) } },
    );
  }
}
