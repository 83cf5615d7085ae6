import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RuntimeServerOptions, startRuntimeServer } from '@deephealth/runtime';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
let options: RuntimeServerOptions;
const taken = createServer();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-start-'));
  const jwksFile = join(folder, 'jwks.json');
  const { publicKey } = await generateKeyPair('ES256');
  writeFileSync(jwksFile, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] }));
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  options = {
    models: [folder],
    port: 0,
    stateFolder: folder,
    audit: { folder: join(folder, 'audit') },
    access: { tokens: [{ issuer: 'https://identity.example', audience: 'deephealth', jwksFile, singleUse: true }] },
  };
});
afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true });
});

/** Files of the state folder that this process holds open. */
const heldFiles = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`);
      return file.startsWith(folder) ? [file.slice(folder.length + 1)] : [];
    } catch {
      return [];
    }
  });
const locks = () => readdirSync(join(folder, 'audit')).filter((name) => name.endsWith('.sock'));

describe.skipIf(process.platform !== 'linux')('a start that ends half way', () => {
  it('leaves nothing open where a model to be loaded is not there', async () => {
    const repository = { mode: 'explicit', load: ['nowhere'] } as const;
    await expect(startRuntimeServer({ ...options, repository })).rejects.toMatchObject({ code: 'DH_CONFIG_INVALID' });
    expect(heldFiles()).toEqual([]);
  });

  it('leaves alone the memory of single-use tokens of a server that runs', async () => {
    const server = await startRuntimeServer(options);
    try {
      const before = heldFiles();
      expect(before).toContain('seen-tokens');
      await expect(startRuntimeServer(options)).rejects.toMatchObject({
        code: 'DH_CONFIG_INVALID',
        details: { field: '/stateFolder' },
      });
      expect(heldFiles()).toEqual(before);
    } finally {
      await server.stop();
    }
  });

  it('leaves nothing open where its audit folder or its port is another one’s', async () => {
    const other = await startRuntimeServer({ ...options, stateFolder: join(folder, 'other') });
    await expect(startRuntimeServer(options)).rejects.toMatchObject({ code: 'DH_AUDIT_LOCKED' });
    await other.stop();
    expect(heldFiles()).toEqual([]);
    const { port } = taken.address() as AddressInfo;
    await expect(startRuntimeServer({ ...options, httpPort: port })).rejects.toMatchObject({ code: 'DH_PORT_IN_USE' });
    expect([heldFiles(), locks()]).toEqual([[], []]);
    await (await startRuntimeServer(options)).stop();
  });
});
