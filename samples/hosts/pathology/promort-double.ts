// A stand-in for CRS4's ProMort (DigitalPathologyPlatform v0.11) and for the one address of ome_seadragon that
// arrays are made known at: sessions, CSRF and statuses as they were seen there. It keeps nothing beyond its end.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, type Fields, PromortTables } from './promort-tables.js';

export interface PromortDoubleOptions {
  /** Passwords by user. */
  readonly users: Readonly<Record<string, string>>;
  /** Slides that are there from the start, each in a case of its own. */
  readonly slides?: readonly string[];
}

export interface PromortDouble {
  readonly url: string;
  readonly tables: PromortTables;
  /** "POST /api/predictions/ 201", in order. */
  readonly requests: readonly string[];
  /** The next answers to requests of this kind get lost: they are done, and the connection breaks. */
  loseAnswers(kind: string, count: number): void;
  /** As when sessions have run out. */
  endSessions(): void;
  close(): Promise<void>;
}

const MOST_BODY_BYTES = 10 * 2 ** 20;

/** Serves on loopback only. */
export async function startPromortDouble(options: PromortDoubleOptions): Promise<PromortDouble> {
  const tables = new PromortTables();
  for (const id of options.slides ?? []) {
    tables.answer('POST', '/api/cases/', new URLSearchParams(), { id: `case-${id}` });
    tables.answer('POST', '/api/slides/', new URLSearchParams(), { id, case: `case-${id}` });
  }
  /** CSRF token by session. */
  const sessions = new Map<string, string>();
  const datasets = new Map<string, number>();
  const requests: string[] = [];
  const toLose = new Map<string, number>();

  function login(fields: Fields, response: ServerResponse): Answer {
    const { username, password } = fields;
    if (!Object.hasOwn(options.users, String(username)) || options.users[String(username)] !== password) {
      return { status: 401, body: { status: 'Unauthorized', message: 'Username/password combination invalid' } };
    }
    const [session, csrf] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
    sessions.set(session, csrf);
    response.setHeader('set-cookie', [
      `csrftoken=${csrf}; Path=/; SameSite=Lax`,
      `promort_sessionid=${session}; HttpOnly; Path=/`,
    ]);
    return { status: 200, body: { username } };
  }

  function register(query: URLSearchParams): Answer {
    const label = query.get('dataset_label') ?? '';
    if (!/^[\w-]+(\.[\w-]+)*$/.test(label)) return { status: 500, body: `Invalid dataset name received: ${label}` };
    const created = !datasets.has(label);
    if (created) datasets.set(label, 100 + datasets.size);
    return { status: 200, body: { omero_id: datasets.get(label), created, mimetype: 'ZARR', label, path: label } };
  }

  async function answerOf(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const method = request.method ?? 'GET';
    const fields = await readJson(request);
    if (fields === undefined) return { status: 400, body: { detail: 'JSON parse error' } };
    if (`${method} ${pathname}` === 'POST /api/auth/login/') return login(fields, response);
    if (pathname === '/ome_seadragon/arrays/register_dataset/') return register(searchParams);
    const session = /promort_sessionid=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const csrf = sessions.get(session);
    if (csrf === undefined) {
      return { status: 403, body: { detail: 'Authentication credentials were not provided.' } };
    }
    if (method !== 'GET' && request.headers['x-csrftoken'] !== csrf) {
      return { status: 403, body: { detail: 'CSRF Failed: CSRF token missing or incorrect.' } };
    }
    if (pathname === '/api/auth/logout/') {
      sessions.delete(session);
      return { status: 204, body: '' };
    }
    return tables.answer(method, pathname, searchParams, fields);
  }

  const server = createServer(async (request, response) => {
    const { status, body } = await answerOf(request, response);
    const kind = `${request.method} ${request.url}`;
    requests.push(`${kind} ${status}`);
    const losses = toLose.get(kind) ?? 0;
    if (losses > 0) {
      toLose.set(kind, losses - 1);
      request.socket.destroy();
      return;
    }
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json' });
    response.end(isText ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    tables,
    requests,
    loseAnswers: (kind, count) => void toLose.set(kind, count),
    endSessions: () => sessions.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readJson(request: IncomingMessage): Promise<Fields | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > MOST_BODY_BYTES) return undefined;
    parts.push(part as Buffer);
  }
  if (size === 0) return {};
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as Fields;
  } catch {
    return undefined;
  }
}
