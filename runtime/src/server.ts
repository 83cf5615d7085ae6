import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import {
  DEFAULT_MAX_MESSAGE_BYTES,
  DEFAULT_MAX_TENSOR_ELEMENTS,
  DeepHealthError,
  destroyHttp2Sessions,
} from '@deephealth/sdk';
import { describeAccelerator } from './accelerator.js';
import { shorten } from './admission/admit-request.js';
import { createGrpcFace } from './grpc-face.js';
import { type HttpServer, startHttpServer } from './http/http-server.js';
import { metricsRoute } from './http/metrics-route.js';
import { openInferenceRoutes } from './http/open-inference-routes.js';
import { DEFAULT_LIMITS } from './lifecycle/default-limits.js';
import { RunBudget } from './lifecycle/run-budget.js';
import { threadBudget } from './lifecycle/thread-budget.js';
import { silentLog } from './log.js';
import type { ModelStateSample } from './observability/model-state-sample.js';
import { ObserverGroup } from './observability/observer-group.js';
import type { RequestWatchOptions } from './observability/request-watch.js';
import { RuntimeMetrics } from './observability/runtime-metrics.js';
import { createTracing } from './observability/tracing.js';
import { createOpenInference } from './open-inference/create-open-inference.js';
import { reportedSettings } from './open-inference/server-settings.js';
import { SharedMemoryRegions } from './open-inference/shared-memory/shared-memory-regions.js';
import { StatisticsRecorder } from './open-inference/statistics-recorder.js';
import type { RuntimeServerOptions } from './server-options.js';
import { logFailure } from './services/log-failure.js';
import { ModelStore } from './store/model-store.js';
import { pollStore } from './store/poll-store.js';

export interface RuntimeServer {
  /** Address that the server listens on for gRPC, "127.0.0.1:8500". */
  readonly address: string;
  readonly port: number;
  /** Port of HTTP; undefined where it is off. */
  readonly httpPort: number | undefined;
  readonly store: ModelStore;
  /** Resolves once every version was made READY or refused. */
  readonly verified: Promise<void>;
  /** Takes no new calls, lets running ones finish within the grace time, then frees everything. */
  stop(): Promise<void>;
}

// Hosts load libraries and run golden cases when they start; more at once only slows each.
const PARALLEL_VERIFICATIONS = 2;
const CLOSE_GRACE_MS = 500;

/**
 * Starts a server: binds first, so that health can be asked, then verifies the models.
 * Throws DH_STORE_UNREADABLE, DH_PORT_IN_USE or DH_INSECURE_BIND_REFUSED.
 */
export async function startRuntimeServer(options: RuntimeServerOptions): Promise<RuntimeServer> {
  const log = options.log ?? silentLog;
  const host = options.host ?? '127.0.0.1';
  assertLoopback(host, options.insecureBind ?? false);
  const settings = {
    maxMessageBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
    maxTensorElements: options.maxTensorElements ?? DEFAULT_MAX_TENSOR_ELEMENTS,
    defaultDeadlineMs: options.defaultDeadlineMs ?? 60_000,
    drainGraceMs: options.drainGraceMs ?? 10_000,
    maxStreamItemsInFlight: options.maxStreamItemsInFlight ?? 64,
    serverName: options.serverName ?? 'deephealth-runtime',
  };
  const observer = new ObserverGroup();
  const store = createStore(options, settings.drainGraceMs, observer);
  await store.scan();
  assertKnown(store, options.repository?.load ?? []);
  const statistics = new StatisticsRecorder();
  const metrics = new RuntimeMetrics({ collectState: () => store.all().map(toSample) });
  store.on('removed', (model) => {
    const isBack = store.versions(model.name).some(({ version }) => version === model.version);
    if (!isBack) statistics.forget(model);
  });
  observer.add(statistics);
  observer.add(metrics);
  const tracing = await createTracing({
    serviceName: settings.serverName,
    ...options.tracing,
    onExportFailing: () => log('warn', 'tracing.export-failing'),
  });

  let isReady = false;
  const onError = (thrown: unknown) => logFailure(log, thrown);
  const sharedMemory = options.sharedMemory === true ? new SharedMemoryRegions() : undefined;
  const watch: RequestWatchOptions = { tracing, onRefused: (...event) => metrics.onRefused(...event) };
  const openInference = createOpenInference({
    watch,
    settings: reportedSettings(options.tracing),
    models: store,
    repository: { load: (name) => store.load(name, ''), unload: (name) => store.unload(name, '') },
    statistics,
    ...settings,
    ...(sharedMemory && { sharedMemory }),
    versionPolicy: (name) => store.versionPolicy(name),
    isReady: () => isReady,
  });
  const grpc = createGrpcFace({
    store,
    openInference,
    settings,
    watch,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    isReady: () => isReady,
    onError,
  });
  const port = await grpc.bind(host, options.port ?? 8500);
  let http: HttpServer | undefined;
  try {
    http = await startHttp(options, host, settings.maxMessageBytes, onError);
  } catch (thrown) {
    grpc.server.forceShutdown();
    throw thrown;
  }
  log('info', 'server.listening', { host, port, httpPort: http?.port, accelerator: describeAccelerator() });

  function startHttp(
    { httpPort }: RuntimeServerOptions,
    onHost: string,
    maxBodyBytes: number,
    report: (thrown: unknown) => void,
  ): Promise<HttpServer | undefined> {
    if (httpPort === undefined) return Promise.resolve(undefined);
    const routes = [...openInferenceRoutes(openInference), metricsRoute(() => metrics.render())];
    return startHttpServer({ host: onHost, port: httpPort, maxBodyBytes, routes, onError: report });
  }

  let isStopping = false;
  let stopPolling: () => void = () => undefined;
  const { mode = 'none', load = [], pollIntervalMs = 5000 } = options.repository ?? {};
  const atStart = mode === 'explicit' ? load : undefined;
  const verified = store.verifyAll(PARALLEL_VERIFICATIONS, atStart).then(() => {
    if (isStopping) return;
    if (mode === 'poll') stopPolling = pollStore(store, pollIntervalMs, log);
    isReady = true;
    grpc.setHealth('SERVING');
    log('info', 'server.ready', { models: store.all().length });
  });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    isStopping = true;
    isReady = false;
    stopPolling();
    grpc.setHealth('NOT_SERVING');
    log('info', 'server.stopping');
    const closed = new Promise<void>((resolve) => grpc.server.tryShutdown(() => resolve()));
    const httpClosed = http?.close(settings.drainGraceMs);
    await store.close(settings.drainGraceMs);
    // What is still open has had its grace time; a caller that keeps its stream must not keep us.
    await Promise.race([Promise.all([closed, httpClosed]), delay(CLOSE_GRACE_MS, undefined, { ref: false })]);
    grpc.server.forceShutdown();
    // Not while one of them is read: Node 20 would go on with streams that are freed already.
    await turn();
    destroyHttp2Sessions(port);
    await http?.close(0);
    sharedMemory?.unregisterAll();
    await tracing.shutdown();
    log('info', 'server.stopped');
  };
  return {
    address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    port,
    httpPort: http?.port,
    store,
    verified,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function createStore(options: RuntimeServerOptions, drainGraceMs: number, observer: ObserverGroup): ModelStore {
  const { models, log = silentLog, limits, versionPolicy, modelSettings, remotes } = options;
  return new ModelStore({
    // Model hosts have another working directory than the server.
    folders: models.map((folder) => resolve(folder)),
    limits: { ...DEFAULT_LIMITS, ...limits },
    budget: new RunBudget(threadBudget()),
    observer,
    log,
    drainGraceMs,
    ...(versionPolicy && { versionPolicy }),
    ...(modelSettings && { modelSettings }),
    ...(remotes && { remotes }),
  });
}

function toSample(model: ReturnType<ModelStore['all']>[number]): ModelStateSample {
  const { name, version, state, queueLength, running, hosts, hostRestarts, sequences } = model;
  return { name, version, state, queueLength, running, hosts, hostRestarts, openSequences: sequences?.size ?? 0 };
}

function assertLoopback(host: string, insecureBind: boolean): void {
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (isLoopback || insecureBind) return;
  throw new DeepHealthError(
    'DH_INSECURE_BIND_REFUSED',
    'The server leaves loopback only with TLS and authentication, which this version does not have yet. Listen on 127.0.0.1, or pass --insecure-i-know on a network that you trust.',
  );
}

/** Throws DH_CONFIG_INVALID for a model to be loaded that no store holds. */
function assertKnown(store: ModelStore, names: readonly string[]): void {
  const unknown = names.filter((name) => store.versions(name).length === 0);
  if (unknown.length === 0) return;
  throw new DeepHealthError(
    'DH_CONFIG_INVALID',
    `Setting "repository.load" names ${unknown.map((name) => `"${shorten(name)}"`).join(', ')}, and no store holds such a model. The stores hold: ${store.names().join(', ') || 'nothing'}.`,
    { details: { field: '/repository/load', expected: store.names().join(', ') } },
  );
}
