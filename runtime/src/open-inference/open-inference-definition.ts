import { inferenceService } from '@deephealth/proto';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { readableOr } from '../services/unreadable-item.js';
import { inferRequestDecoder, inferResponseEncoder, streamResponseEncoder } from './infer-codec.js';

/** `inference.GRPCInferenceService` of the contract, with our own codec for the messages of inference. */
export function openInferenceDefinition(): ServiceDefinition {
  const service = inferenceService();
  const { ModelInfer, ModelStreamInfer } = service;
  const definition = {
    ...service,
    ModelInfer: {
      ...ModelInfer,
      requestDeserialize: inferRequestDecoder(ModelInfer.requestDeserialize),
      responseSerialize: inferResponseEncoder(ModelInfer.responseSerialize),
    },
    ModelStreamInfer: {
      ...ModelStreamInfer,
      requestDeserialize: readableOr(inferRequestDecoder(ModelStreamInfer.requestDeserialize)),
      responseSerialize: streamResponseEncoder(ModelStreamInfer.responseSerialize),
    },
  };
  return definition as unknown as ServiceDefinition;
}
