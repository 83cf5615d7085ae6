import type { inferenceV2 } from '@deephealth/proto';
import {
  type DataTypeName,
  DeepHealthError,
  encodeBytesElements,
  isDataTypeName,
  type Manifest,
  type RawTensor,
  tensorFromValues,
} from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import { admitTensor } from '../admission/admit-tensor.js';

type Request = inferenceV2.ModelInferRequest__Output;
type InputTensor = NonNullable<Request['inputs']>[number];

/**
 * Checks and collects the tensors of a ModelInfer request, raw or typed, by ONNX input name.
 * Throws the error of the first thing that is wrong.
 */
export function admitInferTensors(
  manifest: Manifest,
  request: Request,
  maxElements: number,
): Record<string, RawTensor> {
  const isRaw = request.rawInputContents.length > 0;
  if (isRaw && request.rawInputContents.length !== request.inputs.length) {
    throw new DeepHealthError(
      'DH_TENSOR_CONTENT_INVALID',
      `"raw_input_contents" must hold one entry per input: expected ${request.inputs.length}, got ${request.rawInputContents.length}.`,
      {
        details: { field: 'raw_input_contents' },
      },
    );
  }
  const tensors: Record<string, RawTensor> = {};
  request.inputs.forEach((input, index) => {
    const spec = manifest.tensors.inputs.find((candidate) => candidate.name === input.name);
    if (spec === undefined) {
      const expected = manifest.tensors.inputs.map((t) => t.name).join(', ');
      throw new DeepHealthError(
        'DH_INPUT_UNKNOWN',
        `unexpected inference input '${shorten(input.name)}' for model '${manifest.name}'. It takes: ${expected}.`,
        {
          details: { input: shorten(input.name), expected },
        },
      );
    }
    if (Object.hasOwn(tensors, input.name)) {
      throw new DeepHealthError('DH_INPUT_DUPLICATE', `input '${input.name}' already exists in request`, {
        details: { input: input.name },
      });
    }
    const dataType = isDataTypeName(input.datatype) ? input.datatype : undefined;
    if (isRaw && holdsContents(input)) {
      throw new DeepHealthError(
        'DH_TENSOR_CONTENT_INVALID',
        `contents field must not be specified when using raw_input_contents for '${input.name}' for model '${manifest.name}'`,
        {
          details: { input: input.name },
        },
      );
    }
    const bytes = isRaw ? (request.rawInputContents[index] as Uint8Array) : encodeContents(input, dataType);
    tensors[input.name] = admitTensor(input.name, dataType, input.shape, bytes, spec, maxElements);
  });
  for (const { name } of manifest.tensors.inputs) {
    if (!Object.hasOwn(tensors, name)) {
      throw new DeepHealthError(
        'DH_INPUT_MISSING',
        `expected ${manifest.tensors.inputs.length} inputs but got ${request.inputs.length} inputs for model '${manifest.name}'. Missing: ${name}.`,
        {
          details: { input: name },
        },
      );
    }
  }
  checkBatch(manifest, tensors);
  return tensors;
}

/** The first extent of every batched input must be the same; else one item would lack a value. */
function checkBatch(manifest: Manifest, tensors: Readonly<Record<string, RawTensor>>): void {
  const batched = manifest.tensors.inputs.filter((spec) => spec.shape[0] === -1);
  const batch = (name: string) => tensors[name]?.shape[0];
  const [first, ...others] = batched;
  for (const { name } of others) {
    if (first === undefined || batch(name) === batch(first.name)) continue;
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_MISMATCH',
      `Inputs "${first.name}" and "${name}" hold different numbers of items.`,
      {
        details: { input: name, expected: String(batch(first.name)), received: String(batch(name)) },
      },
    );
  }
}

const CONTENTS_OF: Partial<Record<DataTypeName, keyof inferenceV2.InferTensorContents__Output>> = {
  BOOL: 'boolContents',
  INT8: 'intContents',
  INT16: 'intContents',
  INT32: 'intContents',
  INT64: 'int64Contents',
  UINT8: 'uintContents',
  UINT16: 'uintContents',
  UINT32: 'uintContents',
  UINT64: 'uint64Contents',
  FP32: 'fp32Contents',
  FP64: 'fp64Contents',
  BYTES: 'bytesContents',
};

function holdsContents(input: InputTensor): boolean {
  return Object.values(input.contents ?? {}).some((list) => Array.isArray(list) && list.length > 0);
}

/** Typed contents as the bytes that raw contents would hold. */
function encodeContents(input: InputTensor, dataType: DataTypeName | undefined): Uint8Array {
  if (dataType === undefined) return new Uint8Array();
  const field = CONTENTS_OF[dataType];
  if (field === undefined) {
    throw new DeepHealthError(
      'DH_TENSOR_CONTENT_INVALID',
      `${dataType} input '${input.name}' must be sent as raw_input_contents.`,
      { details: { input: input.name } },
    );
  }
  const list = (input.contents?.[field] ?? []) as (number | string | boolean | Buffer)[];
  if (dataType === 'BYTES') return encodeBytesElements(list as Buffer[]);
  try {
    return tensorFromValues(dataType, [list.length], list as (number | string | boolean)[]).data;
  } catch (cause) {
    throw new DeepHealthError(
      'DH_TENSOR_CONTENT_INVALID',
      `A value of input '${input.name}' does not fit ${dataType}.`,
      { details: { input: input.name, expected: dataType }, cause },
    );
  }
}
