import { type RequestWatchOptions, UNWATCHED } from '../observability/request-watch.js';
import type { VersionPolicy } from '../store/version-policy.js';
import { RUNTIME_VERSION } from '../version.js';
import { findModel } from './find-model.js';
import { modelConfig } from './model-config.js';
import { modelInfer } from './model-infer.js';
import { modelMetadata } from './model-metadata.js';
import { modelStatistics } from './model-statistics.js';
import type { OpenInference } from './open-inference.js';
import { loadModel, unloadModel } from './repository-control.js';
import { repositoryIndex } from './repository-index.js';
import type { ModelLookup, ModelRepository } from './served-model.js';
import { logSettings, type ReportedSettings, traceSetting } from './server-settings.js';
import type { SharedMemoryRegions } from './shared-memory/shared-memory-regions.js';
import { SystemSharedMemory } from './shared-memory/system-shared-memory.js';
import type { StatisticsRecorder } from './statistics-recorder.js';

export interface OpenInferenceDependencies {
  readonly models: ModelLookup;
  readonly repository: ModelRepository;
  /** Hears of every run; also to be given to the models as an observer. */
  readonly statistics: StatisticsRecorder;
  readonly maxTensorElements: number;
  readonly defaultDeadlineMs: number;
  /** True once every version was made READY or refused. */
  isReady(): boolean;
  /** Default "deephealth-runtime". */
  readonly serverName?: string;
  /** Left out, shared memory is off. The owner unregisters all regions when the server stops. */
  readonly sharedMemory?: SharedMemoryRegions;
  /** What ModelConfig reports as the policy; default all versions. */
  versionPolicy?(name: string): VersionPolicy;
  readonly settings?: ReportedSettings;
  /** Follows requests for traces and metrics; default nobody does. */
  readonly watch?: RequestWatchOptions;
}

/** Extensions of Triton that ServerMetadata announces; each is implemented whole. */
const EXTENSIONS = [
  'classification',
  'sequence',
  'model_repository',
  'model_repository(unload_dependents)',
  'schedule_policy',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
];

/** The Open Inference Protocol over the given models. */
export function createOpenInference(dependencies: OpenInferenceDependencies): OpenInference {
  const { models, repository, statistics, sharedMemory, settings = {} } = dependencies;
  const systemSharedMemory = new SystemSharedMemory(sharedMemory);
  const inferOptions = {
    models,
    maxTensorElements: dependencies.maxTensorElements,
    defaultDeadlineMs: dependencies.defaultDeadlineMs,
    sharedMemory,
    watch: dependencies.watch ?? UNWATCHED,
  };
  const versionPolicy = (name: string) => dependencies.versionPolicy?.(name) ?? 'all';
  return {
    serverLive: () => ({ live: true }),
    serverReady: () => ({ ready: dependencies.isReady() }),
    serverMetadata: () => ({
      name: dependencies.serverName ?? 'deephealth-runtime',
      version: RUNTIME_VERSION,
      extensions: [...EXTENSIONS, ...(sharedMemory === undefined ? [] : ['system_shared_memory'])],
    }),
    modelReady: ({ name, version }) => ({ ready: findModel(models, name, version).isServing }),
    modelMetadata: (request) => modelMetadata(models, request),
    modelConfig: (request) => modelConfig(models, request, versionPolicy),
    modelStatistics: (request) => modelStatistics(models, statistics, request),
    modelInfer: (request, context) => modelInfer(inferOptions, request, context),
    repositoryIndex: (request) => repositoryIndex(models, request),
    repositoryModelLoad: (request) => loadModel(repository, request),
    repositoryModelUnload: (request) => unloadModel(models, repository, request),
    systemSharedMemoryStatus: (request) => systemSharedMemory.status(request),
    systemSharedMemoryRegister: (request) => systemSharedMemory.register(request),
    systemSharedMemoryUnregister: (request) => systemSharedMemory.unregister(request),
    traceSetting: (request) => traceSetting(models, settings, request),
    logSettings: (request) => logSettings(settings, request),
  };
}
