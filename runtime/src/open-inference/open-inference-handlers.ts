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
    ServerMetadata: unary(() => oip.serverMetadata()),
    ModelReady: unary((request) => oip.modelReady(request)),
    ModelMetadata: unary((request) => oip.modelMetadata(request)),
    ModelConfig: unary((request) => oip.modelConfig(request)),
    ModelStatistics: unary((request) => oip.modelStatistics(request)),
    ModelInfer: unary((request, context) => oip.modelInfer(request, context)),
    ModelStreamInfer: modelStreamHandler(oip, { maxInFlight: maxStreamRequestsInFlight, onError }),
    RepositoryIndex: unary((request) => oip.repositoryIndex(request)),
    RepositoryModelLoad: unary((request) => oip.repositoryModelLoad(request)),
    RepositoryModelUnload: unary((request) => oip.repositoryModelUnload(request)),
    SystemSharedMemoryStatus: unary((request) => oip.systemSharedMemoryStatus(request)),
    SystemSharedMemoryRegister: unary((request) => oip.systemSharedMemoryRegister(request)),
    SystemSharedMemoryUnregister: unary((request) => oip.systemSharedMemoryUnregister(request)),
    TraceSetting: unary((request) => oip.traceSetting(request)),
    LogSettings: unary((request) => oip.logSettings(request)),
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
