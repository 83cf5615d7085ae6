import type { inferenceV2 } from '@deephealth/proto';
import type { CallContext } from '@deephealth/sdk';

/**
 * The Open Inference Protocol with Triton's extensions, free of any transport: gRPC and HTTP both
 * call it with the messages of `inference.GRPCInferenceService`. Every method throws a
 * DeepHealthError for a request that it refuses.
 */
export interface OpenInference {
  serverLive(): inferenceV2.ServerLiveResponse;
  serverReady(): inferenceV2.ServerReadyResponse;
  serverMetadata(): inferenceV2.ServerMetadataResponse;
  modelReady(request: inferenceV2.ModelReadyRequest__Output): inferenceV2.ModelReadyResponse;
  modelMetadata(request: inferenceV2.ModelMetadataRequest__Output): inferenceV2.ModelMetadataResponse;
  modelConfig(request: inferenceV2.ModelConfigRequest__Output): inferenceV2.ModelConfigResponse;
  modelStatistics(request: inferenceV2.ModelStatisticsRequest__Output): inferenceV2.ModelStatisticsResponse;
  /** Raw output contents always; never typed ones. */
  modelInfer(
    request: inferenceV2.ModelInferRequest__Output,
    context: CallContext,
  ): Promise<inferenceV2.ModelInferResponse>;
  repositoryIndex(request: inferenceV2.RepositoryIndexRequest__Output): inferenceV2.RepositoryIndexResponse;
  repositoryModelLoad(
    request: inferenceV2.RepositoryModelLoadRequest__Output,
  ): Promise<inferenceV2.RepositoryModelLoadResponse>;
  repositoryModelUnload(
    request: inferenceV2.RepositoryModelUnloadRequest__Output,
  ): Promise<inferenceV2.RepositoryModelUnloadResponse>;
  systemSharedMemoryStatus(
    request: inferenceV2.SystemSharedMemoryStatusRequest__Output,
  ): inferenceV2.SystemSharedMemoryStatusResponse;
  systemSharedMemoryRegister(
    request: inferenceV2.SystemSharedMemoryRegisterRequest__Output,
  ): Promise<inferenceV2.SystemSharedMemoryRegisterResponse>;
  systemSharedMemoryUnregister(
    request: inferenceV2.SystemSharedMemoryUnregisterRequest__Output,
  ): Promise<inferenceV2.SystemSharedMemoryUnregisterResponse>;
  traceSetting(request: inferenceV2.TraceSettingRequest__Output): inferenceV2.TraceSettingResponse;
  logSettings(request: inferenceV2.LogSettingsRequest__Output): inferenceV2.LogSettingsResponse;
}
