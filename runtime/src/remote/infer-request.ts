import type { inferenceV2 } from '@deephealth/proto';
import type { RawTensor, RemoteSpec, TensorSpec } from '@deephealth/sdk';
import { toTypedContents } from './typed-contents.js';

/** How the elements of tensors travel: as little-endian bytes, or as lists of numbers. */
export type TensorEncoding = 'raw' | 'typed';

export interface InferCall {
  readonly spec: RemoteSpec;
  /** Unique, so that a reply to another request is noticed. */
  readonly id: string;
  readonly inputs: Readonly<Record<string, RawTensor>>;
  readonly outputs: readonly TensorSpec[];
}

/** The request of the protocol. Raw contents are borrowed. */
export function inferRequest(
  { spec, id, inputs, outputs }: InferCall,
  encoding: TensorEncoding,
): inferenceV2.ModelInferRequest {
  const tensors = Object.entries(inputs);
  return {
    modelName: spec.model,
    modelVersion: spec.version ?? '',
    id,
    inputs: tensors.map(([name, tensor]) => ({
      name,
      datatype: tensor.dataType,
      shape: [...tensor.shape],
      ...(encoding === 'typed' ? { contents: toTypedContents(tensor) } : {}),
    })),
    outputs: outputs.map(({ name }) => ({ name })),
    rawInputContents: encoding === 'raw' ? tensors.map(([, { data }]) => data) : [],
  };
}
