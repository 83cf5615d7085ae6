import { setTimeout as sleep } from 'node:timers/promises';
import { DeepHealthError } from '@deephealth/sdk';
import { cancelled } from '../slide-region.js';

export interface DicomWebServer {
  /** Address of the services, such as "https://pacs.example/dicom-web". */
  readonly baseUrl: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a bearer token. */
  readonly token?: string;
  /** For tests, proxies and certificates. Default: that of Node.js. */
  readonly fetch?: typeof fetch;
  /** Without a byte for so long, a request has failed. Default 30 s. */
  readonly timeoutMs?: number;
  /** How often a request is made before a failure of the server or of the network stands. Default 5. */
  readonly attempts?: number;
  /** Pause before the second attempt; each further one is twice as long, to 10 s at most. Default 250 ms. */
  readonly retryDelayMs?: number;
}

export interface DicomWebAnswer {
  readonly contentType: string;
  readonly body: Buffer;
}

/** The server's no to a request: 4xx, a redirect, or a 5xx that stayed. */
export class ServerRefusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.status = status;
  }
}

/** What may go well another time. */
class PassingFailure extends Error {
  readonly waitMs: number;

  constructor(cause: unknown, waitMs = 0) {
    super('the server or the network failed', { cause });
    this.waitMs = waitMs;
  }
}

const RETRIED = [408, 425, 429];
const LONGEST_PAUSE_MS = 10_000;

/** Requests to a DICOMweb server, made again where the server or the network failed. */
export class DicomWebClient {
  private readonly server: DicomWebServer;
  private readonly closing = new AbortController();

  constructor(server: DicomWebServer) {
    this.server = server;
  }

  /**
   * The body of an answer with a status of success; empty for 204.
   *
   * @param check says by throwing that an answer is damaged, and is asked for again
   * @throws ServerRefusal, DH_PLATFORM_UNAUTHENTICATED, DH_PLATFORM_UNREACHABLE, DH_PLATFORM_REFUSED, DH_CANCELLED
   */
  async get<T>(
    path: string,
    accept: string,
    maxBytes: number,
    check: (answer: DicomWebAnswer) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    const { attempts = 5, retryDelayMs = 250 } = this.server;
    const stop = signal === undefined ? this.closing.signal : AbortSignal.any([signal, this.closing.signal]);
    for (let attempt = 1; ; attempt++) {
      try {
        if (stop.aborted) throw cancelled(stop.reason);
        return await this.attempt(path, accept, maxBytes, check, stop);
      } catch (thrown) {
        if (stop.aborted) throw cancelled(thrown);
        if (!(thrown instanceof PassingFailure)) throw thrown;
        if (attempt >= attempts) throw lastFailure(thrown, attempts);
        const pause = Math.min(retryDelayMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
        // Those who failed together do not come back together.
        const waitMs = Math.max(thrown.waitMs, pause * (0.75 + Math.random() / 2));
        await sleep(waitMs, undefined, { signal: stop }).catch((cause) => Promise.reject(cancelled(cause)));
      }
    }
  }

  /** Requests under way end as cancelled. */
  close(): void {
    this.closing.abort(new Error('the slide is closed'));
  }

  private async attempt<T>(
    path: string,
    accept: string,
    maxBytes: number,
    check: (answer: DicomWebAnswer) => T,
    stop: AbortSignal,
  ): Promise<T> {
    const watch = new IdleWatch(this.server.timeoutMs ?? 30_000, stop);
    try {
      const response = await this.send(path, accept, watch);
      await refuse(response);
      const body = await readBody(response, maxBytes, watch);
      const answer = { contentType: response.headers.get('content-type') ?? '', body };
      try {
        return check(answer);
      } catch (thrown) {
        throw thrown instanceof DeepHealthError ? thrown : new PassingFailure(thrown);
      }
    } finally {
      watch.end();
    }
  }

  private async send(path: string, accept: string, watch: IdleWatch): Promise<Response> {
    const { baseUrl, headers, token, fetch: send = fetch } = this.server;
    try {
      return await send(`${baseUrl.replace(/\/+$/, '')}${path}`, {
        headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), accept },
        // Whom the token would be sent to next, nobody has said.
        redirect: 'manual',
        signal: watch.signal,
      });
    } catch (thrown) {
      throw new PassingFailure(thrown);
    }
  }
}

/** Aborts a request that has been silent for too long, or that is not wanted any more. */
class IdleWatch {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly stop: AbortSignal;
  private readonly onStop = () => this.controller.abort(this.stop.reason);

  constructor(timeoutMs: number, stop: AbortSignal) {
    this.stop = stop;
    this.timer = setTimeout(() => this.controller.abort(new Error('the server is silent')), timeoutMs);
    stop.addEventListener('abort', this.onStop, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  alive(): void {
    this.timer.refresh();
  }

  end(): void {
    clearTimeout(this.timer);
    this.stop.removeEventListener('abort', this.onStop);
  }
}

async function refuse(response: Response): Promise<void> {
  const { status } = response;
  if (response.ok) return;
  await response.body?.cancel().catch(() => {});
  if (status === 401 || status === 403) {
    throw new DeepHealthError(
      'DH_PLATFORM_UNAUTHENTICATED',
      `The DICOMweb server did not accept who is asking (HTTP ${status}). Give it a token or header that may read this series.`,
    );
  }
  if (RETRIED.includes(status) || status >= 500) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const waitMs = seconds >= 0 ? Math.min(seconds * 1000, LONGEST_PAUSE_MS) : 0;
    throw new PassingFailure(new ServerRefusal(status), waitMs);
  }
  throw new ServerRefusal(status);
}

async function readBody(response: Response, maxBytes: number, watch: IdleWatch): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      watch.alive();
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLong(maxBytes);
      chunks.push(chunk);
    }
  } catch (thrown) {
    throw thrown instanceof DeepHealthError ? thrown : new PassingFailure(thrown);
  }
  return Buffer.concat(chunks, bytes);
}

function tooLong(maxBytes: number): DeepHealthError {
  return new DeepHealthError(
    'DH_PLATFORM_REFUSED',
    `The DICOMweb server answers with more than the ${maxBytes} bytes that are read of such an answer.`,
  );
}

/** A 5xx that stays is the server's word on this request; everything else is a server that is not there. */
function lastFailure(failure: PassingFailure, attempts: number): Error {
  if (failure.cause instanceof ServerRefusal) return failure.cause;
  return new DeepHealthError(
    'DH_PLATFORM_UNREACHABLE',
    `The DICOMweb server gave no whole answer in ${attempts} attempts. Try again when it is back.`,
    { cause: failure.cause },
  );
}
