import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RuntimeServerOptions } from '@deephealth/runtime';
import { newSigningKey, type SigningKey, signPackage } from '@deephealth/sdk';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, reached } from './eventually.js';
import { refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';
import { offsetPackage } from './versioned-model.js';

const vendor = newSigningKey();
let test: TestServer | undefined;
let home: string;
let keys: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'deephealth-keys-'));
  keys = join(home, 'trusted.json');
  trust();
});
afterEach(async () => {
  await test?.stop();
  test = undefined;
  rmSync(home, { recursive: true, force: true });
});

function trust(more: object = {}, key: SigningKey = vendor): void {
  const entry = { name: 'Vendor', key: key.publicKey.export({ format: 'jwk' }), ...more };
  writeFileSync(keys, JSON.stringify({ keys: [entry] }));
}

/** A server whose store holds "offset" as given, signed unless told otherwise. */
async function start(
  options: Partial<RuntimeServerOptions> & { readonly isSigned?: boolean } = {},
): Promise<TestServer> {
  const { isSigned = true, ...server } = options;
  const store = mkdtempSync(join(home, 'store-'));
  const { folder } = buildTestPackage(store, offsetPackage());
  if (isSigned) await signPackage(folder, vendor);
  test = await startTestServer([], { models: [store], trust: { keys }, stateFolder: join(home, 'state'), ...server });
  return test;
}
const version = () => (test as TestServer).server.store.find('offset', '1');
const ask = async () =>
  valuesOf(
    await (test as TestServer).client.predict({ modelName: 'offset', inputs: [tensorInput('x', [0, 0, 0, 0])] }),
  )[0];
const asked = async () => ask().catch((error) => error.code);

describe('a server that has trusted keys', () => {
  it('serves what a trusted key has signed, and says that it looked', async () => {
    await start();
    expect(await ask()).toBe(1);
    const { verification } = await (test as TestServer).client.getModel('offset');
    expect(verification?.checks[0]).toMatchObject({ name: 'signature', status: 'CHECK_STATUS_PASSED' });
  });

  it('refuses a package that nobody has signed before it reads anything else of it', async () => {
    const store = mkdtempSync(join(home, 'store-'));
    const { folder } = buildTestPackage(store, offsetPackage());
    writeFileSync(join(folder, 'model.json'), 'this is not JSON');
    test = await startTestServer([], { models: [store], trust: { keys } });
    expect(version().reason?.code).toBe('DH_PACKAGE_UNSIGNED');
    expect(
      version()
        .report?.checks.map(({ name, status }) => [name, status])
        .slice(0, 2),
    ).toEqual([
      ['signature', 'CHECK_STATUS_FAILED'],
      ['package', 'CHECK_STATUS_NOT_RUN'],
    ]);
    expect(version().hostPid).toBeUndefined();
    expect((await refusalOf(ask())).code).toBe('DH_MODEL_QUARANTINED');
  });

  it('serves unsigned packages too where it is told so', async () => {
    await start({ isSigned: false, trust: { keys, requireSignatures: false } });
    expect(await ask()).toBe(1);
  });

  it('does not start without keys that it can read', async () => {
    writeFileSync(keys, '{"keys": 1}');
    expect((await refusalOf(start())).code).toBe('DH_TRUST_STORE_INVALID');
  });

  it('stops what a key has signed when it is revoked, and takes it back when it is trusted again', async () => {
    const { server } = await start();
    expect(await ask()).toBe(1);
    const quarantined = reached(version(), 'QUARANTINED');
    trust({ revoked: true });
    await quarantined;
    expect(version().reason?.code).toBe('DH_PACKAGE_KEY_REVOKED');
    expect(await asked()).toBe('DH_MODEL_QUARANTINED');
    // No load and no look by hand makes it serve.
    expect((await refusalOf(server.store.load('offset', '1'))).code).toBe('DH_PACKAGE_KEY_REVOKED');
    const ready = reached(version(), 'READY');
    trust();
    await ready;
    expect(await ask()).toBe(1);
  });

  it('goes by the keys that it read last while they cannot be read, and says so', async () => {
    const { logged } = await start();
    writeFileSync(keys, 'half a docu');
    await eventually('the log', () => logged.some((line) => line.includes('trust.unreadable')));
    expect(await ask()).toBe(1);
  });

  it('finds a signature that comes later, by looking at its stores', async () => {
    const { server } = await start({ isSigned: false, repository: { mode: 'poll', pollIntervalMs: 100 } });
    expect(version().state).toBe('QUARANTINED');
    const ready = reached(version(), 'READY');
    await signPackage(version().folder, vendor);
    await ready;
    expect(server.store.find('offset', '1').report?.checks[0]?.status).toBe('CHECK_STATUS_PASSED');
  });
});

/** Puts another sound package in the place of the one that serves; gives what would serve then. */
function swapFiles(folder: string): void {
  buildTestPackage(join(folder, '..', '..'), offsetPackage({ offset: 5 }));
}

describe('files that are swapped after they were verified', () => {
  it.each([['without trusted keys'], ['signed by a trusted key'], ['unsigned']])(
    'are not loaded by the host that takes the place of a dead one (%s)',
    async (which) => {
      await start(which === 'without trusted keys' ? { trust: undefined as never } : {});
      expect(await ask()).toBe(1);
      swapFiles(version().folder);
      if (which === 'signed by a trusted key') await signPackage(version().folder, vendor);
      const quarantined = reached(version(), 'QUARANTINED');
      process.kill(version().hostPid as number, 'SIGKILL');
      await quarantined;
      const expected = which === 'unsigned' ? /^DH_PACKAGE_SIGNATURE_WRONG$/ : /^DH_PACKAGE_CHANGED$/;
      expect(version().reason?.code).toMatch(expected);
      expect(await asked()).toBe('DH_MODEL_QUARANTINED');
    },
  );

  it('are served once somebody has the version verified again, if they are signed', async () => {
    const { client } = await start();
    swapFiles(version().folder);
    expect((await client.verifyModel('offset', '1')).model?.stateReason?.reason).toBe('PACKAGE_SIGNATURE_WRONG');
    await signPackage(version().folder, vendor);
    expect((await client.verifyModel('offset', '1')).model?.state).toBe('MODEL_STATE_READY');
    expect(await ask()).toBe(5);
  });

  it('never reach a host that was told to load the ones before', async () => {
    await start();
    const digest = version().packageSha256;
    swapFiles(version().folder);
    const { readModelPackage } = await import('@deephealth/sdk');
    const refused = await refusalOf(readModelPackage(version().folder, digest));
    expect(refused.code).toBe('DH_PACKAGE_CHANGED');
    expect(readFileSync(join(version().folder, 'SHA256SUMS.sig'), 'utf8')).toContain(digest);
  });
});
