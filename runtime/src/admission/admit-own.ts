import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import type { Manifest } from '@deephealth/sdk';
import { type AdmittedRequest, admitRequest } from './admit-request.js';

/**
 * Sends inputs that this process has made through the same messages and the same admission as a caller's.
 * Throws what admission does, and TypeError or RangeError for values that fit no message.
 */
export function admitOwn(
  manifest: Manifest,
  inputs: readonly runtimeV1.NamedInput[],
  maxTensorElements: number,
): AdmittedRequest {
  const { Predict } = modelRuntimeService();
  const wire = Predict.requestSerialize({ inputs: [...inputs] });
  const request = Predict.requestDeserialize(wire) as runtimeV1.PredictRequest__Output;
  return admitRequest(manifest, request.inputs, [], { maxTensorElements });
}
