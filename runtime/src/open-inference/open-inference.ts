import type { inferenceV2 } from '@deephealth/proto';
import type { CallContext } from '@deephealth/sdk';
import type { CallerContext } from '../access/callers.js';

/**
 * The Open Inference Protocol with Triton's extensions, free of any transport: gRPC and HTTP both
 * call it with the messages of `inference.GRPCInferenceService`. Every method throws a
 * DeepHealthError for a request that it refuses, DH_PERMISSION_DENIED among them: what a caller may do is asked here,
 * whatever the face.
 */
export interface OpenInference {
  serverLive(): inferenceV2.ServerLiveResponse;
  serverReady(): inferenceV2.ServerReadyResponse;
  serverMetadata(context: CallerContext): inferenceV2.ServerMetadataResponse;
  modelReady(request: inferenceV2.ModelReadyRequest__Output, context: CallerContext): inferenceV2.ModelReadyResponse;
  modelMetadata(
    request: inferenceV2.ModelMetadataRequest__Output,
    context: CallerContext,
  ): inferenceV2.ModelMetadataResponse;
  modelConfig(request: inferenceV2.ModelConfigRequest__Output, context: CallerContext): inferenceV2.ModelConfigResponse;
  modelStatistics(
    request: inferenceV2.ModelStatisticsRequest__Output,
    context: CallerContext,
  ): inferenceV2.ModelStatisticsResponse;
  /** Throws DH_MODEL_SUSPENDED for an answer of a version that was stopped since it was given. */
  assertMayLeave(response: inferenceV2.ModelInferResponse): void;
  /** Raw output contents always; never typed ones. */
  modelInfer(
    request: inferenceV2.ModelInferRequest__Output,
    context: CallContext,
  ): Promise<inferenceV2.ModelInferResponse>;
  repositoryIndex(
    request: inferenceV2.RepositoryIndexRequest__Output,
    context: CallerContext,
  ): inferenceV2.RepositoryIndexResponse;
  repositoryModelLoad(
    request: inferenceV2.RepositoryModelLoadRequest__Output,
    context: CallerContext,
  ): Promise<inferenceV2.RepositoryModelLoadResponse>;
  repositoryModelUnload(
    request: inferenceV2.RepositoryModelUnloadRequest__Output,
    context: CallerContext,
  ): Promise<inferenceV2.RepositoryModelUnloadResponse>;
  systemSharedMemoryStatus(
    request: inferenceV2.SystemSharedMemoryStatusRequest__Output,
    context: CallerContext,
  ): inferenceV2.SystemSharedMemoryStatusResponse;
  systemSharedMemoryRegister(
    request: inferenceV2.SystemSharedMemoryRegisterRequest__Output,
    context: CallerContext,
  ): Promise<inferenceV2.SystemSharedMemoryRegisterResponse>;
  systemSharedMemoryUnregister(
    request: inferenceV2.SystemSharedMemoryUnregisterRequest__Output,
    context: CallerContext,
  ): Promise<inferenceV2.SystemSharedMemoryUnregisterResponse>;
  traceSetting(
    request: inferenceV2.TraceSettingRequest__Output,
    context: CallerContext,
  ): inferenceV2.TraceSettingResponse;
  logSettings(request: inferenceV2.LogSettingsRequest__Output, context: CallerContext): inferenceV2.LogSettingsResponse;
}
