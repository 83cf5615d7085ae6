import type { runtimeV1 } from '@deephealth/proto';
import { type RawTensor, toContractDataType, toContractTensor } from '@deephealth/sdk';
import type { InputSpec, PredictSpec } from '../cases/case-types.js';
import { SUITE_MODELS } from '../models/catalogue.js';
import { asReceived, type Prepared, prepareInputs } from '../oracle/prepare-inputs.js';
import { namedPicture } from '../tensors/named-picture.js';
import { namedTensor } from '../tensors/named-tensor.js';

/** Digest of no package. */
const WRONG_DIGEST = '0'.repeat(64);

export interface BuiltPredict {
  readonly request: runtimeV1.PredictRequest;
  /** Tensors that the graph gets, for the oracle; without those of inputs that are wrong. */
  readonly tensors: Readonly<Record<string, RawTensor>>;
  /** Where the samples of images and volumes lie. */
  readonly places: Prepared['places'];
}

/** @param packageSha256 of the model, as the suite wrote it */
export function buildPredict(spec: PredictSpec, packageSha256: string): BuiltPredict {
  const inputs = Array.isArray(spec.inputs)
    ? (spec.inputs as readonly InputSpec[])
    : Object.entries(spec.inputs).map(([name, tensor]): InputSpec => ({ name, tensor: tensor as string }));
  const named = inputs.map(toNamedInput);
  const digest = { right: packageSha256, wrong: WRONG_DIGEST, none: '' }[spec.expectedPackage ?? 'none'];
  return {
    ...preparedFor(spec, inputs, named),
    request: {
      requestId: spec.requestId ?? '',
      modelName: spec.model,
      modelVersion: spec.version ?? '',
      expectedPackageSha256: digest,
      inputs: named,
      outputs: [...(spec.outputs ?? [])],
      ...spec.fields,
    },
  };
}

/** What the steps of the model make of the inputs, as far as it has steps and they are right. */
function preparedFor(
  { model, version = '' }: PredictSpec,
  inputs: readonly InputSpec[],
  named: readonly runtimeV1.NamedInput[],
): Prepared {
  const versions = SUITE_MODELS.filter(({ name }) => name === model);
  const asked = version === '' ? versions.at(-1) : versions.find((one) => one.version === version);
  const specs = asked?.manifest?.inputs;
  if (specs === undefined) {
    const tensors = inputs.flatMap(({ name, tensor }) => (tensor === undefined ? [] : [[name, namedTensor(tensor)]]));
    return { tensors: Object.fromEntries(tensors), places: {} };
  }
  try {
    return prepareInputs(specs, asReceived({ inputs: [...named] }).inputs);
  } catch {
    return { tensors: {}, places: {} };
  }
}

/** Names of tensors and pictures in the places of a message where these belong. */
const NAMED: Readonly<Record<string, (name: string) => unknown>> = {
  tensor: (name) => toContractTensor(namedTensor(name)),
  samples: (name) => toContractTensor(namedTensor(name)),
  voxels: (name) => toContractTensor(namedTensor(name)),
  data: (name) => (name.endsWith('.png') ? namedPicture(name) : Buffer.from(name)),
};

function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      const named = NAMED[key];
      return [key, typeof part === 'string' && named !== undefined ? named(part) : resolved(part)];
    }),
  );
}

function toNamedInput({ name, tensor, dataType, shape, extraBytes = 0, value }: InputSpec): runtimeV1.NamedInput {
  if (tensor === undefined) return { name, ...(resolved(value) as object) };
  if (tensor.endsWith('.png')) return { name, image: { data: namedPicture(tensor), mediaType: 'image/png' } };
  const raw = namedTensor(tensor);
  const extra = Number(extraBytes);
  const { data } = toContractTensor(raw);
  const bytes = Buffer.from(data as Uint8Array);
  return {
    name,
    tensor: {
      dataType: (dataType === undefined ? toContractDataType(raw.dataType) : enumOf(dataType)) as never,
      shape: [...(shape ?? raw.shape)],
      data: extra < 0 ? bytes.subarray(0, extra) : Buffer.concat([bytes, Buffer.alloc(extra)]),
    },
  };
}

/** A name, or the number of a value that the contract does not hold. */
function enumOf(name: string): string | number {
  return /^\d+$/.test(name) ? Number(name) : name;
}
