import type { MethodAccess } from './grpc-access.js';

/** What the methods of `deephealth.runtime.v1.ModelRuntime` need, on whichever server serves them. */
export const MODEL_RUNTIME_ACCESS: ReadonlyMap<string, MethodAccess> = methodAccess(
  'deephealth.runtime.v1.ModelRuntime',
  {
    GetServerInfo: 'models.read',
    ListModels: 'models.read',
    GetModel: 'models.read',
    WatchModels: 'models.read',
    LoadModel: 'models.control',
    UnloadModel: 'models.control',
    VerifyModel: 'models.control',
    Predict: 'predict',
    PredictStream: 'predict',
  },
);

/** What the methods of `deephealth.adapter.v1.PlatformAdapter` need. */
export const PLATFORM_ADAPTER_ACCESS: ReadonlyMap<string, MethodAccess> = methodAccess(
  'deephealth.adapter.v1.PlatformAdapter',
  { Describe: 'models.read', ListBindings: 'models.read', CheckHealth: 'models.read', RunBinding: 'predict' },
);

/** A table for {@link grpcAccess} from the names of a service's methods. */
export function methodAccess(
  service: string,
  methods: Readonly<Record<string, MethodAccess>>,
): ReadonlyMap<string, MethodAccess> {
  return new Map(Object.entries(methods).map(([method, access]) => [`/${service}/${method}`, access]));
}
