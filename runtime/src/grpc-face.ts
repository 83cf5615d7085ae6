import { DeepHealthError, openHttp2Windows } from '@deephealth/sdk';
import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import type { ModelLimits } from './lifecycle/model-limits.js';
import type { RequestWatchOptions } from './observability/request-watch.js';
import type { OpenInference } from './open-inference/open-inference.js';
import { openInferenceDefinition } from './open-inference/open-inference-definition.js';
import { openInferenceHandlers } from './open-inference/open-inference-handlers.js';
import { addReflection } from './services/add-reflection.js';
import { modelRuntimeDefinition } from './services/model-runtime-definition.js';
import { createModelRuntimeService } from './services/model-runtime-service.js';
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
  readonly watch: RequestWatchOptions;
  isReady(): boolean;
  onError(thrown: unknown): void;
}

export interface GrpcFace {
  readonly server: Server;
  /** Health of the server and of each service, which are ready together. */
  setHealth(status: 'SERVING' | 'NOT_SERVING'): void;
  /** Throws DH_PORT_IN_USE. */
  bind(host: string, port: number): Promise<number>;
}

const MAX_SESSION_MEMORY_MB = 256;
const SERVICES = ['', 'deephealth.runtime.v1.ModelRuntime', 'inference.GRPCInferenceService'];

/** Both services on one gRPC server, with health and reflection. */
export function createGrpcFace(options: GrpcFaceOptions): GrpcFace {
  const { store, openInference, settings, limits, isReady, onError } = options;
  const { maxMessageBytes, maxStreamItemsInFlight } = settings;
  openHttp2Windows();
  // What goes wrong is returned as an error of ours; grpc-js would also print it in its own words.
  if (process.env.GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // grpc-js leaves a session's memory unbounded unless told otherwise.
    'grpc-node.max_session_memory': MAX_SESSION_MEMORY_MB,
    'grpc.enable_channelz': 0,
  });
  server.addService(
    modelRuntimeDefinition(),
    createModelRuntimeService({
      store,
      serverName: settings.serverName,
      predictor: new Predictor(store, settings, options.watch),
      limits: {
        ...settings,
        maxQueueLength: limits.maxQueueLength,
        runTimeoutMs: limits.runTimeoutMs,
      },
      isReady,
      onError,
    }) as unknown as UntypedServiceImplementation,
  );
  server.addService(
    openInferenceDefinition(),
    openInferenceHandlers(openInference, { maxStreamRequestsInFlight: maxStreamItemsInFlight, onError }),
  );
  const health = new HealthImplementation(Object.fromEntries(SERVICES.map((name) => [name, 'NOT_SERVING'])));
  health.addToServer(server);
  addReflection(server, [healthProto]);
  return {
    server,
    setHealth(status) {
      for (const name of SERVICES) health.setStatus(name, status);
    },
    bind: (host, port) => bind(server, host, port),
  };
}

function bind(server: Server, host: string, port: number): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) return resolve(bound);
      reject(
        new DeepHealthError(
          'DH_PORT_IN_USE',
          `Cannot listen on ${host} port ${port}. Another program may use it: choose another port, or 0 for a free one.`,
          {
            details: { port: String(port) },
            cause: error,
          },
        ),
      );
    });
  });
}
