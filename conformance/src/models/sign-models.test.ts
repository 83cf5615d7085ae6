import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrustedKeys, verifyPackageSignature } from '@deephealth/sdk';
import { afterAll, describe, expect, it } from 'vitest';
import { BROKEN_PACKAGES, BROKEN_VERSION } from './broken.js';
import { readPackageSigner, signModels } from './sign-models.js';
import { writeModels } from './write-models.js';

const folder = mkdtempSync(join(tmpdir(), 'deephealth-signed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('signModels', () => {
  it('signs every package of the suite as a server that trusts the key wants it, broken ones too', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const signer = readPackageSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const store = join(folder, 'store');
    const written = writeModels(store);
    expect(signModels(store, signer)).toBe(written.length + BROKEN_PACKAGES.length);
    const trusted = join(folder, 'signer.pem');
    writeFileSync(trusted, publicKey.export({ type: 'spki', format: 'pem' }));
    const keys = await readTrustedKeys([trusted]);
    for (const [name, version, digest] of [
      ...written.map(({ model, packageSha256 }) => [model.name, model.version, packageSha256] as const),
      ...BROKEN_PACKAGES.map(({ name }) => [name, BROKEN_VERSION, undefined] as const),
    ]) {
      const { signatures, packageSha256 } = await verifyPackageSignature(join(store, name, version), name, keys);
      expect([name, signatures]).toEqual([name, [expect.objectContaining({ state: 'valid' })]]);
      if (digest !== undefined) expect(packageSha256).toBe(digest);
    }
  });

  it.each([
    ['no key', 'secret words'],
    [
      'a key of another kind',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ],
  ])('refuses %s, and tells nothing of it', (_, pem) => {
    const read = () => readPackageSigner(pem);
    expect(read).toThrow(RangeError);
    expect(read).not.toThrow('secret words');
  });
});
