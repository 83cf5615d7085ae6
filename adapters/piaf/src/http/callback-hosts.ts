import { isIP } from 'node:net';
import { DeepHealthError } from '@deephealth/sdk';
import ipaddr from 'ipaddr.js';

/**
 * Where callbacks may go: `name` or `name:port`; without a port, the one of https. With `isPrivate`, the name may lead
 * to an address inside: loopback, a private network. An address that is listed as a number is meant as it stands.
 */
export type CallbackHost = string | { readonly host: string; readonly isPrivate?: boolean };

/** Where a callback goes. */
export interface CallbackTarget {
  readonly url: URL;
  /** Whether an address that the name leads to may be asked. */
  readonly mayReach: (address: string) => boolean;
}

export interface CallbackHosts {
  /** @throws DH_CALLBACK_REFUSED, which names the field and never the address */
  target(text: unknown, field: string): CallbackTarget;
}

const LONGEST_URL = 2048;

/** @throws DH_CONFIG_INVALID for an entry that is no host */
export function parseCallbackHosts(entries: readonly CallbackHost[]): CallbackHosts {
  const allowed = new Map<string, boolean>();
  entries.forEach((entry, index) => {
    const { host, isPrivate = false } = typeof entry === 'string' ? { host: entry } : entry;
    const url = URL.canParse(`https://${host}/`) ? new URL(`https://${host}/`) : undefined;
    if (url === undefined || !isSpelled(`https://${host}/`, url) || url.pathname !== '/' || url.search !== '') {
      const field = `callbackHosts[${index}]`;
      throw new DeepHealthError('DH_CONFIG_INVALID', `"${field}" must be a host name or address, with a port or not.`, {
        details: { field },
      });
    }
    allowed.set(`${url.hostname}:${url.port || '443'}`, isPrivate || isLoopbackName(url.hostname) || isNumber(url));
  });
  return {
    target(text, field) {
      const refused = (sentence: string) =>
        new DeepHealthError('DH_CALLBACK_REFUSED', `"${field}" ${sentence}.`, { details: { field } });
      if (typeof text !== 'string' || text.length > LONGEST_URL || !URL.canParse(text)) {
        throw refused('must be an absolute URL');
      }
      const url = new URL(text);
      const isHttps = url.protocol === 'https:';
      if (!isHttps && !(url.protocol === 'http:' && isLoopbackName(url.hostname))) {
        throw refused('must be https, or http to loopback');
      }
      if (!isSpelled(text, url)) throw refused('must name its host plainly, without a user and without a fragment');
      const mayBePrivate = allowed.get(`${url.hostname}:${url.port || (isHttps ? '443' : '80')}`);
      if (mayBePrivate === undefined) throw refused('names a host that the operator has not listed');
      return { url, mayReach: (address) => mayBePrivate || isPublicAddress(address) };
    },
  };
}

/** Whether an address is one of the open internet; of an IPv4 one in IPv6 clothes, whether that is. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/**
 * Whether the text says what the parser of URLs made of it: no user, no other number for the same address, no
 * separators that are tidied away.
 */
function isSpelled(text: string, url: URL): boolean {
  if (url.username !== '' || url.password !== '' || url.hash !== '' || /[\s\\@#]/u.test(text)) return false;
  const start = `${url.protocol}//${url.hostname}`;
  return text.toLowerCase().startsWith(start) && /^(?::\d{1,5})?(?:[/?]|$)/.test(text.slice(start.length));
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}

const isNumber = ({ hostname }: URL) => isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
