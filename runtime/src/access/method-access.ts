import { type MethodAccess, MODEL_RUNTIME_ACCESS, methodAccess, type Permission } from '@deephealth/sdk';

const CONTROL: Readonly<Record<string, Permission>> = {
  SuspendModel: 'models.suspend',
  ResumeModel: 'models.resume',
  GetControlState: 'models.read',
  SetRollout: 'models.rollout',
};

const OPEN_INFERENCE: Readonly<Record<string, MethodAccess>> = {
  // As the health service: who watches a server has no account with it.
  ServerLive: 'open',
  ServerReady: 'open',
  ServerMetadata: 'models.read',
  ModelReady: 'models.read',
  ModelMetadata: 'models.read',
  ModelConfig: 'models.read',
  ModelStatistics: 'metrics.read',
  ModelInfer: 'predict',
  ModelStreamInfer: 'predict',
  RepositoryIndex: 'models.read',
  RepositoryModelLoad: 'models.control',
  RepositoryModelUnload: 'models.control',
  SystemSharedMemoryStatus: 'memory.share',
  SystemSharedMemoryRegister: 'memory.share',
  SystemSharedMemoryUnregister: 'memory.share',
  TraceSetting: 'settings.write',
  LogSettings: 'settings.write',
};

/** What each method of the gRPC port needs, by its path. */
export const METHOD_ACCESS: ReadonlyMap<string, MethodAccess> = new Map<string, MethodAccess>([
  ...MODEL_RUNTIME_ACCESS,
  ...methodAccess('deephealth.runtime.v1.ModelControl', CONTROL),
  ...methodAccess('inference.GRPCInferenceService', OPEN_INFERENCE),
  ...methodAccess('grpc.health.v1.Health', { Check: 'open', Watch: 'open', List: 'open' }),
  ...['v1', 'v1alpha'].flatMap((version) => [
    ...methodAccess(`grpc.reflection.${version}.ServerReflection`, { ServerReflectionInfo: 'models.read' }),
  ]),
]);
