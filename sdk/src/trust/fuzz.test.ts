import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyDigest, readKeyFile } from '../access/key-file.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs } from '../testing/fuzz-parser.js';
import { mutateJson } from '../testing/mutate-value.js';
import { newSigningKey } from './key-files.js';
import { formatPackageSignatures, parsePackageSignatures } from './package-signature.js';
import { readTrustedKeys } from './trusted-keys.js';

const USUAL = 120;
const isTyped = (thrown: unknown) => thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-fuzz-trust-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const { id, publicKey } = newSigningKey();
const packageSha256 = 'ab'.repeat(32);
const signature = { keyId: id, signedAt: '2026-11-01T12:00:00Z', signature: Buffer.alloc(64, 7).toString('base64url') };
const signatures = Buffer.from(formatPackageSignatures({ packageSha256, signatures: [signature] }));
const trusted = Buffer.from(
  JSON.stringify({
    keys: [
      {
        name: 'Vendor',
        key: publicKey.export({ format: 'jwk' }),
        notBefore: '2026-01-01T00:00:00Z',
        notAfter: '2028-01-01T00:00:00Z',
        models: ['heart-*'],
      },
    ],
    revokedPackages: [packageSha256],
  }),
);
const keys = Buffer.from(
  JSON.stringify({
    keys: [
      { id: 'console', sha256: keyDigest('a'), roles: ['operator'] },
      {
        id: 'ward',
        sha256: keyDigest('b'),
        roles: ['clinician'],
        tenant: 'a',
        models: ['heart-*'],
        expires: '2030-01-01',
      },
    ],
  }),
);

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  { parser: 'signatures of a package', corpus: [signatures], mutate: mutateJson, read: parsePackageSignatures },
  { parser: 'file of callers by key', corpus: [keys], mutate: mutateJson, read: readKeyFile },
  {
    parser: 'document of trusted keys',
    corpus: [trusted],
    mutate: mutateJson,
    read: (bytes) => {
      const file = join(folder, 'trusted-keys.json');
      writeFileSync(file, bytes);
      return readTrustedKeys([file]);
    },
  },
  {
    parser: 'public key as PEM',
    corpus: [Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }))],
    read: (bytes) => {
      const file = join(folder, 'key.pem');
      writeFileSync(file, bytes);
      return readTrustedKeys([file]);
    },
  },
];

describe('broken documents of trust', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 8200 + place })))(
    'are read or refused: $parser',
    { timeout: fuzzTimeoutMs(USUAL) },
    async (kind) => {
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal: isTyped });
      expect(refused).toBeGreaterThan(inputs / 50);
    },
  );
});
