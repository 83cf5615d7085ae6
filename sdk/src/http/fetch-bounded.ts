import { DeepHealthError } from '../errors/deephealth-error.js';

export interface BoundedFetch {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** For the whole answer, in ms; default 10,000. */
  readonly timeoutMs?: number;
  /** A larger answer is refused. Default 1 MiB. */
  readonly maxBytes?: number;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * Asks another server, which may be slow, endless or lead elsewhere: the answer has a time and a size, and redirections
 * are not followed, since an address that the operator allowed must not lead to one that the operator did not.
 *
 * @throws DH_PLATFORM_UNREACHABLE where nobody answers in time, DH_MESSAGE_TOO_LARGE, DH_CANCELLED
 */
export async function fetchBounded(url: string | URL, options: BoundedFetch = {}): Promise<BoundedAnswer> {
  const { timeoutMs = 10_000, maxBytes = 1024 * 1024, signal, ...request } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(url, {
      ...request,
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of answer.body ?? []) {
      sizeBytes += chunk.byteLength;
      // Leaving the loop ends the connection.
      if (sizeBytes > maxBytes) {
        throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', `The answer is larger than the ${maxBytes} bytes allowed.`);
      }
      chunks.push(chunk);
    }
    return { status: answer.status, headers: answer.headers, body: Buffer.concat(chunks, sizeBytes) };
  } catch (cause) {
    if (cause instanceof DeepHealthError) throw cause;
    if (signal?.aborted) throw new DeepHealthError('DH_CANCELLED', 'Nobody wants the answer any more.', { cause });
    throw new DeepHealthError('DH_PLATFORM_UNREACHABLE', 'The other server did not answer in time.', { cause });
  }
}

/**
 * A URL that a caller names, if it is of one of the origins that the operator lists: scheme, host and port, so that an
 * address of the machine or of its cloud is one only where it is listed.
 *
 * @param origins as in "https://images.hospital.example"; none is listed: every URL is refused
 * @throws DH_REFERENCE_NOT_ALLOWED, in words that repeat nothing of the URL
 */
export function listedUrl(text: string, origins: readonly string[]): URL {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    // No URL at all is none that is listed.
  }
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url !== undefined && isWeb && url.username === '' && url.password === '' && origins.includes(url.origin)) {
    return url;
  }
  throw new DeepHealthError('DH_REFERENCE_NOT_ALLOWED', 'The URL is of no origin that this server may ask.', {
    details: { expected: 'a URL of an origin that the configuration lists' },
  });
}
