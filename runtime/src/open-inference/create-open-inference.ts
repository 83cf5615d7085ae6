import type { Caller, Permission } from '@deephealth/sdk';
import { assertAllowed, type OnDenied } from '../access/assert-allowed.js';
import { ASKED_NOBODY, type CallerContext, type Callers } from '../access/callers.js';
import { visibleModels } from '../access/visible-models.js';
import type { OnControl } from '../audit/control-event.js';
import type { ShadowRuns } from '../control/shadow-runs.js';
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
import { SystemSharedMemory } from './shared-memory/system-shared-memory.js';
import type { TenantRegions } from './shared-memory/tenant-regions.js';
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
  readonly sharedMemory?: TenantRegions;
  /** What ModelConfig reports as the policy; default all versions. */
  versionPolicy?(name: string): VersionPolicy;
  readonly settings?: ReportedSettings;
  /** Follows requests for traces and metrics; default nobody does. */
  readonly watch?: RequestWatchOptions;
  /** Hears of loads, unloads and settings; default nobody does. */
  readonly onControl?: OnControl | undefined;
  readonly onDenied?: OnDenied | undefined;
  /** Runs of versions in the shadow; default none. */
  readonly shadows?: ShadowRuns;
  /** Default: nobody is asked who they are. */
  readonly callers?: Callers;
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
    shadows: dependencies.shadows,
    callers: dependencies.callers ?? ASKED_NOBODY,
  };
  /** The repository, with every act recorded before it is done. */
  const controlled = (caller: Caller): ModelRepository => {
    const record = async (action: string, model: string) => dependencies.onControl?.({ caller, action, model });
    return {
      load: (name) => record('load', name).then(() => repository.load(name)),
      unload: (name) => record('unload', name).then(() => repository.unload(name)),
    };
  };
  const versionPolicy = (name: string) => dependencies.versionPolicy?.(name) ?? 'all';
  const { callers = ASKED_NOBODY } = dependencies;
  const permitted = (context: CallerContext, permission: Permission, model?: string) => {
    const caller = callers.of(context);
    assertAllowed(caller, permission, model, dependencies.onDenied);
    return caller;
  };
  const mine = (context: CallerContext) => systemSharedMemory.of(permitted(context, 'memory.share').tenant);
  return {
    serverLive: () => ({ live: true }),
    serverReady: () => ({ ready: dependencies.isReady() }),
    serverMetadata(context) {
      permitted(context, 'models.read');
      return {
        name: dependencies.serverName ?? 'deephealth-runtime',
        version: RUNTIME_VERSION,
        extensions: [...EXTENSIONS, ...(sharedMemory === undefined ? [] : ['system_shared_memory'])],
      };
    },
    modelReady({ name, version }, context) {
      permitted(context, 'models.read', name);
      return { ready: findModel(models, name, version).isServing };
    },
    modelMetadata(request, context) {
      permitted(context, 'models.read', request.name);
      return modelMetadata(models, request);
    },
    modelConfig(request, context) {
      permitted(context, 'models.read', request.name);
      return modelConfig(models, request, versionPolicy);
    },
    modelStatistics(request, context) {
      const caller = permitted(context, 'metrics.read', request.name === '' ? undefined : request.name);
      return modelStatistics(visibleModels(models, caller), statistics, request);
    },
    assertMayLeave: ({ modelName = '', modelVersion = '' }) => {
      const version = models.versions(modelName).find((one) => one.version === modelVersion);
      if (version?.suspension !== undefined) version.assertServing();
    },
    modelInfer: (request, context) => modelInfer(inferOptions, request, context),
    repositoryIndex: (request, context) =>
      repositoryIndex(visibleModels(models, permitted(context, 'models.read')), request),
    async repositoryModelLoad(request, context) {
      const caller = permitted(context, 'models.control', request.modelName);
      return loadModel(controlled(caller), request);
    },
    async repositoryModelUnload(request, context) {
      const caller = permitted(context, 'models.control', request.modelName);
      return unloadModel(models, controlled(caller), request);
    },
    systemSharedMemoryStatus: (request, context) => mine(context).status(request),
    systemSharedMemoryRegister: async (request, context) => mine(context).register(request),
    systemSharedMemoryUnregister: async (request, context) => mine(context).unregister(request),
    traceSetting(request, context) {
      permitted(context, 'settings.write', request.modelName === '' ? undefined : request.modelName);
      return traceSetting(models, settings, request);
    },
    logSettings(request, context) {
      permitted(context, 'settings.write');
      return logSettings(settings, request);
    },
  };
}
