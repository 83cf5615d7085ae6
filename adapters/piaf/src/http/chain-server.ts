import type { AddressInfo } from 'node:net';
import {
  ANONYMOUS,
  assertProtected,
  bodyRefusal,
  DeepHealthError,
  hostAndPort,
  httpAccess,
  httpCallerOf,
  isForeignPage,
  isLoopback,
  isOwnName,
  listenFailure,
  maySeeModel,
  PRIVATE_HEADERS,
  type ServerSecurity,
} from '@deephealth/sdk';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ogcRoutes } from '../ogc/ogc-routes.js';
import type { RunService, ServedChain } from '../runs/run-service.js';
import { WES_PATH } from '../wes/run-documents.js';
import { wesRoutes } from '../wes/wes-routes.js';
import { type CallbackHost, type CallbackHosts, parseCallbackHosts } from './callback-hosts.js';
import { type Callbacks, createCallbacks } from './callbacks.js';
import { chainRoutes } from './chain-routes.js';
import type { ChainDescription, DescribeChain, FaceContext, FaceLimits, Organization } from './face-context.js';
import { FaceFailure, type FaceStyle, httpFailure } from './http-failure.js';
import type { ChainRoot } from './input-location.js';
import type { ResolveName } from './post-callback.js';
import { readTenants, type TenantConfig, type Tenants, tenantOfCaller } from './tenants.js';

/** What `startChainServer` takes. */
export interface ChainServerOptions extends ServerSecurity {
  readonly service: RunService;
  readonly describeChain: DescribeChain;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, a free one. */
  readonly port?: number;
  /** Lets the server leave loopback without TLS: only behind what has it. Needs tenants. */
  readonly insecureBind?: boolean;
  /**
   * Who may ask, on a server without a `gate`. Default: whoever reaches loopback, as the tenant "local". With a gate, a
   * caller's tenant is that of its key, token or certificate.
   */
  readonly tenants?: readonly TenantConfig[];
  /** Folders that inputs may be named in. Default none. */
  readonly roots?: readonly ChainRoot[];
  /** Where callbacks may go. Default nowhere. */
  readonly callbackHosts?: readonly CallbackHost[];
  /** Folder for what was delivered of callbacks, so that a restart neither forgets nor repeats. */
  readonly callbackFolder?: string;
  /** Where callers reach the server, if not where it listens. */
  readonly publicUrl?: string;
  /** As WES names the operator. */
  readonly organization?: Organization;
  readonly limits?: Partial<FaceLimits>;
  /** For a connection on which nothing moves. Default 60 s. */
  readonly idleTimeoutMs?: number;
  /** For one request to arrive, its files included. Default 1 h. */
  readonly requestTimeoutMs?: number;
  /** See CallbacksOptions. */
  readonly retryDelaysMs?: readonly number[];
  readonly resolveName?: ResolveName;
  /** Sees what is thrown, with its cause; for the log. */
  readonly onError?: (thrown: unknown) => void;
}

/** Chains that are being served over WES and OGC API - Processes. */
export interface ChainServer {
  /** Where it is, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Resolves when no callback is under way. */
  callbacksIdle(): Promise<void>;
  /** Takes no more requests, and ends those and the callbacks that are under way; the service stays. */
  close(): Promise<void>;
}

const LIMITS: FaceLimits = { maxUploadBytes: 16 * 2 ** 30, maxDocumentBytes: 64 * 2 ** 20, maxFiles: 50_000 };
const IDLE_MS = 60_000;
const REQUEST_MS = 3_600_000;
const KEEP_ALIVE_MS = 75_000;
const LARGEST_HEADERS = 16_384;
const MOST_CONNECTIONS = 1024;

type SecureServer = Parameters<NonNullable<ServerSecurity['tls']>['follow']>[0];

/**
 * Serves the runs of a service over WES 1.1 and over OGC API - Processes (docs/chain-faces.md).
 *
 * @throws DH_INSECURE_BIND_REFUSED, DH_PORT_IN_USE, DH_CONFIG_INVALID naming the field
 */
export async function startChainServer(options: ChainServerOptions): Promise<ChainServer> {
  const { service, host = '127.0.0.1', port = 0, onError = () => undefined } = options;
  checkBind(host, options);
  const tenants = await readTenants(options.tenants);
  const callbackHosts = parseCallbackHosts(options.callbackHosts ?? []);
  const publicUrl = publicUrlOf(options.publicUrl);
  const app = createApp(options, tenants, callbackHosts, publicUrl, host);
  await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    throw listenFailure('The chain server', port, cause);
  });
  const bound = (app.server.address() as AddressInfo).port;
  const url = `${schemeOf(options)}://${hostAndPort(host, bound)}`;
  const { callbackFolder, retryDelaysMs, resolveName } = options;
  let callbacks: Callbacks;
  try {
    callbacks = await createCallbacks({
      ...{
        service,
        tenants: options.gate === undefined ? tenants.names : service.tenants(),
        hosts: callbackHosts,
        base: publicUrl?.base ?? url,
        onError,
      },
      ...(callbackFolder === undefined ? {} : { stateFolder: callbackFolder }),
      ...(retryDelaysMs === undefined ? {} : { retryDelaysMs }),
      ...(resolveName === undefined ? {} : { resolveName }),
    });
  } catch (thrown) {
    await app.close();
    throw thrown;
  }
  return {
    url,
    port: bound,
    callbacksIdle: () => callbacks.idle(),
    async close() {
      await app.close();
      await callbacks.close();
    },
  };
}

function checkBind(host: string, options: ChainServerOptions): void {
  const { insecureBind = false, tenants, gate, roots = [] } = options;
  if (gate !== undefined && tenants !== undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'Keys of tenants are of a server that asks nobody else. Here, give tenants to the callers of "access".',
      { details: { field: 'tenants' } },
    );
  }
  assertProtected('The chain server', host, options, insecureBind);
  if (!isLoopback(host) && gate === undefined && tenants === undefined) {
    throw new DeepHealthError(
      'DH_INSECURE_BIND_REFUSED',
      'The chain server leaves loopback only with "access" or with tenants, and behind what has TLS.',
    );
  }
  const names = new Set<string>();
  roots.forEach(({ name }, index) => {
    const field = `roots[${index}].name`;
    if (!/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name) || names.has(name)) {
      throw new DeepHealthError('DH_CONFIG_INVALID', `"${field}" must be a name of its own, of letters and digits.`, {
        details: { field },
      });
    }
    names.add(name);
  });
}

const schemeOf = ({ tls }: ServerSecurity) => (tls === undefined ? 'http' : 'https');

function publicUrlOf(text: string | undefined): { readonly base: string; readonly hostname: string } | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') {
    return { base: url.href.replace(/\/$/, ''), hostname: url.hostname.replace(/^\[|\]$/g, '') };
  }
  throw new DeepHealthError('DH_CONFIG_INVALID', '"publicUrl" must be an address of http or https.', {
    details: { field: 'publicUrl' },
  });
}

function createApp(
  options: ChainServerOptions,
  tenants: Tenants,
  callbackHosts: CallbackHosts,
  publicUrl: ReturnType<typeof publicUrlOf>,
  host: string,
): FastifyInstance {
  const { service, roots = [], tls, gate, onRefused, onError = () => undefined } = options;
  const admit = gate && httpAccess({ gate, ...(onRefused && { onRefused }) });
  const describeChain = onceFor(options.describeChain);
  const limits = { ...LIMITS, ...options.limits };
  const own = [host.toLowerCase(), ...(publicUrl === undefined ? [] : [publicUrl.hostname])];
  const context: FaceContext = {
    ...{ service, describeChain, callbackHosts, limits, organization: options.organization },
    tenantOf: ({ raw, headers }) => {
      const caller = httpCallerOf(raw);
      // On a server with a gate, no route that asks for a tenant is reached without a caller.
      return admit === undefined ? tenants.tenantOf(headers.authorization) : tenantOfCaller(recognised(caller));
    },
    chainsOf: ({ raw }) => {
      const caller = httpCallerOf(raw) ?? ANONYMOUS;
      return service.chains.filter(({ manifest }) => maySeeModel(caller, manifest.name));
    },
    rootsOf: (tenant) => roots.filter((root) => root.tenants === undefined || root.tenants.includes(tenant)),
    // The name was checked to be one of this server's before any route sees the request.
    baseOf: ({ headers }) => publicUrl?.base ?? `${schemeOf(options)}://${headers.host}`,
  };
  const app = Fastify({
    bodyLimit: limits.maxDocumentBytes,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_MS,
    connectionTimeout: options.idleTimeoutMs ?? IDLE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    ...transportOf(tls),
    routerOptions: { maxParamLength: 2048, ignoreTrailingSlash: true },
    // The library would repeat the address, which may hold a name.
    frameworkErrors: (thrown, request, reply) => {
      onError(thrown);
      const { status, headers, body } = httpFailure(malformed('The address is malformed.'), styleOf(request));
      (reply as FastifyReply).code(status).headers(headers).send(body);
    },
  }) as unknown as FastifyInstance;
  tls?.follow(app.server as unknown as SecureServer);
  app.server.maxConnections = MOST_CONNECTIONS;
  // Bodies are read by the code of each face, which says what is wrong without repeating it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/x-www-form-urlencoded'],
    { parseAs: 'buffer' },
    (_, body, done) => done(null, body),
  );
  app.addContentTypeParser('multipart/form-data', (_, payload, done) => done(null, payload));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(PRIVATE_HEADERS);
    if (!isOwnName(request.headers, own) || isForeignPage(request.headers)) {
      throw new FaceFailure(malformed('Pages and names of other origins may not ask here.'), { status: 403 });
    }
    const { access } = request.routeOptions.config;
    if (admit !== undefined && !request.is404) {
      await admit(request.raw, { route: `${request.method} ${request.routeOptions.url}`, access });
    }
    if (access !== 'open' && (admit === undefined || !request.is404)) context.tenantOf(request);
  });
  app.setErrorHandler<FastifyError>((thrown, request, reply) => {
    const isOfFace = thrown instanceof FaceFailure;
    onError(isOfFace ? thrown.thrown : thrown);
    const failure = isOfFace
      ? httpFailure(thrown.thrown, styleOf(request), thrown.options)
      : httpFailure(bodyRefusal(thrown), styleOf(request));
    // What is left of a body that was refused is not worth reading.
    if (!request.raw.complete) reply.header('connection', 'close');
    return reply.code(failure.status).headers(failure.headers).send(failure.body);
  });
  app.setNotFoundHandler((request, reply) => {
    const missing = new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'There is nothing at this address.');
    const { headers, body } = httpFailure(missing, styleOf(request), { status: 404 });
    return reply.code(404).headers(headers).send(body);
  });
  app.register(chainRoutes, { context });
  app.register(wesRoutes, { context, prefix: WES_PATH });
  app.register(ogcRoutes, { context, prefix: '/ogc' });
  return app;
}

function recognised(caller: ReturnType<typeof httpCallerOf>): NonNullable<typeof caller> {
  if (caller !== undefined) return caller;
  throw new DeepHealthError('DH_UNAUTHENTICATED', 'The call was not recognised.');
}

/** The types of the library know a server of one kind or the other. */
function transportOf(tls: ServerSecurity['tls']): { readonly http: { readonly maxHeaderSize: number } } {
  const http = { maxHeaderSize: LARGEST_HEADERS };
  if (tls === undefined) return { http };
  return { https: { ...tls.serverOptions, ...http } } as unknown as { http: typeof http };
}

/** Descriptions are asked for with each list, and do not change. */
function onceFor(describeChain: DescribeChain): DescribeChain {
  const known = new WeakMap<ServedChain, ChainDescription>();
  return (chain) => {
    const description = known.get(chain) ?? describeChain(chain);
    known.set(chain, description);
    return description;
  };
}

function styleOf({ raw }: FastifyRequest): FaceStyle {
  const url = raw.url ?? '';
  if (url.startsWith('/ga4gh/')) return 'wes';
  return /^\/ogc(?:[/?]|$)/.test(url) ? 'ogc' : 'plain';
}

const malformed = (message: string) => new DeepHealthError('DH_REQUEST_MALFORMED', message);
