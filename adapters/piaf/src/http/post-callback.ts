import { lookup as lookUp } from 'node:dns';
import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { DeepHealthError } from '@deephealth/sdk';
import type { CallbackTarget } from './callback-hosts.js';

/** All addresses of a name. */
export type ResolveName = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface PostOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Default: as the system does. */
  readonly resolveName?: ResolveName;
}

const resolveBySystem: ResolveName = (name) =>
  new Promise((resolve, reject) => {
    lookUp(name, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });

/**
 * Posts JSON and gives the status of the answer, which is not read. Where the name leads is asked once and checked,
 * and that very address is connected to: a name cannot lead elsewhere a moment later. Redirects are answers as others.
 *
 * @throws DH_CALLBACK_REFUSED for an address that may not be reached; what the connection throws
 */
export async function postCallback(target: CallbackTarget, body: string, options: PostOptions): Promise<number> {
  const { url, mayReach } = target;
  const { timeoutMs, signal, resolveName = resolveBySystem } = options;
  const name = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0 && !mayReach(name)) throw unreachable();
  const lookup: LookupFunction = (hostname, { all }, done) => {
    resolveName(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined || !addresses.every(({ address }) => mayReach(address))) done(unreachable(), '');
        else if (all === true) done(null, [...addresses]);
        else done(null, first.address, first.family);
      },
      (error) => done(error, ''),
    );
  };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const request: RequestOptions = {
    method: 'POST',
    // No connection is kept: the next callback checks its address anew.
    ...{ agent: false, lookup, signal: limit },
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), connection: 'close' },
  };
  return new Promise((resolve, reject) => {
    const asked = url.protocol === 'https:' ? requestHttps(url, request) : requestHttp(url, request);
    asked.once('error', reject);
    asked.once('response', (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    asked.end(body);
  });
}

const unreachable = () =>
  new DeepHealthError('DH_CALLBACK_REFUSED', 'The host of a callback leads to an address that may not be reached.');
