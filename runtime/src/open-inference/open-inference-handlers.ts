import type { inferenceV2 } from '@deephealth/proto';
import { type CallContext, unaryHandler } from '@deephealth/sdk';
import type { handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { modelStreamHandler } from './model-stream-handler.js';
import type { OpenInference } from './open-inference.js';
import { cudaSharedMemory } from './shared-memory/cuda-shared-memory.js';

export interface OpenInferenceHandlerOptions {
  /** Requests of one ModelStreamInfer call that are under way at the same time. */
  readonly maxStreamRequestsInFlight: number;
  /** Sees every error that a caller gets, for the log. */
  onError(thrown: unknown): void;
}

/** `inference.GRPCInferenceService` as grpc-js takes it: nothing but the transport of {@link OpenInference}. */
export function openInferenceHandlers(
  oip: OpenInference,
  { maxStreamRequestsInFlight, onError }: OpenInferenceHandlerOptions,
): UntypedServiceImplementation {
  const unary = <Request, Response>(
    answer: (request: Request, context: CallContext) => Response | Promise<Response>,
  ): handleUnaryCall<Request, Response> => unaryHandler(answer, onError);
  const handlers: Handlers = {
    ServerLive: unary(() => oip.serverLive()),
    ServerReady: unary(() => oip.serverReady()),
    ServerMetadata: unary((_request, context) => oip.serverMetadata(context)),
    ModelReady: unary((request, context) => oip.modelReady(request, context)),
    ModelMetadata: unary((request, context) => oip.modelMetadata(request, context)),
    ModelConfig: unary((request, context) => oip.modelConfig(request, context)),
    ModelStatistics: unary((request, context) => oip.modelStatistics(request, context)),
    ModelInfer: unary((request, context) => oip.modelInfer(request, context)),
    ModelStreamInfer: modelStreamHandler(oip, { maxInFlight: maxStreamRequestsInFlight, onError }),
    RepositoryIndex: unary((request, context) => oip.repositoryIndex(request, context)),
    RepositoryModelLoad: unary((request, context) => oip.repositoryModelLoad(request, context)),
    RepositoryModelUnload: unary((request, context) => oip.repositoryModelUnload(request, context)),
    SystemSharedMemoryStatus: unary((request, context) => oip.systemSharedMemoryStatus(request, context)),
    SystemSharedMemoryRegister: unary((request, context) => oip.systemSharedMemoryRegister(request, context)),
    SystemSharedMemoryUnregister: unary((request, context) => oip.systemSharedMemoryUnregister(request, context)),
    TraceSetting: unary((request, context) => oip.traceSetting(request, context)),
    LogSettings: unary((request, context) => oip.logSettings(request, context)),
  };
  return {
    ...handlers,
    // grpc-js takes of these what the contract declares.
    CudaSharedMemoryStatus: unary(() => cudaSharedMemory.status()),
    CudaSharedMemoryRegister: unary(() => cudaSharedMemory.register()),
    CudaSharedMemoryUnregister: unary(() => cudaSharedMemory.unregister()),
  };
}

/** Every call that the contract declares, each with its own messages. */
type Handlers = {
  [Name in Exclude<
    keyof inferenceV2.GRPCInferenceServiceHandlers,
    CudaCall
  >]: inferenceV2.GRPCInferenceServiceHandlers[Name];
};
type CudaCall = `CudaSharedMemory${'Status' | 'Register' | 'Unregister'}`;
