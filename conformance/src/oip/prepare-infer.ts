import type { inferenceV2 } from '@deephealth/proto';
import { type RawTensor, tensorValues } from '@deephealth/sdk';
import { namedTensor } from '../tensors/named-tensor.js';
import { writeLossless } from './lossless-json.js';
import type { InferSpec, OipInputSpec } from './oip-step.js';
import type { TargetModel } from './oip-target.js';

type Element = number | bigint | boolean | Uint8Array;
type Parameters = Readonly<Record<string, string | number | boolean>>;

/** A request that is ready for any face. */
export interface PreparedInfer {
  readonly spec: InferSpec;
  /** The target's name and version; empty for the one that it chooses. */
  readonly model: string;
  readonly version: string;
  readonly inputs: readonly PreparedInput[];
  readonly outputs: readonly string[];
  /** What was sent as it is, for the oracle, by the suite's names. */
  readonly tensors: Readonly<Record<string, RawTensor>>;
}

interface PreparedInput {
  readonly name: string;
  readonly dataType: string;
  readonly shape: readonly (number | string)[];
  readonly raw: Buffer;
  readonly elements: readonly Element[];
  readonly contentsOf: string;
}

/**
 * Field of InferTensorContents for each type; FP16 and BF16 have none. From the protocol, not from our runtime's
 * table: a fault in that one must be seen here.
 */
const CONTENTS: Readonly<Record<string, keyof inferenceV2.InferTensorContents>> = {
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

export const contentsField = (dataType: string) => CONTENTS[dataType];

/** @param version of the target's, empty for the one that it chooses */
export function prepareInfer(spec: InferSpec, target: TargetModel, version: string): PreparedInfer {
  const specs = Array.isArray(spec.inputs)
    ? (spec.inputs as readonly OipInputSpec[])
    : Object.entries(spec.inputs).map(([name, tensor]): OipInputSpec => ({ name, tensor: tensor as string }));
  const tensors = Object.fromEntries(specs.map((one) => [one.name, tensorOf(one)]));
  return {
    spec,
    model: spec.modelName ?? target.name,
    version,
    tensors,
    inputs: specs.map((one) => prepareInput(one, tensorOf(one), target)),
    outputs: (spec.outputs ?? []).map((name) => target.outputs[name] ?? name),
  };
}

function tensorOf({ name, tensor }: OipInputSpec): RawTensor {
  if (tensor === undefined) throw new RangeError(`the input "${name}" has no tensor`);
  return namedTensor(tensor);
}

function prepareInput(one: OipInputSpec, tensor: RawTensor, target: TargetModel): PreparedInput {
  const elements = tensorValues(tensor);
  const more = Number(one.extraElements ?? 0);
  const extra = Number(one.extraBytes ?? 0);
  const raw = Buffer.from(tensor.data);
  const dataType = one.dataType ?? tensor.dataType;
  return {
    name: target.inputs[one.name] ?? one.name,
    dataType,
    shape: one.shape ?? tensor.shape,
    raw: extra < 0 ? raw.subarray(0, extra) : Buffer.concat([raw, Buffer.alloc(extra)]),
    elements: more < 0 ? elements.slice(0, more) : [...elements, ...elements.slice(0, more)],
    contentsOf: one.contentsOf ?? dataType,
  };
}

/** As a message of `inference.GRPCInferenceService`. */
export function toMessage({ spec, model, version, inputs, outputs }: PreparedInfer): inferenceV2.ModelInferRequest {
  const { contents = 'raw', parameters = {} } = spec;
  const isTyped = (index: number) =>
    contents === 'typed' || contents === 'both' || (contents === 'mixed' && index === 0);
  const isRaw = (index: number) => contents === 'raw' || contents === 'both' || (contents === 'mixed' && index > 0);
  const entries = inputs.flatMap(({ raw }, index) => (isRaw(index) ? [raw] : []));
  const more = spec.extraEntries ?? 0;
  return {
    modelName: model,
    modelVersion: version,
    id: spec.id ?? '',
    parameters: toParameters(parameters.request),
    inputs: inputs.map((input, index) => ({
      name: input.name,
      datatype: input.dataType,
      shape: [...input.shape],
      parameters: toParameters(parameters.inputs),
      ...(isTyped(index) && { contents: toContents(input) }),
    })),
    outputs: outputs.map((name) => ({ name, parameters: toParameters(parameters.outputs) })),
    rawInputContents: more < 0 ? entries.slice(0, more) : [...entries, ...entries.slice(0, more)],
  };
}

function toContents({ contentsOf, elements, name }: PreparedInput): inferenceV2.InferTensorContents {
  const field = CONTENTS[contentsOf];
  if (field === undefined) throw new RangeError(`${contentsOf} of "${name}" has no typed contents`);
  const values = elements.map((one) => {
    if (one instanceof Uint8Array) return Buffer.from(one);
    if (/64Contents/.test(field) && !field.startsWith('fp')) return String(one);
    return typeof one === 'boolean' && field !== 'boolContents' ? Number(one) : one;
  });
  return { [field]: values.map((one) => (typeof one === 'bigint' ? Number(one) : one)) };
}

function toParameters(parameters: Parameters = {}): Record<string, inferenceV2.InferParameter> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      if (typeof value === 'boolean') return [name, { boolParam: value }];
      if (typeof value === 'string') return [name, { stringParam: value }];
      return [name, Number.isInteger(value) ? { int64Param: String(value) } : { doubleParam: value }];
    }),
  );
}

/** As the body of a POST, and its headers. */
export function toBody({ spec, inputs, outputs }: PreparedInfer): { headers: Record<string, string>; body: Buffer } {
  const isBinary = spec.over === 'binary';
  const { parameters = {} } = spec;
  const request = {
    ...(spec.id !== undefined && { id: spec.id }),
    ...(parameters.request !== undefined && { parameters: parameters.request }),
    inputs: inputs.map((input) => ({
      name: input.name,
      shape: input.shape,
      datatype: input.dataType,
      ...((parameters.inputs !== undefined || isBinary) && {
        parameters: { ...parameters.inputs, ...(isBinary && { binary_data_size: input.raw.byteLength }) },
      }),
      ...(!isBinary && { data: toData(input, spec.data === 'nested') }),
    })),
    ...(outputs.length > 0 && {
      outputs: outputs.map((name) => ({
        name,
        ...(parameters.outputs !== undefined && { parameters: parameters.outputs }),
      })),
    }),
  };
  const json = Buffer.from(writeLossless(request));
  if (!isBinary) return { headers: { 'content-type': 'application/json' }, body: json };
  const length = json.byteLength + (spec.extraHeaderLength ?? 0);
  return {
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(length) },
    body: Buffer.concat([json, ...inputs.map(({ raw }) => raw)]),
  };
}

function toData({ elements, shape }: PreparedInput, isNested: boolean): unknown[] {
  const flat: unknown[] = elements.map((one) => (one instanceof Uint8Array ? Buffer.from(one).toString() : one));
  if (!isNested) return flat;
  return shape
    .slice(1)
    .map(Number)
    .reduceRight(
      (parts, extent) =>
        Array.from({ length: parts.length / extent }, (_, row) => parts.slice(row * extent, (row + 1) * extent)),
      flat,
    );
}
