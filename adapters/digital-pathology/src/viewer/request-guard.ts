import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** A request that may be answered, or the status of its refusal. */
export type Guarded = { readonly path: string } | number;

const LONGEST_PATH = 256;

/**
 * Refuses what is no look at the page: other methods, other names of this address (DNS rebinding), requests that a
 * page of another origin makes, and whoever does not know the secret.
 */
export function createRequestGuard({ host, secret }: { host: string; secret: string }) {
  return (
    request: Pick<IncomingMessage, 'method' | 'headers' | 'url'> & { socket?: { localPort?: number | undefined } },
  ): Guarded => {
    if (request.method !== 'GET') return 405;
    if (!isOwnHost(request.headers.host, host, request.socket?.localPort)) return 403;
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

/** A name that was bent to this address is no name of it; an address that is a number cannot be bent. */
function isOwnHost(header: string | undefined, host: string, port: number | undefined): boolean {
  const match = /^(?<name>\[[0-9a-f:.]+\]|[\w.-]+)(?::(?<port>\d+))?$/i.exec(header ?? '');
  const { name, port: given } = match?.groups ?? {};
  if (name === undefined || (port !== undefined && Number(given ?? 80) !== port)) return false;
  const plain = name.replace(/^\[|\]$/g, '').toLowerCase();
  return plain === 'localhost' || plain === host.toLowerCase() || isIP(plain) !== 0;
}

function isSame(given: string, secret: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(secret)];
  return one.length === other.length && timingSafeEqual(one, other);
}
