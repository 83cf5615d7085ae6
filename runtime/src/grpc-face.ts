import { modelControlService } from '@deephealth/proto';
import {
  type AccessGate,
  bindGrpcServer,
  type Caller,
  createGrpcServer,
  DeepHealthError,
  grpcAccess,
  type Http2Limits,
  hostAndPort,
  type ServerTls,
} from '@deephealth/sdk';
import {
  logVerbosity,
  type Server,
  ServerCredentials,
  type ServiceDefinition,
  setLogVerbosity,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import type { OnDenied } from './access/assert-allowed.js';
import type { Callers } from './access/callers.js';
import { METHOD_ACCESS } from './access/method-access.js';
import type { OnControl } from './audit/control-event.js';
import type { ControlTable } from './control/control-table.js';
import type { ModelControl } from './control/model-control.js';
import type { ShadowRuns } from './control/shadow-runs.js';
import type { ModelLimits } from './lifecycle/model-limits.js';
import type { RequestWatchOptions } from './observability/request-watch.js';
import type { OpenInference } from './open-inference/open-inference.js';
import { openInferenceDefinition } from './open-inference/open-inference-definition.js';
import { openInferenceHandlers } from './open-inference/open-inference-handlers.js';
import { addReflection } from './services/add-reflection.js';
import { createModelControlService } from './services/model-control-service.js';
import { modelRuntimeDefinition } from './services/model-runtime-definition.js';
import { createModelRuntimeService } from './services/model-runtime-service.js';
import { OpenStreams } from './services/open-streams.js';
import { Predictor } from './services/predictor.js';
import type { ModelStore } from './store/model-store.js';

export interface GrpcFaceOptions {
  readonly store: ModelStore;
  readonly openInference: OpenInference;
  readonly settings: {
    readonly maxMessageBytes: number;
    readonly maxTensorElements: number;
    readonly maxStreamItemsInFlight: number;
    readonly defaultDeadlineMs: number;
    readonly serverName: string;
  };
  readonly limits: ModelLimits;
  /** Limits of connections that differ from the usual ones. */
  readonly http2?: Partial<Http2Limits> | undefined;
  readonly watch: RequestWatchOptions;
  readonly control: ModelControl;
  readonly table: ControlTable;
  readonly shadows: ShadowRuns;
  readonly callers: Callers;
  /** Absent: plain text. */
  readonly tls?: ServerTls;
  /** Absent: nobody is asked who they are. */
  readonly gate?: AccessGate;
  /** Sees callers that the gate refuses. */
  readonly onRefused: (thrown: unknown, method: string, caller: Caller | undefined) => void;
  /** Whether callers may ask which services and messages there are. */
  readonly hasReflection: boolean;
  isReady(): boolean;
  readonly onControl?: OnControl | undefined;
  readonly onDenied?: OnDenied | undefined;
  onError(thrown: unknown): void;
}

export interface GrpcFace {
  readonly server: Server;
  /** Health of the server and of each service, which are ready together. */
  setHealth(status: 'SERVING' | 'NOT_SERVING'): void;
  /** Ends the streams that callers keep open, with the reason. */
  endStreams(): void;
  /** Throws DH_PORT_IN_USE. */
  bind(host: string, port: number): Promise<number>;
}

const SERVICES = [
  '',
  'deephealth.runtime.v1.ModelRuntime',
  'deephealth.runtime.v1.ModelControl',
  'inference.GRPCInferenceService',
];

/** All services on one gRPC server, with health and reflection. */
export function createGrpcFace(options: GrpcFaceOptions): GrpcFace {
  const { store, openInference, settings, limits, callers, gate, tls, onRefused, isReady, onError } = options;
  const { control, table, shadows } = options;
  const { maxMessageBytes, maxStreamItemsInFlight } = settings;
  // What goes wrong is returned as an error of ours; grpc-js would also print it in its own words.
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);
  const server = createGrpcServer({
    maxMessageBytes,
    limits: options.http2,
    ...(gate !== undefined && { interceptors: [grpcAccess({ gate, methods: METHOD_ACCESS, onRefused })] }),
  });
  const streams = new OpenStreams();
  const add = (service: ServiceDefinition, handlers: UntypedServiceImplementation) =>
    server.addService(service, streams.watched(service, handlers));
  add(
    modelRuntimeDefinition(),
    createModelRuntimeService({
      store,
      serverName: settings.serverName,
      predictor: new Predictor(store, settings, options.watch, callers, options.shadows),
      callers,
      limits: {
        ...settings,
        maxQueueLength: limits.maxQueueLength,
        runTimeoutMs: limits.runTimeoutMs,
      },
      isReady,
      onControl: options.onControl,
      onDenied: options.onDenied,
      onError,
    }) as unknown as UntypedServiceImplementation,
  );
  const chosenRequests = (name: string, version: string) => {
    const model = store.versions(name).find((one) => one.version === version);
    return model === undefined ? 0 : store.chosenRequests(model);
  };
  server.addService(
    modelControlService() as unknown as ServiceDefinition,
    createModelControlService({
      control,
      table,
      shadows,
      callers,
      chosenRequests,
      onError,
    }) as unknown as UntypedServiceImplementation,
  );
  add(
    openInferenceDefinition(),
    openInferenceHandlers(openInference, { maxStreamRequestsInFlight: maxStreamItemsInFlight, onError }),
  );
  const health = new HealthImplementation(Object.fromEntries(SERVICES.map((name) => [name, 'NOT_SERVING'])));
  health.addToServer(server);
  if (options.hasReflection) addReflection(server, [healthProto]);
  return {
    server,
    endStreams: () => streams.endAll(),
    setHealth(status) {
      for (const name of SERVICES) health.setStatus(name, status);
    },
    bind: (host, port) => bind(server, host, port, tls?.grpcCredentials() ?? ServerCredentials.createInsecure()),
  };
}

async function bind(server: Server, host: string, port: number, credentials: ServerCredentials): Promise<number> {
  try {
    return await bindGrpcServer(server, hostAndPort(host, port), credentials);
  } catch (cause) {
    throw new DeepHealthError(
      'DH_PORT_IN_USE',
      `Cannot listen on ${host} port ${port}. Another program may use it: choose another port, or 0 for a free one.`,
      { details: { port: String(port) }, cause },
    );
  }
}
