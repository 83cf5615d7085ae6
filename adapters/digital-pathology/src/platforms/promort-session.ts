import { createCookieJar } from './cookie-jar.js';
import { exchange, type HttpResponse, type HttpSettings, parseBaseUrl } from './http-exchange.js';
import { refused, unauthenticated } from './platform-errors.js';

export interface PromortOptions extends HttpSettings {
  /** "https://promort.example/" */
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  /** Name of the session's cookie, as the platform is configured. Default promort_sessionid. */
  readonly sessionCookie?: string;
}

/** A session of ProMort, which is opened when it is needed and once more when it has run out. */
export interface PromortSession {
  /** Passwords and the like, for what is told of a failure. */
  secrets(): string[];
  get(path: string): Promise<HttpResponse>;
  /** Sent once only: an answer that gets lost is DH_PLATFORM_UNREACHABLE, and the caller looks what is there. */
  postOnce(path: string, body: unknown): Promise<HttpResponse>;
  /** Logs out, if logged in. */
  close(): Promise<void>;
}

const CSRF_COOKIE = 'csrftoken';

/** @throws DH_REQUEST_MALFORMED for an address that is none */
export function createPromortSession(options: PromortOptions): PromortSession {
  const base = parseBaseUrl(options.baseUrl);
  const { username, password, sessionCookie = 'promort_sessionid' } = options;
  const cookies = createCookieJar();

  async function send(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    settings: HttpSettings = options,
  ): Promise<HttpResponse> {
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body), 'utf8');
    const csrf = cookies.get(CSRF_COOKIE);
    const response = await exchange(
      {
        method,
        url: new URL(path, base),
        headers: {
          accept: 'application/json',
          ...(content === undefined ? {} : { 'content-type': 'application/json' }),
          ...(cookies.header() === '' ? {} : { cookie: cookies.header() }),
          // Django compares the token with its cookie, and over TLS the referer with its own address.
          ...(csrf === undefined ? {} : { 'x-csrftoken': csrf, referer: base.href }),
        },
        ...(content === undefined ? {} : { body: { sizeBytes: content.length, open: () => once(content) } }),
      },
      settings,
    );
    cookies.take(response.headers['set-cookie']);
    return response;
  }

  async function login(): Promise<void> {
    cookies.clear();
    const response = await send('POST', 'api/auth/login/', { username, password });
    if (response.status === 401 || response.status === 403) throw unauthenticated();
    if (response.status !== 200) throw refused('the login', response, [password]);
    if (cookies.get(sessionCookie) === undefined) throw unauthenticated();
  }

  async function authorized(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    settings: HttpSettings = options,
  ): Promise<HttpResponse> {
    const isNew = cookies.get(sessionCookie) === undefined;
    if (isNew) await login();
    let response = await send(method, path, body, settings);
    // 403 is what the platform says to those that are not logged in, and for another token than that of the session.
    if ((response.status === 401 || response.status === 403) && !isNew) {
      await login();
      response = await send(method, path, body, settings);
    }
    if (response.status === 401 || response.status === 403) throw unauthenticated();
    return response;
  }

  return {
    secrets: () => [password, cookies.get(sessionCookie) ?? '', cookies.get(CSRF_COOKIE) ?? ''],
    get: (path) => authorized('GET', path),
    postOnce: (path, body) => authorized('POST', path, body, { ...options, retries: 0 }),
    async close() {
      if (cookies.get(sessionCookie) === undefined) return;
      await send('POST', 'api/auth/logout/', {}).catch(() => undefined);
      cookies.clear();
    },
  };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
