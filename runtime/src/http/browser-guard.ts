import type { IncomingHttpHeaders } from 'node:http';

/**
 * True if a browser sends the request for a page of another origin. Any page that a user of this
 * machine opens could otherwise post to a loopback port, blindly but with effect; programs send
 * neither header.
 */
export function isForeignPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host } = headers;
  return origin !== undefined && origin.replace(/^[a-z]+:\/\//i, '').toLowerCase() !== host?.toLowerCase();
}
