import { sign } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { readModelPackage } from '../package/package-folder.js';
import { writeChecksums } from '../package/write-checksums.js';
import { buildOnnxModel } from '../testing/onnx-model-builder.js';
import { buildTestPackage, writeTestSums } from '../testing/test-package.js';
import { type TrustPolicy, verifyPackageSignature } from './judge-package.js';
import {
  newSigningKey,
  readPrivateKey,
  readPublicKey,
  type SigningKey,
  writePrivateKey,
  writePublicKey,
} from './key-files.js';
import { formatPackageSignatures, parsePackageSignatures } from './package-signature.js';
import { signPackage } from './sign-package.js';
import { readTrustedKeys, type TrustedKeys } from './trusted-keys.js';

let home: string;
let folder: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'deephealth-trust-'));
  const tensor = { name: 'x', dataType: 'FP32' as const, shape: [1] };
  folder = buildTestPackage(home, {
    name: 'heart-risk',
    model: buildOnnxModel({
      inputs: [{ ...tensor }],
      outputs: [{ ...tensor, name: 'y' }],
      nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    }),
    tensors: { inputs: [tensor], outputs: [{ ...tensor, name: 'y' }] },
    golden: [
      {
        id: 'one',
        inputs: { x: { dataType: 'FP32', shape: [1], values: [1] } },
        expected: { y: { dataType: 'FP32', shape: [1], values: [1] } },
      },
    ],
    files: { 'bindings/cds-hooks.json': '{}' },
  }).folder;
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const [vendor, hospital, stranger] = [newSigningKey(), newSigningKey(), newSigningKey()];
const jwk = ({ publicKey }: SigningKey) => publicKey.export({ format: 'jwk' });
const signatureFile = () => join(folder, 'SHA256SUMS.sig');

async function trusting(...entries: object[]): Promise<TrustedKeys> {
  const file = join(home, 'trusted.json');
  writeFileSync(file, JSON.stringify({ keys: entries }));
  return readTrustedKeys([file]);
}
const asVendor = (more: object = {}) => ({ name: 'Vendor', key: jwk(vendor), ...more });
const asHospital = { name: 'Hospital', key: jwk(hospital) };

async function codeFor(trusted: TrustedKeys, policy?: TrustPolicy, model = 'heart-risk'): Promise<string | undefined> {
  return (await verifyPackageSignature(folder, model, trusted, policy)).refusal?.code;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing',
    (error: DeepHealthError) => error.code,
  );
}

describe('a signature over a package', () => {
  it('is believed when a trusted key has made it, and says so of each', async () => {
    const trusted = await trusting(asVendor(), asHospital);
    expect(await codeFor(trusted)).toBe('DH_PACKAGE_UNSIGNED');
    await signPackage(folder, vendor);
    await signPackage(folder, hospital);
    const { refusal, signatures } = await verifyPackageSignature(folder, 'heart-risk', trusted);
    expect(refusal).toBeUndefined();
    expect(signatures.map(({ name, state }) => [name, state])).toEqual([
      ['Vendor', 'valid'],
      ['Hospital', 'valid'],
    ]);
    // A second one of a key takes the place of its first.
    expect((await signPackage(folder, vendor)).signatures).toHaveLength(2);
    expect((await readModelPackage(folder)).manifest.name).toBe('heart-risk');
    expect(readdirSync(join(home, 'heart-risk'))).toEqual(['1']);
  });

  it('covers every file of the package: a change of any is refused, and so is one more', async () => {
    await signPackage(folder, vendor);
    const trusted = await trusting(asVendor());
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.length).toBe(7);
    for (const file of files) {
      const bytes = readFileSync(file);
      appendFileSync(file, ' ');
      const isSums = file.endsWith('SHA256SUMS');
      if (!file.endsWith('.sig')) {
        expect(await codeOf(readModelPackage(folder)), file).toMatch(
          /^DH_(FILE_DIGEST_MISMATCH|PACKAGE_PATH_INVALID)$/,
        );
        // With new sums the package is sound, and the signature is not one of it.
        if (!isSums) await writeChecksums(folder);
        expect(await codeFor(trusted), file).toBe('DH_PACKAGE_SIGNATURE_WRONG');
      }
      writeFileSync(file, bytes);
      await writeChecksums(folder);
      expect(await codeFor(trusted)).toBeUndefined();
    }
    writeFileSync(join(folder, 'bindings', 'more.json'), '{}');
    expect(await codeOf(readModelPackage(folder))).toBe('DH_PACKAGE_FILE_UNLISTED');
  });

  it('is bound to its key, its time and its purpose', async () => {
    const { packageSha256, signatures } = await signPackage(folder, vendor);
    const [made] = signatures as [(typeof signatures)[0]];
    const trusted = await trusting(asVendor(), asHospital);
    const write = (change: Partial<typeof made>) =>
      writeFileSync(signatureFile(), formatPackageSignatures({ packageSha256, signatures: [{ ...made, ...change }] }));
    write({ signedAt: '2020-01-01T00:00:00Z' });
    expect(await codeFor(trusted)).toBe('DH_PACKAGE_SIGNATURE_WRONG');
    write({ keyId: hospital.id });
    expect(await codeFor(trusted)).toBe('DH_PACKAGE_SIGNATURE_WRONG');
    // What the key has signed for something else is no signature of a package.
    const bare = (text: string) => sign(null, Buffer.from(text), vendor.privateKey).toString('base64url');
    for (const text of [packageSha256, readFileSync(join(folder, 'SHA256SUMS'), 'utf8')]) {
      write({ signature: bare(text) });
      expect(await codeFor(trusted)).toBe('DH_PACKAGE_SIGNATURE_WRONG');
    }
    write({});
    expect(await codeFor(trusted)).toBeUndefined();
  });

  it('is refused as wrong even where none is needed, and one of a stranger then says nothing', async () => {
    const policy = { requireSignatures: false };
    const trusted = await trusting(asVendor());
    expect(await codeFor(trusted, policy)).toBeUndefined();
    await signPackage(folder, stranger);
    expect(await codeFor(trusted, policy)).toBeUndefined();
    expect(await codeFor(trusted)).toBe('DH_PACKAGE_SIGNER_UNTRUSTED');
    await signPackage(folder, vendor);
    writeFileSync(join(folder, 'MODEL_CARD.md'), '# Another card\n');
    writeTestSums(folder);
    expect(await codeFor(trusted, policy)).toBe('DH_PACKAGE_SIGNATURE_WRONG');
  });

  it.each([
    [{ revoked: true }, 'DH_PACKAGE_KEY_REVOKED'],
    [{ notAfter: '2020-01-01T00:00:00Z' }, 'DH_PACKAGE_KEY_EXPIRED'],
    [{ notBefore: '2999-01-01T00:00:00Z' }, 'DH_PACKAGE_KEY_NOT_YET_VALID'],
    [{ models: ['lung-*', 'heart'] }, 'DH_PACKAGE_SIGNER_UNTRUSTED'],
    [{ models: ['lung-*', 'heart-*'] }, undefined],
    [{ notBefore: '2020-01-01T00:00:00Z', notAfter: '2999-01-01T00:00:00Z' }, undefined],
  ])('of a key with %j is answered %s, whenever it says that it was made', async (more, code) => {
    await signPackage(folder, vendor, new Date('2019-06-01T00:00:00Z'));
    expect(await codeFor(await trusting(asVendor(more)))).toBe(code);
  });

  it('does not count for a signer that is asked for by name, nor for a package that was revoked', async () => {
    await signPackage(folder, vendor);
    const trusted = await trusting(asVendor(), asHospital);
    const policy = { requireSignatures: true, requiredSigners: ['Vendor', 'Hospital'] };
    expect(await codeFor(trusted, policy)).toBe('DH_PACKAGE_SIGNER_MISSING');
    const { packageSha256 } = await signPackage(folder, hospital);
    expect(await codeFor(trusted, policy)).toBeUndefined();
    expect(await codeFor(trusted, { ...policy, revokedPackages: [packageSha256] })).toBe('DH_PACKAGE_REVOKED');
    const revoking = { ...trusted, revokedPackages: new Set([packageSha256]) };
    expect(await codeFor(revoking, { requireSignatures: false })).toBe('DH_PACKAGE_REVOKED');
  });

  it('is not made for a package that no server would take', async () => {
    rmSync(join(folder, 'MODEL_CARD.md'));
    expect(await codeOf(signPackage(folder, vendor))).toBe('DH_PACKAGE_FILE_MISSING');
  });

  it.each(['', '[]', '{"format":"deephealth-package-signatures/2"}', '{"format":1,"format":2}', 'x'.repeat(70_000)])(
    'in a file that says %.40s is malformed',
    async (text) => {
      expect(() => parsePackageSignatures(Buffer.from(text))).toThrow(DeepHealthError);
      writeFileSync(signatureFile(), text);
      expect(await codeFor(await trusting(asVendor()), { requireSignatures: false })).toBe(
        'DH_PACKAGE_SIGNATURE_MALFORMED',
      );
    },
  );
});

describe('files of keys', () => {
  it('are for their owner alone, are never overwritten, and may need a passphrase', async () => {
    const path = join(home, 'vendor.key');
    await writePrivateKey(path, vendor);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await codeOf(writePrivateKey(path, hospital))).toBe('DH_KEY_FILE_EXISTS');
    expect((await readPrivateKey(path)).id).toBe(vendor.id);
    const locked = join(home, 'locked.key');
    await writePrivateKey(locked, vendor, 'open sesame');
    expect(readFileSync(locked, 'utf8')).toContain('ENCRYPTED');
    expect((await readPrivateKey(locked, 'open sesame')).id).toBe(vendor.id);
    expect(await codeOf(readPrivateKey(locked))).toBe('DH_KEY_FILE_INVALID');
    expect(await codeOf(readPrivateKey(locked, 'other'))).toBe('DH_KEY_FILE_INVALID');
    expect(await codeOf(readPublicKey(path))).toBe('DH_KEY_FILE_INVALID');
  });

  it('make a store of a folder, and a private key is refused in it', async () => {
    const store = mkdtempSync(join(home, 'keys-'));
    await writePublicKey(join(store, 'vendor.pem'), vendor.publicKey);
    writeFileSync(join(store, 'hospital.jwk'), JSON.stringify(jwk(hospital)));
    writeFileSync(join(store, 'more.json'), JSON.stringify({ keys: [{ name: 'Third', key: jwk(stranger) }] }));
    writeFileSync(join(store, 'README.txt'), 'not a key');
    const names = [...(await readTrustedKeys([store])).keys.values()].map(({ name }) => name);
    expect(names).toEqual(['hospital', 'Third', 'vendor']);
    await writePrivateKey(join(store, 'slip.pem'), newSigningKey());
    expect(await codeOf(readTrustedKeys([store]))).toBe('DH_TRUST_STORE_INVALID');
  });

  it.each([
    [[asVendor(), asVendor({ name: 'Again' })]],
    [[asVendor({ keyId: 'A'.repeat(43) })]],
    [[asVendor({ notBefore: '2026-01-01T00:00:00Z', notAfter: '2025-01-01T00:00:00Z' })]],
    [[asVendor({ revokd: true })]],
    [[{ name: 'Vendor', key: { ...jwk(vendor), d: 'x' } }]],
    [[{ name: 'Vendor', key: 'nothing' }]],
  ])('of a store are refused that say %j', async (entries) => {
    expect(await codeOf(trusting(...entries))).toBe('DH_TRUST_STORE_INVALID');
  });
});
