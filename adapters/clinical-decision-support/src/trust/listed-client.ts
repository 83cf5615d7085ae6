import {
  DeepHealthError,
  fetchKeySet,
  fixedKeySource,
  type KeySource,
  loadedKeySource,
  parseKeySet,
  readKeySetFile,
} from '@deephealth/sdk';
import { isLoopback, toFingerprint } from './peer.js';
import { CLIENT_ALGORITHMS, type ClientOptions, type ListedClientsOptions } from './trust-options.js';

/** A client of the configuration, checked, with its keys at hand. */
export interface ListedClient {
  readonly issuer: string;
  readonly authentication: 'token' | 'certificate' | 'certificate-and-token';
  readonly algorithms: readonly string[];
  readonly audiences: readonly string[];
  readonly fingerprints: readonly string[];
  allowsTenant(tenant: unknown): boolean;
  /** The source for what the token names as `jku`; undefined if that is not allowed. */
  keySource(keySetUrl: string | undefined): KeySource | undefined;
}

/** Throws DH_CONFIG_INVALID, naming the client by its place in the list. */
export function listClients(options: ListedClientsOptions): ListedClient[] {
  const { clients } = options;
  if (!Array.isArray(clients) || clients.length === 0) invalid('clients', 'lists nobody');
  const listed = clients.map((client, index) => listClient(client, `clients[${index}]`, options));
  assertUnique(
    listed.map(({ issuer }) => issuer),
    'issuer',
  );
  assertUnique(
    listed.flatMap(({ fingerprints }) => fingerprints),
    'certificate',
  );
  return listed;
}

function listClient(client: ClientOptions, at: string, { allowInsecureForTests }: ListedClientsOptions): ListedClient {
  const { issuer, tenants = [], algorithms = ['ES384', 'RS384'], audiences = [], authentication = 'token' } = client;
  if (typeof issuer !== 'string' || issuer === '') invalid(`${at}.issuer`, 'is empty');
  if (algorithms.length === 0) invalid(`${at}.algorithms`, 'is empty');
  if (algorithms.some((one) => !CLIENT_ALGORITHMS.includes(one))) {
    invalid(`${at}.algorithms`, 'names an algorithm that is not one of public keys');
  }
  if (!['token', 'certificate', 'certificate-and-token'].includes(authentication)) {
    invalid(`${at}.authentication`, 'is none of token, certificate, certificate-and-token');
  }
  const fingerprints = (client.certificates ?? []).map(
    (text) => toFingerprint(text) ?? invalid(`${at}.certificates`, 'holds what is no SHA-256 fingerprint'),
  );
  if (authentication !== 'token' && fingerprints.length === 0) invalid(`${at}.certificates`, 'is empty');
  if (authentication === 'token' && fingerprints.length > 0) {
    invalid(`${at}.authentication`, 'is token, so that the certificates would not count');
  }
  return {
    issuer,
    authentication,
    algorithms,
    audiences,
    fingerprints,
    allowsTenant: (tenant) =>
      tenants === 'any' || (tenants.length === 0 ? tenant === undefined : tenants.some((one) => one === tenant)),
    keySource: keySources(client, at, allowInsecureForTests === true, authentication === 'certificate'),
  };
}

function keySources(
  client: ClientOptions,
  at: string,
  allowsInsecure: boolean,
  isOptional: boolean,
): ListedClient['keySource'] {
  const { jwks, jwksFile, jku } = client;
  const ways = [jwks, jwksFile, jku].filter((way) => way !== undefined).length;
  if (ways > 1) invalid(at, 'has more than one of jwks, jwksFile and jku');
  if (jwks !== undefined) {
    const keySet = parseKeySet(jwks);
    if (typeof keySet === 'string') invalid(`${at}.jwks`, keySet);
    const source = fixedKeySource(keySet);
    return () => source;
  }
  if (jwksFile !== undefined) {
    // A file costs nothing to look at; who exchanged it waits no longer than this.
    const source = loadedKeySource(() => readKeySetFile(jwksFile), { pauseMs: 1_000 });
    source.prepare();
    return () => source;
  }
  if (jku !== undefined && jku.length > 0) {
    const sources = new Map<string, KeySource>();
    for (const url of jku) {
      assertKeySetUrl(url, `${at}.jku`, allowsInsecure);
      const source = loadedKeySource(() => fetchKeySet(url));
      source.prepare();
      sources.set(url, source);
    }
    const sole = sources.size === 1 ? jku[0] : undefined;
    return (keySetUrl = sole) => (keySetUrl === undefined ? undefined : sources.get(keySetUrl));
  }
  if (!isOptional) invalid(at, 'has none of jwks, jwksFile and jku');
  return () => undefined;
}

function assertKeySetUrl(text: string, at: string, allowsInsecure: boolean): void {
  const url = URL.canParse(text) ? new URL(text) : invalid(at, 'holds what is no URL');
  const isAllowed =
    url.protocol === 'https:' || (allowsInsecure && url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isAllowed) invalid(at, 'holds an address that is not https');
  if (url.username !== '' || url.password !== '') invalid(at, 'holds an address with a password');
}

function assertUnique(values: readonly string[], what: string): void {
  if (new Set(values).size !== values.length) invalid('clients', `lists the same ${what} twice`);
}

function invalid(at: string, why: string): never {
  throw new DeepHealthError('DH_CONFIG_INVALID', `The setting trust.${at} ${why}.`, {
    details: { setting: `trust.${at}` },
  });
}
