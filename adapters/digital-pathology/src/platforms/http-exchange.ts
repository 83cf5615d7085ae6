import { type IncomingHttpHeaders, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeepHealthError } from '@deephealth/sdk';

/** What is sent to a platform. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each try. */
  readonly body?: { readonly sizeBytes: number; open(): AsyncIterable<Uint8Array> };
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpSettings {
  /** Until an answer is complete, without a sign of life from the platform. Default 60 s. */
  readonly timeoutMs?: number;
  /** Tries after the first one, when the connection is lost or the platform is busy. Default 3. */
  readonly retries?: number;
  /** Before the second try; twice as long before each further one. Default 500 ms. */
  readonly retryDelayMs?: number;
  /** Certificates, in PEM, of those that vouch for the platform. Default those of Node.js. */
  readonly certificateAuthority?: string;
  readonly signal?: AbortSignal;
}

const MOST_RESPONSE_BYTES = 64 * 2 ** 20;
/** The platform, or a proxy before it, is busy or away for a while. */
const PASSING = [429, 502, 503, 504];

/**
 * The address of a platform.
 *
 * @throws DH_REQUEST_MALFORMED for what is no http(s) address, or holds a password
 */
export function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      'The address of a platform begins with http:// or https:// and holds no user or password; give those by themselves.',
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/**
 * Sends a request, again if the connection is lost on the way. A platform may thus get the same twice: the caller
 * sends only what does no harm then, or looks first.
 *
 * @throws DH_PLATFORM_UNREACHABLE, DH_CANCELLED
 */
export async function exchange(request: HttpRequest, settings: HttpSettings): Promise<HttpResponse> {
  const { retries = 3, retryDelayMs = 500, signal } = settings;
  let failure: unknown;
  for (let attempt = 0; attempt <= retries; attempt++) {
    if (attempt > 0) await sleep(retryDelayMs * 2 ** (attempt - 1), undefined, signal && { signal }).catch(() => {});
    if (signal?.aborted) throw new DeepHealthError('DH_CANCELLED', 'Cancelled while results were sent to a platform.');
    try {
      const response = await sendOnce(request, settings);
      if (!PASSING.includes(response.status)) return response;
      failure = new Error(`status ${response.status}`);
    } catch (error) {
      failure = error;
    }
  }
  if (signal?.aborted) throw new DeepHealthError('DH_CANCELLED', 'Cancelled while results were sent to a platform.');
  throw new DeepHealthError(
    'DH_PLATFORM_UNREACHABLE',
    `The platform does not answer, or is busy, after ${retries + 1} tries. Nothing is lost: send it again later.`,
    { cause: failure },
  );
}

function sendOnce(request: HttpRequest, settings: HttpSettings): Promise<HttpResponse> {
  const { url, method, headers = {}, body } = request;
  const { timeoutMs = 60_000, certificateAuthority, signal } = settings;
  const length = body === undefined ? {} : { 'content-length': String(body.sizeBytes) };
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestSecure : requestPlain;
    const sent = send(url, {
      method,
      headers: { ...headers, ...length },
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
      ...(signal === undefined ? {} : { signal }),
    });
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error('no sign of life')));
    sent.on('error', reject);
    sent.on('response', (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > MOST_RESPONSE_BYTES) sent.destroy(new Error('the answer is too large'));
        else parts.push(part);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    writeBody(sent, body).catch((error: Error) => sent.destroy(error));
  });
}

async function writeBody(sent: ReturnType<typeof requestPlain>, body: HttpRequest['body']): Promise<void> {
  if (body !== undefined) {
    for await (const part of body.open()) {
      if (sent.destroyed) return;
      if (!sent.write(part)) await new Promise((resolve) => sent.once('drain', resolve).once('close', resolve));
    }
  }
  sent.end();
}
