import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  BINDING_FILE,
  type CallLogEntry,
  type ClinicalDecisionSupportAdapter,
  createClinicalDecisionSupportAdapter,
} from '@deephealth/adapter-clinical-decision-support';
import {
  type ContractFace,
  DeepHealthError,
  hostAndPort,
  isLoopback,
  type PlatformFace,
  type ServerSecurity,
  ServerTls,
  serveContractFace,
} from '@deephealth/sdk';
import type { AdapterConfig } from './adapter-config.js';
import { boundModel } from './answered-face.js';
import { gatedListener } from './cds-access.js';
import { packageFolders } from './package-folders.js';
import { connectionOf, type Surroundings } from './surroundings.js';

export interface CdsServerOptions extends Surroundings {
  readonly config: AdapterConfig;
}

export interface CdsServer {
  /** Address that clients know the service by. */
  readonly baseUrl: string;
  readonly serviceIds: readonly string[];
  /** "host:port" of the contract face, where the configuration asks for one. */
  readonly contractAddress?: string;
  readonly latestFeedback: ClinicalDecisionSupportAdapter['latestFeedback'];
  stop(): Promise<void>;
}

const DEFAULT_PORT = 8081;
const DEFAULT_STATE_FOLDER = join('.deephealth', 'cds');

/**
 * Serves CDS Hooks beside the runtime of this process. Throws DH_PORT_IN_USE, DH_INSECURE_BIND_REFUSED,
 * DH_CONFIG_INVALID, and what the packages and their bindings are refused for.
 */
export async function startClinicalDecisionSupport(options: CdsServerOptions): Promise<CdsServer> {
  const { config, log } = options;
  const { host = '127.0.0.1', port = DEFAULT_PORT, trust = { mode: 'none' } } = config;
  assertSafe(host, options);
  const packages = await packageFolders(options.models, BINDING_FILE, config.packages);
  let listener: RequestListener = (_request, response) => response.writeHead(503, { 'retry-after': '1' }).end();
  const ownTls = config.tls && (await openTls(config.tls, options));
  const tls = ownTls ?? options.security.tls;
  const server = createWebServer(tls, config, (request, response) => listener(request, response));
  const bound = await listen(server, host, port).catch((error) => {
    ownTls?.close();
    throw error;
  });
  let closeAdapter = async () => {};
  const scheme = tls === undefined ? 'http' : 'https';
  const baseUrl = config.baseUrl ?? `${scheme}://${hostAndPort(host, bound)}`;
  try {
    const {
      host: _host,
      port: _port,
      tls: _tls,
      packages: _packages,
      contractPort,
      contractHost: _contractHost,
      writeBack,
      audit,
      ...given
    } = config;
    const adapter = await createClinicalDecisionSupportAdapter({
      ...given,
      ...(writeBack === undefined ? {} : { writeBack: await withToken(writeBack) }),
      ...(audit === undefined ? {} : { audit: await withToken(audit) }),
      ...connectionOf(options),
      packages,
      baseUrl,
      trust,
      stateFolder: config.stateFolder ?? DEFAULT_STATE_FOLDER,
      log: (entry) => {
        if (entry.event === 'cds-request') void tellOfAnswer(entry, () => adapter.platformFace, options);
        const { level, event, stack, ...fields } = { stack: undefined, ...entry };
        log(level, event, { ...fields, ...(stack && { stack: stack.join(' < ') }) });
      },
    });
    closeAdapter = () => adapter.close();
    const face = contractPort === undefined ? undefined : await startContractFace(contractPort, adapter, options);
    // Platforms that the trust lists prove themselves as CDS Hooks says; where none is listed, callers of the runtime may.
    const { gate } = isTrusting(config) ? options.security : {};
    listener =
      gate === undefined
        ? adapter.listener
        : await gatedListener(adapter, { ...options.security, gate, basePath: new URL(baseUrl).pathname });
    return {
      baseUrl,
      serviceIds: adapter.serviceIds,
      latestFeedback: (...query) => adapter.latestFeedback(...query),
      ...(face && { contractAddress: face.address }),
      async stop() {
        // Calls that are under way have a deadline, and are answered.
        await Promise.all([close(server), face?.stop()]);
        await adapter.close();
        ownTls?.close();
      },
    };
  } catch (error) {
    await close(server);
    await closeAdapter();
    ownTls?.close();
    throw error;
  }
}

/** A service of CDS Hooks has answered a call. */
async function tellOfAnswer(
  { route, service, status }: CallLogEntry,
  face: () => PlatformFace,
  { onAnswered }: CdsServerOptions,
): Promise<void> {
  if (onAnswered === undefined || route !== 'call' || status !== 200 || service === undefined) return;
  const model = await boundModel(face(), service);
  if (model !== undefined) onAnswered('clinical-decision-support', model);
}

/** Reads the file before each request: whoever renews the token writes it there. Throws DH_CONFIG_INVALID. */
async function withToken<T extends { readonly accessTokenFile?: string }>({ accessTokenFile: file, ...rest }: T) {
  if (file === undefined) return rest;
  const accessToken = async () => (await readFile(file, 'utf8')).trim();
  await accessToken().catch((cause) => {
    throw new DeepHealthError('DH_CONFIG_INVALID', 'The file of "accessTokenFile" cannot be read.', {
      details: { field: 'accessTokenFile' },
      cause,
    });
  });
  return { ...rest, accessToken };
}

function startContractFace(
  port: number,
  { platformFace }: ClinicalDecisionSupportAdapter,
  options: CdsServerOptions,
): Promise<ContractFace> {
  const { security, log } = options;
  const { contractHost } = options.config;
  return serveContractFace({
    ...connectionOf(options),
    ...security,
    port,
    ...(contractHost !== undefined && { host: contractHost }),
    platform: platformFace,
    // Runs are logged by the adapter; of anything else its text may say what a log must not hold.
    onError: (thrown) => log('warn', 'contract-face', { code: DeepHealthError.from(thrown).code }),
  });
}

/** Whether no platform has to prove who it is. */
function isTrusting({ trust }: AdapterConfig): boolean {
  return trust === undefined || 'mode' in trust;
}

/** Outside of loopback, and in production, only with TLS and with clients that prove who they are. */
function assertSafe(host: string, { config, security, insecureBind, isProduction }: CdsServerOptions): void {
  const hasTls = config.tls !== undefined || security.tls !== undefined;
  const isProtected = hasTls && (!isTrusting(config) || security.gate !== undefined);
  if (isProtected || (!isProduction && (isLoopback(host) || insecureBind))) return;
  throw new DeepHealthError(
    'DH_INSECURE_BIND_REFUSED',
    'The clinical decision support service leaves loopback only with "tls", and with "trust.clients" in its configuration or "access" in the server\'s, or with --insecure-i-know behind a proxy that does both. In production it needs them on loopback, too.',
  );
}

/** Certificates of its own, which are followed when their files change. */
async function openTls(
  { certFile, keyFile }: NonNullable<AdapterConfig['tls']>,
  { log }: CdsServerOptions,
): Promise<ServerTls> {
  const files = { certificate: certFile, key: keyFile };
  const onFailed = (thrown: unknown) =>
    log('error', 'tls.reload-failed', { message: DeepHealthError.from(thrown).message });
  try {
    return await ServerTls.open(files, { onReloaded: () => log('info', 'tls.reloaded'), onFailed });
  } catch (cause) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'The files of "tls.certFile" and "tls.keyFile" cannot be read, or are no certificate with its key.',
      { details: { field: 'tls' }, cause },
    );
  }
}

function createWebServer(tls: ServerSecurity['tls'], config: AdapterConfig, listener: RequestListener): Server {
  // A client that sends its headers for ever holds a connection.
  const limits = { headersTimeout: 10_000, requestTimeout: 30_000 };
  if (tls === undefined) return createServer(limits, listener);
  const asks = config.tls?.requestCertificate === true ? { requestCert: true, rejectUnauthorized: false } : {};
  const server = createTlsServer({ ...limits, ...tls.serverOptions, ...asks }, listener);
  tls.follow(server);
  return server;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isUsed = cause.code === 'EADDRINUSE';
      reject(
        new DeepHealthError(
          isUsed ? 'DH_PORT_IN_USE' : 'DH_CONFIG_INVALID',
          isUsed
            ? `Port ${port} of the clinical decision support service is in use. Choose another one, or 0 for a free one.`
            : 'The clinical decision support service cannot listen at its "host".',
          { cause },
        ),
      );
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
