// Serves the built app, with the policy that the console's server gives it, and answers its API as a server of the
// sample models would.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConsolePermission, ModelRow, SourceName, SourceStatus, SuspensionRequest } from '../../src/api.js';
import { EVERY_KIND, everyKindPrediction } from './every-kind.js';
import { exampleFile, modelAnswer, modelRows, predictionFor } from './fake-models.js';
import { fakeSources, liveAnswer } from './fake-sources.js';

const built = fileURLToPath(new URL('../../dist/app/', import.meta.url));

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Keys that the fake server knows, and the role behind each. */
export const KEYS = { 'key-of-officer': 'safety-officer', 'key-of-viewer': 'viewer' } as const;

const READING: readonly ConsolePermission[] = ['models.read', 'predict', 'metrics.read', 'audit.read', 'feedback.read'];
const PERMISSIONS: Readonly<Record<string, readonly ConsolePermission[]>> = {
  'safety-officer': [...READING, 'models.suspend', 'models.resume'],
  viewer: ['models.read'],
};

export interface FakeOptions {
  readonly hasAccessControl?: boolean;
  /** Sources that are not there, and why. */
  readonly missing?: Partial<Record<SourceName, string>>;
  /** Empties all lists. */
  readonly isEmpty?: boolean;
}

export interface FakeApi {
  readonly url: string;
  /** Method and path of every request to the API, and of what else was asked for. */
  readonly requests: readonly string[];
  /** Bodies of predictions, in order. */
  readonly sent: readonly { readonly contentType: string; readonly fileName: string; readonly body: Buffer }[];
  /** Holds answers to predictions back until the function that it gives is called. */
  holdPredictions(): () => void;
  /** Answers the next prediction with an error. */
  failNext(code: string, message: string, status: number): void;
  /** Takes no connections, as a server that is away. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export async function startFakeApi(options: FakeOptions = {}): Promise<FakeApi> {
  const requests: string[] = [];
  const sent: { contentType: string; fileName: string; body: Buffer }[] = [];
  let models = options.isEmpty ? [] : modelRows();
  let held: Promise<void> | undefined;
  let failing: Failure | undefined;

  const sources = fakeSources(options.isEmpty ?? false);
  const roleOf = (request: IncomingMessage): string | undefined => {
    const key = request.headers.authorization?.replace('Bearer ', '');
    if (key === undefined) return undefined;
    const role = KEYS[key as keyof typeof KEYS];
    if (role === undefined) throw new Failure(401, 'DH_CALLER_UNAUTHENTICATED', 'Nobody is known by this key.');
    return role;
  };
  const permissionsOf = (request: IncomingMessage) =>
    options.hasAccessControl ? (PERMISSIONS[roleOf(request) ?? ''] ?? []) : READING;
  const need = (request: IncomingMessage, permission: ConsolePermission) => {
    if (options.hasAccessControl && roleOf(request) === undefined)
      throw new Failure(401, 'DH_CALLER_UNAUTHENTICATED', 'Send a key.');
    if (!permissionsOf(request).includes(permission))
      throw new Failure(403, 'DH_ACCESS_DENIED', `The caller has no role with "${permission}".`);
  };
  const find = (name = '', version = ''): ModelRow => {
    const model = models.find((row) => row.name === name && row.version === version);
    if (model === undefined) throw new Failure(404, 'DH_MODEL_NOT_FOUND', 'There is no such model version.');
    return model;
  };

  async function answer(request: IncomingMessage, url: URL): Promise<unknown> {
    const parts = url.pathname.replace('/console/api/v1/', '').split('/').map(decodeURIComponent);
    const [first, name, version, what, id] = parts;
    if (first === 'session') {
      const role = options.hasAccessControl ? roleOf(request) : undefined;
      return {
        server: { name: 'deephealth-runtime', version: '0.1.0', contractVersions: ['1.0'] },
        accessControl: options.hasAccessControl ?? false,
        ...(role && { caller: { subject: 'a.moreau', roles: [role], tenant: '' } }),
        permissions: permissionsOf(request),
        sources: sourceStatuses(options.missing ?? {}),
      };
    }
    if (first !== 'models') {
      const permission = ({ live: 'metrics.read', audit: 'audit.read', feedback: 'feedback.read' } as const)[
        first as 'live'
      ];
      need(request, permission ?? 'models.read');
      if (first === 'live') return liveAnswer(models);
      const given = sources(url.pathname.replace('/console/api/v1/', ''), url.searchParams);
      if (given === undefined) throw new Failure(404, 'DH_CONSOLE_ITEM_NOT_FOUND', 'There is nothing at this path.');
      return given;
    }
    if (parts.length === 1) {
      need(request, 'models.read');
      return { models };
    }
    if (version === 'suspend' || version === 'resume') {
      need(request, `models.${version}`);
      const body = JSON.parse((await bodyOf(request)).toString()) as SuspensionRequest;
      models = models.map((row) =>
        row.name === name && row.version === body.version ? afterAct(row, version, body.reason) : row,
      );
      return { models: models.filter((row) => row.name === name) };
    }
    const model = find(name, version);
    if (what === 'predict') {
      need(request, 'predict');
      const body = await bodyOf(request);
      sent.push({
        contentType: request.headers['content-type'] ?? '',
        fileName: decodeURIComponent(String(request.headers['x-deephealth-file-name'] ?? '')),
        body,
      });
      await held;
      const failure = failing;
      failing = undefined;
      if (failure !== undefined) throw failure;
      const prediction = model.name === EVERY_KIND.name ? everyKindPrediction(body) : predictionFor(model.name, body);
      if (prediction === undefined)
        throw new Failure(400, 'DH_REQUEST_MALFORMED', 'The input is none of the sample inputs.');
      return prediction;
    }
    need(request, 'models.read');
    if (what === 'examples') {
      const example = exampleFile(model.name, id ?? '');
      if (example === undefined) throw new Failure(404, 'DH_CONSOLE_ITEM_NOT_FOUND', 'There is no such example.');
      return example;
    }
    return modelAnswer(model);
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    response.setHeader('x-content-type-options', 'nosniff');
    if (!url.pathname.startsWith('/console/api/')) return sendFile(url.pathname, response);
    response.setHeader('cache-control', 'no-store');
    try {
      const given = await answer(request, url);
      if (isExample(given)) {
        response.setHeader('x-deephealth-file-name', encodeURIComponent(given.file));
        response.writeHead(200, { 'content-type': given.mediaType }).end(given.bytes);
      } else if (typeof given === 'string') response.writeHead(200, { 'content-type': 'text/html' }).end(given);
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(given));
    } catch (error) {
      const { status, code, message } =
        error instanceof Failure ? error : new Failure(500, 'DH_INTERNAL', String(error));
      const body = { error: { code, message, details: {}, retryable: status === 429 || status === 503 } };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
  };

  let server = await listen(handle, 0);
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}/console/`,
    requests,
    sent,
    holdPredictions() {
      const { promise, resolve } = withResolvers();
      held = promise;
      return resolve;
    },
    failNext(code, message, status) {
      failing = new Failure(status, code, message);
    },
    goAway: stop,
    async comeBack() {
      server = await listen(handle, port);
    },
    close: stop,
  };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
  port: number,
): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => void handle(request, response));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const isExample = (given: unknown): given is NonNullable<ReturnType<typeof exampleFile>> =>
  typeof given === 'object' && given !== null && 'bytes' in given;

function sendFile(path: string, response: ServerResponse): void {
  const name = path === '/console/' ? 'index.html' : normalize(path.replace('/console/', ''));
  try {
    if (!path.startsWith('/console/') || name.startsWith('..')) throw new Error('outside');
    const bytes = readFileSync(join(built, name));
    response
      .writeHead(200, {
        'content-type': MEDIA_TYPES[extname(name)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
      })
      .end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function afterAct(row: ModelRow, act: 'suspend' | 'resume', reason: string): ModelRow {
  const { suspension: _, ...rest } = row;
  if (act === 'resume') return { ...rest, state: 'READY' };
  return { ...rest, state: 'SUSPENDED', suspension: { reason, by: 'a.moreau', at: '2025-03-04T14:00:00.000Z' } };
}

const SOURCES: readonly SourceName[] = ['metrics', 'audit', 'feedback', 'reports', 'rules', 'slides', 'jobs', 'ttmip'];

function sourceStatuses(missing: Partial<Record<SourceName, string>>): Record<SourceName, SourceStatus> {
  const statuses = SOURCES.map((name) => {
    const reason = missing[name];
    return [name, reason === undefined ? { available: true } : { available: false, reason }] as const;
  });
  return Object.fromEntries(statuses) as Record<SourceName, SourceStatus>;
}
