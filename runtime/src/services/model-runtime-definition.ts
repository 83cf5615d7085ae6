import { modelRuntimeService } from '@deephealth/proto';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { predictRequestDecoder, predictStreamRequestDecoder } from './predict-decoder.js';
import { predictResponseEncoder, predictStreamResponseEncoder } from './predict-encoder.js';
import { readableOr } from './unreadable-item.js';

/** `deephealth.runtime.v1.ModelRuntime` of the contract, with our own codec for the messages of predictions. */
export function modelRuntimeDefinition(): ServiceDefinition {
  const service = modelRuntimeService();
  const { Predict, PredictStream } = service;
  const definition = {
    ...service,
    Predict: {
      ...Predict,
      requestDeserialize: predictRequestDecoder(Predict.requestDeserialize),
      responseSerialize: predictResponseEncoder(Predict.responseSerialize),
    },
    PredictStream: {
      ...PredictStream,
      requestDeserialize: readableOr(predictStreamRequestDecoder(PredictStream.requestDeserialize)),
      responseSerialize: predictStreamResponseEncoder(PredictStream.responseSerialize),
    },
  };
  return definition as unknown as ServiceDefinition;
}
