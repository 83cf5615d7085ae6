import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Whether a name that the request was sent to is one of this machine: a name that was bent to this address (DNS
 * rebinding) is none, and an address that is a number cannot be bent.
 *
 * @param host that the server listens at
 */
export function isOwnName({ host: header }: IncomingHttpHeaders, host: string): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d+)?$/i.exec(header ?? '')?.[1];
  if (name === undefined) return false;
  const plain = name.replace(/^\[|\]$/g, '').toLowerCase();
  return plain === 'localhost' || plain === host.toLowerCase() || isIP(plain) !== 0;
}

/** Whether a browser asks for a page of another origin; a link that leads to a page here may be followed. */
export function isForeignPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined) {
    const { origin, host } = headers;
    return origin !== undefined && origin.replace(/^[a-z]+:\/\//i, '').toLowerCase() !== host?.toLowerCase();
  }
  return site !== 'same-origin' && site !== 'none' && headers['sec-fetch-mode'] !== 'navigate';
}
