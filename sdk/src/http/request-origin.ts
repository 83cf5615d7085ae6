import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Whether the name that a request was sent to is one of this server: a name of others that was bent to this address
 * (DNS rebinding) is none, and an address that is a number cannot be bent.
 *
 * @param own names beside `localhost`, in lower case and without brackets: of the host that is listened at, and of a
 *   public address
 */
export function isOwnName({ host: header }: IncomingHttpHeaders, own: readonly string[]): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1];
  if (name === undefined) return false;
  const plain = name.replace(/^\[|\]$/g, '').toLowerCase();
  return plain === 'localhost' || own.includes(plain) || isIP(plain) !== 0;
}

/** Whether a browser asks for a page of another origin; a link that leads here may be followed. */
export function isForeignPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    return site !== 'same-origin' && site !== 'none' && headers['sec-fetch-mode'] !== 'navigate';
  }
  const { origin, host } = headers;
  return origin !== undefined && origin.replace(/^[a-z]+:\/\//i, '').toLowerCase() !== host?.toLowerCase();
}
