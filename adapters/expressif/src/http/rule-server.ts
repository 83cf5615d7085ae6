import type { AddressInfo } from 'node:net';
import {
  assertProtected,
  bodyRefusal,
  DeepHealthError,
  hostAndPort,
  httpAccess,
  isForeignPage,
  isOwnName,
  listenFailure,
  type MethodAccess,
  PRIVATE_HEADERS,
  type ServerSecurity,
} from '@deephealth/sdk';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { DecisionService } from '../service/decision-service.js';
import { editGuard } from './edit-key.js';
import { httpFailure } from './http-failure.js';
import { ruleRoutes } from './rule-routes.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs, on a server with a gate. Absent: nobody is let in. */
    readonly access?: MethodAccess;
  }
}

/** What `startRuleServer` takes. */
export interface RuleServerOptions extends ServerSecurity {
  readonly decisions: DecisionService;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, a free one. */
  readonly port?: number;
  /** Lets the server leave loopback without TLS and access control. */
  readonly insecureBind?: boolean;
  /**
   * What callers show as bearer token to change rules, on a server that asks nobody else. Default: nobody may. With a
   * `gate`, who has the permission "bindings.write" may.
   */
  readonly editKey?: string;
  /** Sees what is thrown, with its cause; for the log. */
  readonly onError?: (thrown: unknown) => void;
}

/** Rule bases that are being served over HTTP. */
export interface RuleServer {
  /** Where it is, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Takes no more requests and ends those that are under way. */
  close(): Promise<void>;
}

type SecureServer = Parameters<NonNullable<ServerSecurity['tls']>['follow']>[0];

const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 75_000;

/**
 * Serves the rule bases over HTTP: questions, rules, edits, streams, and a page for each (docs/guides/expressif.md).
 *
 * @throws DH_INSECURE_BIND_REFUSED, DH_PORT_IN_USE, DH_CONFIG_INVALID for a key that is too short, or beside a gate
 */
export async function startRuleServer(options: RuleServerOptions): Promise<RuleServer> {
  const { host = '127.0.0.1', port = 0, insecureBind = false, tls, gate, editKey } = options;
  assertProtected('The rule server', host, options, insecureBind);
  if (gate !== undefined && editKey !== undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'A key for edits is of a server that asks nobody else. Here, roles with "bindings.write" may change rules.',
      { details: { field: 'editKeyFile' } },
    );
  }
  const app = createApp(options, host);
  await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    throw listenFailure('The rule server', port, cause);
  });
  const bound = (app.server.address() as AddressInfo).port;
  const scheme = tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://${hostAndPort(host, bound)}`, port: bound, close: () => app.close() };
}

function createApp(options: RuleServerOptions, host: string): FastifyInstance {
  const { decisions, editKey, tls, gate, onRefused, onError = () => undefined } = options;
  const own = [host.toLowerCase()];
  const admit = gate && httpAccess({ gate, ...(onRefused && { onRefused }) });
  const app = Fastify({
    https: tls?.serverOptions ?? null,
    bodyLimit: decisions.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  }) as unknown as FastifyInstance;
  tls?.follow(app.server as unknown as SecureServer);
  // Bodies are read by the code that every face shares, which says what is wrong without repeating it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => {
    const { headers, method, routeOptions, params } = request;
    reply.headers(PRIVATE_HEADERS);
    if (!isOwnName(headers, own) || isForeignPage(headers)) {
      const refused = new DeepHealthError('DH_REQUEST_MALFORMED', 'Pages and names of other origins may not ask here.');
      const { status, body } = httpFailure(refused, 403);
      return reply.code(status).send(method === 'HEAD' ? '' : body);
    }
    // There is nothing at an address without a route, which anybody may know.
    if (admit === undefined || request.is404) return;
    const { model } = params as { readonly model?: string };
    await admit(request.raw, {
      ...{ route: `${method} ${routeOptions.url}`, access: routeOptions.config.access },
      ...(model !== undefined && { model }),
    });
  });
  app.setErrorHandler<FastifyError>((thrown, _, reply) => {
    onError(thrown);
    const { status, headers, body } = httpFailure(bodyRefusal(thrown, 'application/json'));
    return reply.code(status).headers(headers).send(body);
  });
  app.setNotFoundHandler((_, reply) => {
    const missing = new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'There is nothing at this address.');
    const { body } = httpFailure(missing);
    return reply.code(404).send(body);
  });
  app.register(ruleRoutes, { decisions, mayEdit: gate === undefined ? editGuard(editKey) : () => undefined });
  return app;
}
