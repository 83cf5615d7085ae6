import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@deephealth/sdk';
import { buildTestPackage, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { brokenPackage, riskPackage, vectorPackage } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const build = (definition: TestPackageOptions) => buildTestPackage(temporaryFolder(), definition);
const CHECKS = ['package', 'graph', 'session', 'golden', 'determinism', 'batching'];

describe('deephealth validate', () => {
  it('shows each check of a good package and the digest it would be served under; exit code 0', async () => {
    const { folder, digest } = build(riskPackage('1.0.0', 0.5));
    const { exitCode, stdout, complaints } = await deephealth('validate', folder);
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
    expect(stdout).toMatch(/^CHECK +RESULT/);
    for (const check of CHECKS) expect(stdout).toMatch(new RegExp(`^${check} +ok +\\S`, 'm'));
    expect(stdout).toContain(`would be served. Package digest ${digest}\n`);
  });

  it('prints the same with --json and nothing else', async () => {
    const { folder, digest } = build(vectorPackage);
    const { exitCode, stdout, stderr } = await deephealth('validate', folder, '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const result = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
    expect(result).toMatchObject({ valid: true, packageSha256: digest, worstGoldenError: 0 });
    expect(result).not.toHaveProperty('error');
    expect(result.checks.map(({ name, status }) => ({ name, status }))).toEqual(
      CHECKS.map((name) => ({ name, status: 'CHECK_STATUS_PASSED' })),
    );
  });

  it('says of a package with a wrong golden value which check failed and why; exit code 1', async () => {
    const { folder } = build(brokenPackage);
    const [plain, json] = await Promise.all([deephealth('validate', folder), deephealth('validate', folder, '--json')]);
    expect(plain.exitCode).toBe(1);
    expect(plain.stdout).toMatch(/^session +ok/m);
    expect(plain.stdout).toMatch(/^golden +FAILED +.*"ramp".*"y".*index 3/m);
    expect(plain.stdout).toMatch(/^REFUSED DH_GOLDEN_MISMATCH: /m);
    expect(plain.stdout).not.toContain('would be served');
    expect(json).toMatchObject({ exitCode: 1, stderr: '' });
    const result = JSON.parse(json.stdout) as { checks: { name: string; status: string }[] };
    expect(result).toMatchObject({ valid: false, error: { code: 'DH_GOLDEN_MISMATCH' } });
    expect(result.checks.find(({ name }) => name === 'golden')?.status).toBe('CHECK_STATUS_FAILED');
  });

  it('never names a folder of the machine, whatever it refuses', async () => {
    const { folder } = build(vectorPackage);
    writeFileSync(join(folder, 'model.onnx'), 'not a model');
    const { stdout, stderr } = await deephealth('validate', folder);
    expect(stdout).toContain('REFUSED DH_FILE_DIGEST_MISMATCH');
    expect(stdout + stderr).not.toContain(folder);
  });

  it('refuses a folder without a package', async () => {
    const { exitCode, stdout, stderr } = await deephealth('validate', temporaryFolder());
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^DH_PACKAGE_FILE_MISSING: .*model\.json/);
  });
});

describe('deephealth validate --write-sums', () => {
  it('makes a package whose card was edited whole again, under a new digest', async () => {
    const { folder, digest } = build(vectorPackage);
    appendFileSync(join(folder, 'MODEL_CARD.md'), 'One more sentence.\n');
    const before = await deephealth('validate', folder);
    expect(before.exitCode).toBe(1);
    expect(before.stdout).toMatch(/^REFUSED DH_FILE_DIGEST_MISMATCH: .*MODEL_CARD\.md/m);

    const mended = await deephealth('validate', folder, '--write-sums', '--json');
    expect(mended.exitCode).toBe(0);
    const { packageSha256 } = JSON.parse(mended.stdout) as { packageSha256: string };
    expect(packageSha256).not.toBe(digest);
    expect(packageSha256).toBe(sha256(readFileSync(join(folder, 'SHA256SUMS'))));
    expect((await deephealth('validate', folder)).exitCode).toBe(0);
  });

  it('does not make a wrong package right: the manifest still knows the digest of its graph', async () => {
    const { folder } = build(vectorPackage);
    appendFileSync(join(folder, 'model.onnx'), 'x');
    const { exitCode, stdout } = await deephealth('validate', folder, '--write-sums');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^REFUSED DH_FILE_DIGEST_MISMATCH: .*model\.json/m);
  });
});
