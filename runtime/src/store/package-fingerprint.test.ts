import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTestPackage, identityModel, writeTestSums } from '@deephealth/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageFingerprint } from './package-fingerprint.js';

let store: string;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'deephealth-fingerprint-'));
});
afterEach(() => rmSync(store, { recursive: true }));

const tensor = { name: 'x', dataType: 'FP32' as const, shape: [-1, 4] };
const build = () =>
  buildTestPackage(store, {
    model: identityModel(),
    tensors: { inputs: [tensor], outputs: [{ ...tensor, name: 'y' }] },
    golden: [],
  }).folder;

describe('the fingerprint of a package', () => {
  it('is the digest of its sums, which is the package digest of the contract', async () => {
    const folder = build();
    const digest = writeTestSums(folder);
    expect(await packageFingerprint(folder)).toBe(digest);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with the sums, and only with them', async () => {
    const folder = build();
    const before = await packageFingerprint(folder);
    writeFileSync(join(folder, 'MODEL_CARD.md'), 'Another text.');
    expect(await packageFingerprint(folder)).toBe(before);
    writeTestSums(folder);
    expect(await packageFingerprint(folder)).not.toBe(before);
  });

  it('is empty while there are no sums, no folder, or a folder in their place', async () => {
    expect(await packageFingerprint(join(store, 'nowhere'))).toBe('');
    expect(await packageFingerprint(store)).toBe('');
    mkdirSync(join(store, 'odd', 'SHA256SUMS'), { recursive: true });
    expect(await packageFingerprint(join(store, 'odd'))).toBe('');
  });

  it('of an empty file of sums is not that of none', async () => {
    writeFileSync(join(store, 'SHA256SUMS'), '');
    expect(await packageFingerprint(store)).toBe(createHash('sha256').digest('hex'));
  });
});
