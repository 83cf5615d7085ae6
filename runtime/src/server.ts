import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inferenceService, modelRuntimeService, reflectionDefinition } from '@deephealth/proto';
import {
  DEFAULT_MAX_MESSAGE_BYTES,
  DEFAULT_MAX_TENSOR_ELEMENTS,
  DeepHealthError,
  destroyHttp2Sessions,
  openHttp2Windows,
} from '@deephealth/sdk';
import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { DEFAULT_LIMITS } from './lifecycle/default-limits.js';
import type { ModelLimits } from './lifecycle/model-limits.js';
import { type Log, silentLog } from './log.js';
import { createModelRuntimeService } from './services/model-runtime-service.js';
import { createOpenInferenceService } from './services/open-inference-service.js';
import { Predictor } from './services/predictor.js';
import { ModelStore } from './store/model-store.js';

export interface RuntimeServerOptions {
  /** Store folders with `<name>/<version>/` packages. */
  readonly models: readonly string[];
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8500; 0 for a free port. */
  readonly port?: number;
  /** Allows another address than loopback without TLS and authentication. */
  readonly insecureBind?: boolean;
  /** Largest message in either direction, in bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
  readonly maxTensorElements?: number;
  readonly maxStreamItemsInFlight?: number;
  /** Deadline of a call that states none, in ms; default 60,000. */
  readonly defaultDeadlineMs?: number;
  /** Time that stop and unload wait for running work, in ms; default 10,000. */
  readonly drainGraceMs?: number;
  readonly limits?: Partial<ModelLimits>;
  readonly log?: Log;
}

export interface RuntimeServer {
  /** Address that the server listens on, "127.0.0.1:8500". */
  readonly address: string;
  readonly port: number;
  readonly store: ModelStore;
  /** Resolves once every version was made READY or refused. */
  readonly verified: Promise<void>;
  /** Takes no new calls, lets running ones finish within the grace time, then frees everything. */
  stop(): Promise<void>;
}

// Hosts load libraries and run golden cases when they start; more at once only slows each.
const PARALLEL_VERIFICATIONS = 2;
const MAX_SESSION_MEMORY_MB = 256;
const CLOSE_GRACE_MS = 500;

/**
 * Starts a server: binds first, so that health can be asked, then verifies the models.
 * Throws DH_STORE_UNREADABLE, DH_PORT_IN_USE or DH_INSECURE_BIND_REFUSED.
 */
export async function startRuntimeServer(options: RuntimeServerOptions): Promise<RuntimeServer> {
  const log = options.log ?? silentLog;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const host = options.host ?? '127.0.0.1';
  assertLoopback(host, options.insecureBind ?? false);
  const store = new ModelStore({ folders: options.models, limits, log });
  await store.scan();

  let isReady = false;
  const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  const maxTensorElements = options.maxTensorElements ?? DEFAULT_MAX_TENSOR_ELEMENTS;
  const defaultDeadlineMs = options.defaultDeadlineMs ?? 60_000;
  const drainGraceMs = options.drainGraceMs ?? 10_000;
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
  const serviceLimits = {
    maxMessageBytes,
    maxTensorElements,
    maxQueueLength: limits.maxQueueLength,
    runTimeoutMs: limits.runTimeoutMs,
    maxStreamItemsInFlight: options.maxStreamItemsInFlight ?? 64,
    drainGraceMs,
  };
  const predictor = new Predictor(store, { maxTensorElements, defaultDeadlineMs });
  server.addService(
    modelRuntimeService(),
    createModelRuntimeService({
      store,
      predictor,
      limits: serviceLimits,
      log,
      isReady: () => isReady,
    }) as unknown as UntypedServiceImplementation,
  );
  server.addService(
    inferenceService(),
    createOpenInferenceService({ store, log, maxTensorElements, defaultDeadlineMs, isReady: () => isReady }),
  );
  const health = new HealthImplementation(healthOf('NOT_SERVING'));
  health.addToServer(server);
  new ReflectionService(reflectionDefinition()).addToServer(server);

  const port = await bind(server, host, options.port ?? 8500);
  log('info', 'server.listening', { host, port });
  let isStopping = false;
  const verified = store.verifyAll(PARALLEL_VERIFICATIONS).then(() => {
    if (isStopping) return;
    isReady = true;
    for (const [name, status] of Object.entries(healthOf('SERVING'))) health.setStatus(name, status);
    log('info', 'server.ready', { models: store.all().length });
  });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    isStopping = true;
    isReady = false;
    for (const [name, status] of Object.entries(healthOf('NOT_SERVING'))) health.setStatus(name, status);
    log('info', 'server.stopping');
    const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    await store.close(drainGraceMs);
    // What is still open has had its grace time; a caller that keeps its stream must not keep us.
    await Promise.race([closed, delay(CLOSE_GRACE_MS, undefined, { ref: false })]);
    server.forceShutdown();
    destroyHttp2Sessions(port);
    log('info', 'server.stopped');
  };
  return {
    address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    port,
    store,
    verified,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Health of the server ("") and of each service, which are ready together. */
function healthOf<Status extends 'SERVING' | 'NOT_SERVING'>(status: Status): Record<string, Status> {
  return { '': status, 'deephealth.runtime.v1.ModelRuntime': status, 'inference.GRPCInferenceService': status };
}

function assertLoopback(host: string, insecureBind: boolean): void {
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (isLoopback || insecureBind) return;
  throw new DeepHealthError(
    'DH_INSECURE_BIND_REFUSED',
    'The server leaves loopback only with TLS and authentication, which this version does not have yet. Listen on 127.0.0.1, or pass --insecure-i-know on a network that you trust.',
  );
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
