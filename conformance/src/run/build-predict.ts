import type { runtimeV1 } from '@deephealth/proto';
import { type RawTensor, toContractDataType, toContractTensor } from '@deephealth/sdk';
import type { InputSpec, PredictSpec } from '../cases/case-types.js';
import { namedTensor } from '../tensors/named-tensor.js';

/** Digest of no package. */
const WRONG_DIGEST = '0'.repeat(64);

export interface BuiltPredict {
  readonly request: runtimeV1.PredictRequest;
  /** Tensors that were sent as they are, for the oracle. */
  readonly tensors: Readonly<Record<string, RawTensor>>;
}

/** @param packageSha256 of the model, as the suite wrote it */
export function buildPredict(spec: PredictSpec, packageSha256: string): BuiltPredict {
  const inputs = Array.isArray(spec.inputs)
    ? (spec.inputs as readonly InputSpec[])
    : Object.entries(spec.inputs).map(([name, tensor]): InputSpec => ({ name, tensor: tensor as string }));
  const tensors = Object.fromEntries(
    inputs.flatMap(({ name, tensor }) => (tensor === undefined ? [] : [[name, namedTensor(tensor)]])),
  );
  const digest = { right: packageSha256, wrong: WRONG_DIGEST, none: '' }[spec.expectedPackage ?? 'none'];
  return {
    tensors,
    request: {
      requestId: spec.requestId ?? '',
      modelName: spec.model,
      modelVersion: spec.version ?? '',
      expectedPackageSha256: digest,
      inputs: inputs.map(toNamedInput),
      outputs: [...(spec.outputs ?? [])],
      ...spec.fields,
    },
  };
}

function toNamedInput({ name, tensor, dataType, shape, extraBytes = 0, value }: InputSpec): runtimeV1.NamedInput {
  if (tensor === undefined) return { name, ...value };
  const raw = namedTensor(tensor);
  const extra = Number(extraBytes);
  const { data } = toContractTensor(raw);
  const bytes = Buffer.from(data as Uint8Array);
  return {
    name,
    tensor: {
      dataType: (dataType ?? toContractDataType(raw.dataType)) as never,
      shape: [...(shape ?? raw.shape)],
      data: extra < 0 ? bytes.subarray(0, extra) : Buffer.concat([bytes, Buffer.alloc(extra)]),
    },
  };
}
