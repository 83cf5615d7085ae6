import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { DeepHealthError } from '@deephealth/sdk';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { DecisionService } from '../service/decision-service.js';
import { editGuard } from './edit-key.js';
import { httpFailure } from './http-failure.js';
import { isForeignPage, isOwnName } from './request-origin.js';
import { ruleRoutes } from './rule-routes.js';

export interface RuleServerOptions {
  readonly decisions: DecisionService;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, a free one. */
  readonly port?: number;
  /** Lets the server leave loopback, where it is without TLS and without authentication. */
  readonly insecureBind?: boolean;
  /** What callers show as bearer token to change rules. Default: nobody may. */
  readonly editKey?: string;
  /** Sees what is thrown, with its cause; for the log. */
  readonly onError?: (thrown: unknown) => void;
}

export interface RuleServer {
  /** Where it is, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Takes no more requests and ends those that are under way. */
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 120_000;
const KEEP_ALIVE_MS = 75_000;

/** Of every answer: what is about a patient stays out of caches, of pages of others and of frames. */
const HEADERS = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/**
 * Serves the rule bases over HTTP: questions, rules, edits, streams, and a page for each (docs/guides/expressif.md).
 *
 * @throws DH_INSECURE_BIND_REFUSED, DH_PORT_IN_USE, DH_CONFIG_INVALID for a key that is too short
 */
export async function startRuleServer(options: RuleServerOptions): Promise<RuleServer> {
  const { decisions, host = '127.0.0.1', port = 0, insecureBind = false, editKey, onError = () => undefined } = options;
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (!isLoopback && !insecureBind) {
    throw new DeepHealthError(
      'DH_INSECURE_BIND_REFUSED',
      'The rule server has neither TLS nor authentication, and leaves loopback only with --insecure-i-know, on a network that you trust.',
    );
  }
  const app = createApp(decisions, host, editKey, onError);
  await app.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    const message =
      cause.code === 'EADDRINUSE'
        ? `Port ${port} is in use. Name another one, or 0 for a free one.`
        : 'The rule server cannot listen at this address.';
    throw new DeepHealthError(cause.code === 'EADDRINUSE' ? 'DH_PORT_IN_USE' : 'DH_CONFIG_INVALID', message, { cause });
  });
  const bound = (app.server.address() as AddressInfo).port;
  return { url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${bound}`, port: bound, close: () => app.close() };
}

function createApp(
  decisions: DecisionService,
  host: string,
  editKey: string | undefined,
  onError: (thrown: unknown) => void,
): FastifyInstance {
  const app = Fastify({
    bodyLimit: decisions.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  });
  // Bodies are read by the code that every face shares, which says what is wrong without repeating it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  app.addHook('onRequest', async ({ headers, method }, reply) => {
    reply.headers(HEADERS);
    if (isOwnName(headers, host) && !isForeignPage(headers)) return;
    const refused = new DeepHealthError('DH_REQUEST_MALFORMED', 'Pages and names of other origins may not ask here.');
    const { status, body } = httpFailure(refused, 403);
    await reply.code(status).send(method === 'HEAD' ? '' : body);
  });
  app.setErrorHandler<FastifyError>((thrown, _, reply) => {
    onError(thrown);
    const { status, headers, body } = httpFailure(ofFastify(thrown));
    return reply.code(status).headers(headers).send(body);
  });
  app.setNotFoundHandler((_, reply) => {
    const missing = new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'There is nothing at this address.');
    const { body } = httpFailure(missing);
    return reply.code(404).send(body);
  });
  app.register(ruleRoutes, { decisions, mayEdit: editGuard(editKey) });
  return app;
}

/** What the library itself refuses, in words of the catalogue. */
function ofFastify(thrown: FastifyError): unknown {
  switch (thrown.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new DeepHealthError('DH_MESSAGE_TOO_LARGE', 'The body is larger than this server accepts.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'The body must be application/json.', {
        details: { expected: 'application/json' },
      });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new DeepHealthError('DH_REQUEST_MALFORMED', 'The body is not as long as the request says.');
    default:
      return thrown;
  }
}
