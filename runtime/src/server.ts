import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import {
  type AccessGate,
  type Caller,
  createAccessGate,
  DEFAULT_MAX_MESSAGE_BYTES,
  DEFAULT_MAX_TENSOR_ELEMENTS,
  DeepHealthError,
  destroyHttp2Sessions,
  hostAndPort,
  RefusedCaller,
  type ServerSecurity,
  ServerTls,
} from '@deephealth/sdk';
import { describeAccelerator } from './accelerator.js';
import type { OnDenied } from './access/assert-allowed.js';
import { assertMayListen } from './access/assert-may-listen.js';
import { ASKED_NOBODY, RECOGNISED } from './access/callers.js';
import { type InnerConnection, InnerDoor } from './access/inner-door.js';
import { shorten } from './admission/admit-request.js';
import { AuditLog } from './audit/audit-log.js';
import type { OnControl } from './audit/control-event.js';
import { type FolderLock, lockFolder } from './audit/folder-lock.js';
import { recordModelStates } from './audit/record-model-states.js';
import { DEFAULT_STATE_FOLDER } from './config/server-options.js';
import { ControlFile } from './control/control-file.js';
import { ControlTable } from './control/control-table.js';
import { ModelControl } from './control/model-control.js';
import { type ShadowFigures, ShadowRuns } from './control/shadow-runs.js';
import { createGrpcFace } from './grpc-face.js';
import { type HttpServer, startHttpServer } from './http/http-server.js';
import { metricsRoute } from './http/metrics-route.js';
import { openInferenceRoutes } from './http/open-inference-routes.js';
import type { CallerConnection, ServerInside } from './inner-routes.js';
import { describeIsolation, isFullyIsolated, openIsolation } from './isolation/isolation.js';
import { DEFAULT_LIMITS } from './lifecycle/default-limits.js';
import { RunBudget } from './lifecycle/run-budget.js';
import { threadBudget } from './lifecycle/thread-budget.js';
import { type Log, silentLog } from './log.js';
import type { ModelStateSample, ShadowSample } from './observability/model-state-sample.js';
import { ObserverGroup } from './observability/observer-group.js';
import type { RequestWatchOptions } from './observability/request-watch.js';
import { RuntimeMetrics } from './observability/runtime-metrics.js';
import { createTracing } from './observability/tracing.js';
import { createOpenInference } from './open-inference/create-open-inference.js';
import { reportedSettings } from './open-inference/server-settings.js';
import { TenantRegions } from './open-inference/shared-memory/tenant-regions.js';
import { StatisticsRecorder } from './open-inference/statistics-recorder.js';
import type { RuntimeServerOptions } from './server-options.js';
import { logFailure } from './services/log-failure.js';
import { ModelStore, type ModelStoreOptions } from './store/model-store.js';
import { pollStore } from './store/poll-store.js';
import { TrustGuard } from './trust/trust-guard.js';

/** A server that runs: addresses, and the way to stop it. */
export interface RuntimeServer {
  /** Address that the server listens on for gRPC, "127.0.0.1:8500". */
  readonly address: string;
  readonly port: number;
  /** Port of HTTP; undefined where it is off. */
  readonly httpPort: number | undefined;
  readonly store: ModelStore;
  /** The audit log, where there is one: access that is denied and acts of control are recorded in it. */
  readonly audit: AuditLog | undefined;
  /** Resolves once every version was made READY or refused. */
  readonly verified: Promise<void>;
  /**
   * For an adapter of the same process: where it calls the server, and the key by which it is known.
   *
   * @param subject as in "adapter:piaf"
   */
  connectAs(subject: string): Promise<InnerConnection>;
  /** What stands between callers and the server: for the faces of others in this process, as long as it runs. */
  readonly security: ServerSecurity;
  /** Takes no new calls, lets running ones finish within the grace time, then frees everything. */
  stop(): Promise<void>;
}

// Hosts load libraries and run golden cases when they start; more at once only slows each.
const PARALLEL_VERIFICATIONS = 2;
const CLOSE_GRACE_MS = 500;

/**
 * Starts a server: binds first, so that health can be asked, then verifies the models.
 * Throws DH_STORE_UNREADABLE, DH_PORT_IN_USE, DH_INSECURE_BIND_REFUSED, DH_TRUST_STORE_INVALID, or
 * DH_CONTROL_STATE_INVALID where it cannot be known which models are stopped.
 */
export async function startRuntimeServer(options: RuntimeServerOptions): Promise<RuntimeServer> {
  const opened: Closing[] = [];
  try {
    return await start(options, opened);
  } catch (thrown) {
    // Of a start that ends half way, nothing stays open: no lock, no port, no timer.
    for (const close of opened.reverse()) await close().catch(() => undefined);
    throw thrown;
  }
}

/** Closes one thing. */
type Closing = () => Promise<unknown>;

async function start(options: RuntimeServerOptions, opened: Closing[]): Promise<RuntimeServer> {
  const log = options.log ?? silentLog;
  const host = options.host ?? '127.0.0.1';
  assertMayListen(host, options);
  const settings = {
    maxMessageBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
    maxTensorElements: options.maxTensorElements ?? DEFAULT_MAX_TENSOR_ELEMENTS,
    defaultDeadlineMs: options.defaultDeadlineMs ?? 60_000,
    drainGraceMs: options.drainGraceMs ?? 10_000,
    maxStreamItemsInFlight: options.maxStreamItemsInFlight ?? 64,
    serverName: options.serverName ?? 'deephealth-runtime',
  };
  const observer = new ObserverGroup();
  const isolation = openIsolation(options.isolation);
  const controlFile = new ControlFile(resolve(options.stateFolder ?? DEFAULT_STATE_FOLDER));
  const table = await ControlTable.open(controlFile, options.rollouts);
  const trust = options.trust && (await TrustGuard.open(options.trust, log));
  const security = await openSecurity(options, log);
  opened.push(() => security.close());
  const guards = { isolation, control: table, ...(trust && { trust }) };
  const store = createStore(options, settings.drainGraceMs, observer, guards);
  await store.scan();
  assertKnown(store, options.repository?.load ?? []);
  let isReady = false;
  let showHealth: () => void = () => undefined;
  const audit =
    options.audit &&
    (await AuditLog.open({
      ...options.audit,
      log,
      onHealth: () => showHealth(),
    }));
  if (audit !== undefined) opened.push(() => audit.close());
  const isServing = () => isReady && (audit?.isWriting ?? true);
  if (audit !== undefined) recordModelStates(store, audit);
  const statistics = new StatisticsRecorder();
  const shadows = new ShadowRuns(store, table, log);
  const metrics = new RuntimeMetrics({
    collectState: () => store.all().map(toSample),
    collectShadows: () => store.names().flatMap((name) => toShadowSample(name, shadows.figuresOf(name))),
    isolation,
    ...(audit && { collectAudit: () => audit.figures }),
  });
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
  opened.push(() => tracing.shutdown());

  const onError = (thrown: unknown) => logFailure(log, thrown);
  const sharedMemory =
    options.sharedMemory === true ? new TenantRegions({ areTenantsKeptApart: security.gate !== undefined }) : undefined;
  const watch: RequestWatchOptions = { tracing, audit, onRefused: (...event) => metrics.onRefused(...event) };
  const onControl: OnControl = async (event) => {
    await audit?.record({ kind: 'control', ...event });
    await options.onControl?.(event);
  };
  const onDenied: OnDenied = (thrown, { caller, permission, model }) => {
    const { code } = DeepHealthError.from(thrown);
    audit?.note({ kind: 'access-denied', code, action: permission, caller, ...(model !== undefined && { model }) });
  };
  const openInference = createOpenInference({
    onDenied,
    watch,
    callers: security.callers,
    settings: reportedSettings(options.tracing),
    models: store,
    repository: { load: (name) => store.load(name, ''), unload: (name) => store.unload(name, '') },
    statistics,
    ...settings,
    ...(sharedMemory && { sharedMemory }),
    versionPolicy: (name) => store.versionPolicy(name),
    isReady: isServing,
    onControl,
    shadows,
  });
  const onRefused: typeof security.onRefused = (thrown, method, caller) => {
    security.onRefused(thrown, method, caller);
    const { code } = DeepHealthError.from(thrown);
    audit?.note({ kind: 'access-denied', code, action: method, ...(caller && { caller }) });
  };
  const grpc = createGrpcFace({
    store,
    openInference,
    settings,
    watch,
    ...security,
    onRefused,
    hasReflection: options.profile !== 'production',
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    isReady: isServing,
    onControl,
    onDenied,
    control: new ModelControl({ store, table, onControl, onDenied }),
    table,
    shadows,
    http2: options.http2,
    onError,
  });
  showHealth = () => grpc.setHealth(isServing() ? 'SERVING' : 'NOT_SERVING');
  const innerDoor = new InnerDoor(grpc.server);
  opened.push(async () => grpc.server.forceShutdown());
  const port = await grpc.bind(host, options.port ?? 8500);
  const inside: ServerInside = {
    ...{ store, audit, serverName: settings.serverName, maxBodyBytes: settings.maxMessageBytes },
    hasAccessControl: security.gate !== undefined,
    figures: () => metrics.live(),
    connectFor: (caller) => connectFor(caller, security, hostAndPort(host, port), innerDoor),
  };
  const http = await startHttp(options, host, settings.maxMessageBytes, onError);
  log('info', 'server.listening', { host, port, httpPort: http?.port, accelerator: describeAccelerator() });
  log(isFullyIsolated(isolation) ? 'info' : 'warn', 'server.isolation', {
    mode: isolation.mode,
    hosts: describeIsolation(isolation),
  });

  function startHttp(
    { httpPort }: RuntimeServerOptions,
    onHost: string,
    maxBodyBytes: number,
    report: (thrown: unknown) => void,
  ): Promise<HttpServer | undefined> {
    if (httpPort === undefined) return Promise.resolve(undefined);
    const routes = [
      ...openInferenceRoutes(openInference),
      metricsRoute(() => metrics.render()),
      ...(options.innerRoutes?.(inside) ?? []),
    ];
    return startHttpServer({
      ...security,
      onRefused,
      host: onHost,
      port: httpPort,
      maxBodyBytes,
      routes,
      onError: report,
    });
  }

  let isStopping = false;
  const stopWatchingTrust = trust?.watch(() => store.recheckTrust());
  let stopPolling: () => void = () => undefined;
  const { mode = 'none', load = [], pollIntervalMs = 5000 } = options.repository ?? {};
  const atStart = mode === 'explicit' ? load : undefined;
  const verified = store.verifyAll(PARALLEL_VERIFICATIONS, atStart).then(() => {
    if (isStopping) return;
    if (mode === 'poll') stopPolling = pollStore(store, pollIntervalMs, log);
    isReady = true;
    showHealth();
    log('info', 'server.ready', { models: store.all().length });
  });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    isStopping = true;
    isReady = false;
    stopPolling();
    stopWatchingTrust?.();
    grpc.setHealth('NOT_SERVING');
    log('info', 'server.stopping');
    const closed = new Promise<void>((resolve) => grpc.server.tryShutdown(() => resolve()));
    const httpClosed = http?.close(settings.drainGraceMs);
    await store.close(settings.drainGraceMs);
    // What is still open has had its grace time; a caller that keeps its stream must not keep us.
    grpc.endStreams();
    // The wait keeps the process: connections that are only closing do not, and it would end without its last words.
    const isClosed = new AbortController();
    const grace = delay(CLOSE_GRACE_MS, undefined, { signal: isClosed.signal }).catch(() => undefined);
    await Promise.race([Promise.all([closed, httpClosed]), grace]);
    isClosed.abort();
    grpc.server.forceShutdown();
    // Not while one of them is read: Node 20 would go on with streams that are freed already.
    await turn();
    destroyHttp2Sessions(port);
    await http?.close(0);
    sharedMemory?.unregisterAll();
    await audit?.close();
    await tracing.shutdown();
    await security.close();
    await innerDoor.close();
    log('info', 'server.stopped');
  };
  const address = hostAndPort(host, port);
  return {
    address,
    port,
    httpPort: http?.port,
    store,
    audit,
    verified,
    security: {
      ...(security.tls !== undefined && { tls: security.tls }),
      ...(security.gate !== undefined && { gate: security.gate }),
      onRefused,
    },
    async connectAs(subject) {
      if (security.gate === undefined && security.tls === undefined) return { address };
      const caller: Caller = { subject, roles: ['service'], tenant: '', authentication: 'key' };
      const token = security.gate?.issueKey(caller);
      return { address: await innerDoor.address(), ...(token !== undefined && { token }) };
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** A connection as the caller: without a gate anybody's, behind TLS and a gate by the inner door. */
async function connectFor(
  caller: Caller | undefined,
  { gate, tls }: Pick<ServerSecurity, 'gate' | 'tls'>,
  address: string,
  innerDoor: InnerDoor,
): Promise<CallerConnection> {
  if (gate === undefined) {
    return { address: tls === undefined ? address : await innerDoor.address(), release: () => undefined };
  }
  const inner = await innerDoor.address();
  // Nothing that a route forgets becomes a call that may do everything.
  const token = gate.issueKey(RECOGNISED.of({ ...(caller && { caller }) }));
  return { address: inner, token, release: () => gate.withdrawKey(token) };
}

function createStore(
  options: RuntimeServerOptions,
  drainGraceMs: number,
  observer: ObserverGroup,
  guards: Pick<ModelStoreOptions, 'trust' | 'control' | 'isolation'>,
): ModelStore {
  const { models, log = silentLog, limits, versionPolicy, modelSettings, remotes } = options;
  return new ModelStore({
    // Model hosts have another working directory than the server.
    folders: models.map((folder) => resolve(folder)),
    limits: { ...DEFAULT_LIMITS, ...limits },
    budget: new RunBudget(threadBudget()),
    observer,
    log,
    drainGraceMs,
    ...guards,
    ...(versionPolicy && { versionPolicy }),
    ...(modelSettings && { modelSettings }),
    ...(remotes && { remotes }),
  });
}

function toSample(model: ReturnType<ModelStore['all']>[number]): ModelStateSample {
  const { name, version, state, queueLength, running, hosts, hostRestarts, sequences, suspension } = model;
  const isSuspended = suspension !== undefined;
  const openSequences = sequences?.size ?? 0;
  return { name, version, state, isSuspended, queueLength, running, hosts, hostRestarts, openSequences };
}

function toShadowSample(name: string, figures: ShadowFigures | undefined): ShadowSample[] {
  return figures === undefined ? [] : [{ name, ...figures }];
}

/** What stands between callers and both faces. */
async function openSecurity({ tls: files, access, stateFolder }: RuntimeServerOptions, log: Log) {
  const tls =
    files &&
    (await ServerTls.open(files, {
      onReloaded: () => log('info', 'tls.reloaded'),
      onFailed: (thrown) => log('error', 'tls.reload-failed', { message: DeepHealthError.from(thrown).message }),
    }));
  let memoryLock: FolderLock | undefined;
  let gate: AccessGate | undefined;
  try {
    const folder = resolve(stateFolder ?? DEFAULT_STATE_FOLDER);
    if (access?.tokens?.some(({ singleUse }) => singleUse === true)) memoryLock = await lockTokenMemory(folder);
    gate =
      access &&
      (await createAccessGate({
        ...access,
        stateFolder: folder,
        onFailed: (thrown) => log('error', 'access.reload-failed', { message: DeepHealthError.from(thrown).message }),
      }));
  } catch (thrown) {
    tls?.close();
    await memoryLock?.release();
    throw thrown;
  }
  return {
    ...(tls !== undefined && { tls }),
    ...(gate !== undefined && { gate }),
    callers: gate === undefined ? ASKED_NOBODY : RECOGNISED,
    /** The reason is for the operator; what the caller said of itself is not repeated. */
    onRefused(thrown: unknown, method: string, caller: Caller | undefined) {
      const error = DeepHealthError.from(thrown);
      const reason = error.cause instanceof RefusedCaller ? error.cause.reason : undefined;
      log('info', 'access.refused', { code: error.code, method, reason, subject: caller?.subject });
    },
    async close() {
      tls?.close();
      await gate?.close();
      await memoryLock?.release();
    },
  };
}

/**
 * Of two servers that remember used tokens in one folder, neither would know those of the other, and what the first
 * one remembers would be lost when the second begins the file anew.
 */
async function lockTokenMemory(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const locked = () =>
    new DeepHealthError(
      'DH_CONFIG_INVALID',
      'Another server remembers single-use tokens in this state folder. Give each server a state folder of its own, or stop the other one.',
      { details: { field: '/stateFolder' } },
    );
  return lockFolder(folder, locked);
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
