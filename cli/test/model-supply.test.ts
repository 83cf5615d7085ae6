import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deephealthHere } from './cli-process.js';
import { riskPackage, type ServedPackages, servePackages } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

let home: string;
let served: ServedPackages;
beforeAll(async () => {
  home = temporaryFolder();
  served = await servePackages([riskPackage('1.0.0', 0.5), riskPackage('2.0.0', 0.25)]);
});
afterAll(async () => {
  await served.stop();
  removeTemporaryFolders();
});

const json = async (...args: string[]) => JSON.parse((await deephealthHere(...args, '--json')).stdout);
const model = (...args: string[]) => deephealthHere('model', ...args, '--server', served.server.address);

describe('keys and signatures', () => {
  it('are made, trusted, put to a package, shown by validate, and revoked', async () => {
    const [key, trusted] = [join(home, 'vendor.key'), join(home, 'trusted.json')];
    const { folder } = buildTestPackage(join(home, 'store'), riskPackage('1.0.0', 0.5));
    const { keyId } = await json('key', 'new', key);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const before = readFileSync(key, 'utf8');
    const again = await deephealthHere('key', 'new', key);
    expect([again.exitCode, readFileSync(key, 'utf8')]).toEqual([1, before]);
    expect(again.stderr).toContain('DH_KEY_FILE_EXISTS');
    await json('key', 'trust', trusted, `${key}.pub.pem`, '--name', 'Vendor', '--models', 'ri*');
    const unsigned = await json('validate', folder, '--trust', trusted);
    expect(unsigned).toMatchObject({ valid: false, error: { code: 'DH_PACKAGE_UNSIGNED' }, signatures: [] });
    expect((await json('sign', folder, '--key', key)).signatures).toMatchObject([{ keyId }]);
    const signed = await json('validate', folder, '--trust', trusted);
    expect(signed).toMatchObject({ valid: true, signatures: [{ name: 'Vendor', keyId, state: 'valid' }] });
    await json('key', 'trust', trusted, `${key}.pub.pem`, '--revoke');
    expect((await json('key', 'show', trusted)).keys).toMatchObject([{ name: 'Vendor', keyId, revoked: true }]);
    expect((await json('validate', folder, '--trust', trusted)).error.code).toBe('DH_PACKAGE_KEY_REVOKED');
  });

  it('need the passphrase that a key was written with', async () => {
    const [key, passphrase] = [join(home, 'locked.key'), join(home, 'passphrase')];
    writeFileSync(passphrase, 'open sesame\n');
    const { folder } = buildTestPackage(join(home, 'locked'), riskPackage('1.0.0', 0.5));
    await json('key', 'new', key, '--passphrase-file', passphrase);
    expect((await deephealthHere('sign', folder, '--key', key)).stderr).toContain('DH_KEY_FILE_INVALID');
    expect(existsSync(join(folder, 'SHA256SUMS.sig'))).toBe(false);
    expect((await deephealthHere('sign', folder, '--key', key, '--passphrase-file', passphrase)).exitCode).toBe(0);
  });
});

describe('deephealth model', () => {
  it('stops a model, shows who and why, and releases it', async () => {
    const stopped = await model('suspend', 'risk', '2.0.0', '--reason', 'wrong units');
    expect(stopped.stdout).toMatch(/^risk 2\.0\.0: SUSPENDED since .* by anonymous\n {2}wrong units\n$/);
    const listed = await deephealthHere('models', '--address', served.server.address);
    expect(listed.stdout).toMatch(/^risk +2\.0\.0 +SUSPENDED/m);
    expect(listed.stdout).toContain('wrong units');
    expect((await model('list')).stdout).toContain('wrong units');
    expect((await model('resume', 'risk')).stdout).toBe('risk is released.\n');
    expect((await model('resume', 'risk')).exitCode).toBe(1);
    expect((await model('list')).stdout).toBe('Nothing is suspended, and no rollout is under way.\n');
  });

  it('sets a rollout, shows it and ends it', async () => {
    const set = await model('rollout', 'risk', '--candidate', '2.0.0', '--share', '0.25');
    expect(set.stdout).toContain('2.0.0 answers 25 % of the requests that name no version; 0 so far');
    expect((await model('rollout', 'risk')).stdout).toBe(set.stdout);
    expect((await model('rollout', 'risk', '--end')).stdout).toContain('no rollout');
    expect((await model('rollout', 'risk', '--candidate', '2.0.0')).exitCode).toBe(2);
    expect((await model('rollout', 'risk', '--as-configured')).exitCode).toBe(0);
  });
});
