import type { inferenceV2, runtimeV1 } from '@deephealth/proto';
import type { RandomFields } from './random-fields.js';

/** Any of the types that a tensor of these requests has. */
export function anyDataType(fields: RandomFields) {
  return fields.pick('DATA_TYPE_FP32', 'DATA_TYPE_UINT8', 'DATA_TYPE_BF16', 'DATA_TYPE_BOOL', 'DATA_TYPE_INT64');
}

/** A request of the contract whose inputs are tensors, of the form that is decoded by hand. */
export function plainPredictRequest(fields: RandomFields): runtimeV1.PredictRequest {
  return {
    requestId: fields.text(),
    modelName: fields.text(),
    modelVersion: fields.text(),
    expectedPackageSha256: fields.text(),
    inputs: fields.some(() => ({
      name: fields.text(),
      tensor: { dataType: anyDataType(fields), shape: fields.some(() => fields.extent()), data: fields.bytes() },
    })),
    outputs: fields.some(() => fields.text()),
    priority: fields.pick('PRIORITY_UNSPECIFIED', 'PRIORITY_BATCH', 'PRIORITY_ROUTINE', 'PRIORITY_STAT'),
  };
}

/** A request of the Open Inference Protocol with raw contents and no parameters, the form that is decoded by hand. */
export function plainInferRequest(fields: RandomFields): inferenceV2.ModelInferRequest {
  return {
    modelName: fields.text(),
    modelVersion: fields.text(),
    id: fields.text(),
    inputs: fields.some(() => ({
      name: fields.text(),
      datatype: fields.text(),
      shape: fields.some(() => fields.extent()),
    })),
    outputs: fields.some(() => ({ name: fields.text() })),
    rawInputContents: fields.some(() => fields.bytes()),
  };
}
