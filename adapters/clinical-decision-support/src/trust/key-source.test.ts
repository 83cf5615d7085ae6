import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchKeySet, loadedKeySource, readKeySetFile } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bearer, createSigningClient, NOW, SERVICE_URL, type SigningClient } from '../../test/signing-client.js';
import { refusalOf } from './client-refusal.js';
import { createClientTrust } from './client-trust.js';
import type { ClientOptions } from './trust-options.js';
import type { ClientTrust } from './trusted-client.js';

const EHR = 'https://ehr.example/fhir';

let folder: string;
let server: Server;
let answer: RequestListener;
let requests: string[];
let base: string;
let first: SigningClient;
let second: SigningClient;
const opened: ClientTrust[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cds-keys-'));
  first = await createSigningClient(EHR, 'ES384', 'first');
  second = await createSigningClient(EHR, 'ES384', 'second');
  requests = [];
  answer = (_request, response) => response.end(JSON.stringify(first.keySet));
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((trust) => trust.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

async function open(client: Partial<ClientOptions>): Promise<ClientTrust> {
  const trust = await createClientTrust({
    clients: [{ issuer: EHR, ...client }],
    allowInsecureForTests: true,
    stateFolder: folder,
    now: () => NOW,
  });
  opened.push(trust);
  return trust;
}

/** "accepted", or the reason. */
async function outcome(trust: ClientTrust, token: string): Promise<string> {
  try {
    await trust.verify(bearer(token), SERVICE_URL, NOW);
    return 'accepted';
  } catch (error) {
    return refusalOf(error)?.reason ?? String(error);
  }
}

describe('a key set at an allowed address', () => {
  it('is fetched once for many tokens', async () => {
    const trust = await open({ jku: [`${base}/jwks`] });
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => first.token({ header: { jku: `${base}/jwks` } })),
    );
    const outcomes = await Promise.all(tokens.map((token) => outcome(trust, token)));
    expect(new Set(outcomes)).toEqual(new Set(['accepted']));
    expect(requests).toEqual(['/jwks']);
  });

  it('also serves a token that names no address, if it is the only one', async () => {
    const trust = await open({ jku: [`${base}/jwks`] });
    expect(await outcome(trust, await first.token())).toBe('accepted');
    const torn = await open({ jku: [`${base}/jwks`, `${base}/more`] });
    expect(await outcome(torn, await first.token())).toBe('key-set-not-allowed');
  });

  it('is never fetched from an address that is not listed', async () => {
    const trust = await open({ jku: [`${base}/jwks`] });
    for (const jku of [
      `${base}/evil`,
      `${base}/jwks?`,
      `${base}/jwks#`,
      `${base}/jwks/../evil`,
      'file:///etc/hosts',
      '',
    ]) {
      expect(await outcome(trust, await first.token({ header: { jku } })), jku).toBe('key-set-not-allowed');
    }
    // What the configuration lists is fetched once, at the start.
    expect(await outcome(trust, await first.token())).toBe('accepted');
    expect(requests).toEqual(['/jwks']);
  });

  it('is not looked at where keys came out of band', async () => {
    const trust = await open({ jwks: first.keySet });
    expect(await outcome(trust, await first.token({ header: { jku: `${base}/jwks` } }))).toBe('accepted');
    expect(requests).toEqual([]);
  });

  it('is not followed to another address', async () => {
    answer = (request, response) => {
      if (request.url === '/jwks') response.writeHead(302, { location: `${base}/other` }).end();
      else response.end(JSON.stringify(first.keySet));
    };
    const trust = await open({ jku: [`${base}/jwks`] });
    expect(await outcome(trust, await first.token())).toBe('key-set-unavailable');
    expect(requests).toEqual(['/jwks']);
  });

  const BROKEN: readonly (readonly [string, RequestListener])[] = [
    ['an error', (_request, response) => response.writeHead(500).end(JSON.stringify(first.keySet))],
    ['no JSON', (_request, response) => response.end('<html>')],
    ['no key', (_request, response) => response.end('{"keys":[]}')],
    ['a shared key', (_request, response) => response.end('{"keys":[{"kty":"oct","k":"AAAA","kid":"first"}]}')],
    ['a connection that breaks', (_request, response) => response.destroy()],
    ['300 kB', (_request, response) => response.end(JSON.stringify({ ...first.keySet, x: 'x'.repeat(300 * 1024) }))],
  ];

  it.each(BROKEN)('that gives %s accepts nobody', async (_name, listener) => {
    answer = listener;
    const trust = await open({ jku: [`${base}/jwks`] });
    expect(await outcome(trust, await first.token())).toBe('key-set-unavailable');
  });

  it('is given up on when it takes too long, even drop by drop', async () => {
    let drops: NodeJS.Timeout | undefined;
    answer = (_request, response) => {
      response.write('{');
      drops = setInterval(() => response.write(' '), 10);
    };
    await expect(fetchKeySet(`${base}/jwks`, { timeoutMs: 100 })).rejects.toThrow();
    clearInterval(drops);
  });

  it('is asked for once, not each time, while anyone sends key ids that nobody knows', async () => {
    const trust = await open({ jku: [`${base}/jwks`] });
    for (let round = 0; round < 10; round++) {
      expect(await outcome(trust, await first.token({ header: { kid: `guess-${round}` } }))).toBe('key-unknown');
    }
    expect(requests).toEqual(['/jwks']);
    expect(await outcome(trust, await first.token())).toBe('accepted');
  });
});

describe('keys that change', () => {
  const hint = (kid: string) => ({ alg: 'ES384', kid });

  it('are loaded again for one unknown key id, after the pause', async () => {
    let clock = 0;
    let loads = 0;
    let keySet = first.keySet;
    const load = async () => {
      loads++;
      return keySet;
    };
    const source = loadedKeySource(load, { pauseMs: 1_000, clock: () => clock });
    await source.find(hint('first'));
    keySet = second.keySet;
    await expect(source.find(hint('second'))).rejects.toMatchObject({ reason: 'key-unknown' });
    clock = 1_001;
    await source.find(hint('second'));
    // The key that was withdrawn counts no more.
    await expect(source.find(hint('first'))).rejects.toMatchObject({ reason: 'key-unknown' });
    expect(loads).toBe(2);
  });

  it('are loaded anew beside the call once they are no longer fresh, and serve on while that fails', async () => {
    let clock = 0;
    let loads = 0;
    let isDown = false;
    const load = async () => {
      loads++;
      if (isDown) throw new Error('down');
      return first.keySet;
    };
    const source = loadedKeySource(load, {
      freshMs: 100,
      usableMs: 1_000,
      pauseMs: 10,
      retryMs: 30,
      clock: () => clock,
    });
    await source.find(hint('first'));
    clock = 50;
    await source.find(hint('first'));
    expect(loads).toBe(1);
    isDown = true;
    clock = 101;
    await source.find(hint('first'));
    expect(loads).toBe(2);
    clock = 1_001;
    await expect(source.find(hint('first'))).rejects.toMatchObject({ reason: 'key-set-unavailable' });
    isDown = false;
    await expect(source.find(hint('first'))).rejects.toMatchObject({ reason: 'key-set-unavailable' });
    clock = 1_031;
    await source.find(hint('first'));
    expect(loads).toBe(4);
  });

  it('of one id, twice in a set, count as none', async () => {
    const both = [...first.keySet.keys, ...second.keySet.keys].map((key) => ({ ...key, kid: 'first' }));
    const trust = await open({ jwks: { keys: both } });
    expect(await outcome(trust, await first.token())).toBe('key-unknown');
  });

  it('in a file are read again when a token names one that was not in it', async () => {
    const jwksFile = join(folder, 'keys.json');
    await writeFile(jwksFile, JSON.stringify(first.keySet));
    let clock = 0;
    const trust = await open({ jwksFile });
    expect(await outcome(trust, await first.token())).toBe('accepted');
    const source = loadedKeySource(() => readKeySetFile(jwksFile), { pauseMs: 1_000, clock: () => clock });
    await source.find(hint('first'));
    await writeFile(jwksFile, JSON.stringify(second.keySet));
    clock = 1_001;
    await source.find(hint('second'));
  });

  it('in a file that is absent accept nobody', async () => {
    const trust = await open({ jwksFile: join(folder, 'absent.json') });
    expect(await outcome(trust, await first.token())).toBe('key-set-unavailable');
  });
});

describe('weak keys', () => {
  it('of RSA with 1024 bits are refused', async () => {
    const { generateKeyPairSync, sign } = await import('node:crypto');
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const trust = await open({ jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kty: 'RSA', kid: 'weak' }] } });
    const good = (await first.token()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'RS384', kid: 'weak', typ: 'JWT' })).toString('base64url');
    const signature = sign('sha384', Buffer.from(`${header}.${good[1]}`), privateKey).toString('base64url');
    expect(await outcome(trust, `${header}.${good[1]}.${signature}`)).toBe('token-malformed');
  });
});
