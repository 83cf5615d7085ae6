import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isOwnName } from '@deephealth/sdk';

/** A request that may be answered, or the status of its refusal. */
export type Guarded = { readonly path: string } | number;

const LONGEST_PATH = 256;

/**
 * Refuses what is no look at the page: other methods, other names of this address (DNS rebinding), requests that a
 * page of another origin makes, and whoever does not know the secret.
 */
export function createRequestGuard({ host, secret }: { host: string; secret: string }) {
  const own = [host.toLowerCase()];
  return (
    request: Pick<IncomingMessage, 'method' | 'headers' | 'url'> & {
      socket?: { localPort?: number | undefined; encrypted?: boolean };
    },
  ): Guarded => {
    if (request.method !== 'GET') return 405;
    if (!isOwnHost(request.headers, own, request.socket)) return 403;
    const { url = '/' } = request;
    if (url.length > LONGEST_PATH) return 414;
    const [, given = '', ...rest] = (url.split('?', 1)[0] as string).split('/');
    if (!isSame(given, secret)) return 404;
    const path = rest.join('/');
    const isPage = rest.length === 1 && path === '';
    // Browsers say who asks. A link that leads to the page is followed; nothing else is given to other origins.
    const site = request.headers['sec-fetch-site'];
    const isOwn = site === undefined || site === 'same-origin' || site === 'none';
    if (!isOwn && !(isPage && request.headers['sec-fetch-mode'] === 'navigate')) return 403;
    return rest.length === 0 ? 404 : { path };
  };
}

/** A name of this server, with the port that it listens at. */
function isOwnHost(
  headers: IncomingHttpHeaders,
  own: readonly string[],
  { localPort: port, encrypted = false }: { localPort?: number | undefined; encrypted?: boolean } = {},
): boolean {
  if (!isOwnName(headers, own)) return false;
  return port === undefined || Number(/:(\d+)$/.exec(headers.host ?? '')?.[1] ?? (encrypted ? 443 : 80)) === port;
}

function isSame(given: string, secret: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(secret)];
  return one.length === other.length && timingSafeEqual(one, other);
}
