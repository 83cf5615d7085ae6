import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, isIP } from 'node:net';
import { join } from 'node:path';
import {
  BINDING_FILE,
  type ClinicalDecisionSupportAdapter,
  createClinicalDecisionSupportAdapter,
} from '@deephealth/adapter-clinical-decision-support';
import type { Log } from '@deephealth/runtime';
import { type ContractFace, DeepHealthError, serveContractFace } from '@deephealth/sdk';
import type { AdapterConfig } from './adapter-config.js';
import { packageFolders } from './package-folders.js';

export interface CdsServerOptions {
  readonly config: AdapterConfig;
  /** "host:port" of the runtime. */
  readonly runtime: string;
  /** Model stores. */
  readonly models: readonly string[];
  readonly insecureBind: boolean;
  readonly log: Log;
}

export interface CdsServer {
  /** Address that clients know the service by. */
  readonly baseUrl: string;
  readonly serviceIds: readonly string[];
  /** "host:port" of the contract face, where the configuration asks for one. */
  readonly contractAddress?: string;
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
  assertSafe(host, config, options.insecureBind);
  const packages = await packageFolders(options.models, BINDING_FILE, config.packages);
  let listener: RequestListener = (_request, response) => response.writeHead(503, { 'retry-after': '1' }).end();
  const server = await createWebServer(config, (request, response) => listener(request, response));
  const bound = await listen(server, host, port);
  let closeAdapter = async () => {};
  const scheme = config.tls === undefined ? 'http' : 'https';
  const baseUrl = config.baseUrl ?? `${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${bound}`;
  try {
    const {
      host: _host,
      port: _port,
      tls: _tls,
      packages: _packages,
      contractPort,
      writeBack,
      audit,
      ...given
    } = config;
    const adapter = await createClinicalDecisionSupportAdapter({
      ...given,
      ...(writeBack === undefined ? {} : { writeBack: await withToken(writeBack) }),
      ...(audit === undefined ? {} : { audit: await withToken(audit) }),
      runtime: options.runtime,
      packages,
      baseUrl,
      trust,
      stateFolder: config.stateFolder ?? DEFAULT_STATE_FOLDER,
      log: (entry) => {
        const { level, event, stack, ...fields } = { stack: undefined, ...entry };
        log(level, event, { ...fields, ...(stack && { stack: stack.join(' < ') }) });
      },
    });
    closeAdapter = () => adapter.close();
    const face = contractPort === undefined ? undefined : await startContractFace(contractPort, adapter, options);
    listener = adapter.listener;
    return {
      baseUrl,
      serviceIds: adapter.serviceIds,
      ...(face && { contractAddress: face.address }),
      async stop() {
        // Calls that are under way have a deadline, and are answered.
        await Promise.all([close(server), face?.stop()]);
        await adapter.close();
      },
    };
  } catch (error) {
    await close(server);
    await closeAdapter();
    throw error;
  }
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

/** On loopback alone: whoever is on this machine may ask the runtime, and proves who it is where a service is run. */
function startContractFace(
  port: number,
  { platformFace }: ClinicalDecisionSupportAdapter,
  { runtime, log }: CdsServerOptions,
): Promise<ContractFace> {
  return serveContractFace({
    runtime,
    port,
    platform: platformFace,
    // Runs are logged by the adapter; of anything else its text may say what a log must not hold.
    onError: (thrown) => log('warn', 'contract-face', { code: DeepHealthError.from(thrown).code }),
  });
}

/** Outside of loopback only with TLS and with clients that prove who they are, or if it is demanded. */
function assertSafe(host: string, { tls, trust }: AdapterConfig, insecureBind: boolean): void {
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  const isTrusting = trust === undefined || 'mode' in trust;
  if (isLoopback || insecureBind || (tls !== undefined && !isTrusting)) return;
  throw new DeepHealthError(
    'DH_INSECURE_BIND_REFUSED',
    'The clinical decision support service leaves loopback only with "tls" and "trust.clients" in its configuration, or with --insecure-i-know behind a proxy that does both.',
  );
}

async function createWebServer({ tls }: AdapterConfig, listener: RequestListener): Promise<Server> {
  // A client that sends its headers for ever holds a connection.
  const limits = { headersTimeout: 10_000, requestTimeout: 30_000 };
  if (tls === undefined) return createServer(limits, listener);
  const read = (file: string, field: string) =>
    readFile(file).catch((cause) => {
      throw new DeepHealthError('DH_CONFIG_INVALID', `The file of "tls.${field}" cannot be read.`, {
        details: { field: `tls.${field}` },
        cause,
      });
    });
  const [cert, key] = [await read(tls.certFile, 'certFile'), await read(tls.keyFile, 'keyFile')];
  const asks = tls.requestCertificate === true ? { requestCert: true, rejectUnauthorized: false } : {};
  try {
    return createTlsServer({ ...limits, cert, key, ...asks }, listener);
  } catch (cause) {
    throw new DeepHealthError('DH_CONFIG_INVALID', 'The files of "tls" are no certificate with its key.', { cause });
  }
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
