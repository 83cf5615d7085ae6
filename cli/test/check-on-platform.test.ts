import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AddedSample, checkOnPlatform, type PlatformName } from '@deephealth/cli/production';
import { writeChecksums } from '@deephealth/sdk';
import { afterAll, describe, expect, it } from 'vitest';
import { fileOf } from './platform-commands.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterAll(removeTemporaryFolders);

const HEART = 'heart-disease-risk';
const packageOf = (name: string) => fileOf(`samples/models/${name}/1.0.0`);
const sampleOf = (path: string, mediaType: string): AddedSample => ({
  path: fileOf(`samples/inputs/${path}`),
  mediaType,
});
const PATIENT = sampleOf(`${HEART}/high-risk.json`, 'application/json');
const PICTURE = sampleOf('tissue-pixels/stroma.png', 'image/png');
/** A machine that does other things takes minutes for the processes of a chain. */
const LIMIT_MS = 420_000;

/** The heart sample with something changed in a file of it, and sums that fit. */
async function changed(file: string, change: (text: string) => string): Promise<string> {
  const folder = join(temporaryFolder(), HEART, '1.0.0');
  cpSync(packageOf(HEART), folder, { recursive: true });
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  await writeChecksums(folder);
  return folder;
}

describe('checkOnPlatform', () => {
  it.each<[PlatformName, string, AddedSample, RegExp]>([
    ['clinical-decision-support', HEART, PATIENT, /99\.4 % estimated risk/],
    ['digital-pathology', 'tissue-pixels', PICTURE, /tissue 0\.\d+ mm2 \(9 tiles\)/],
    ['expressif', HEART, PATIENT, /^risk 0\.\d+; \d+ of 46 rules fired$/],
    ['piaf', HEART, PATIENT, /^predicted; heart_disease: significant-narrowing$/],
  ])(
    'brings a prediction through the face of %s that equals that of the contract, and judges the adapter',
    async (platform, name, sample, shown) => {
      const check = await checkOnPlatform({ packageFolder: packageOf(name), platform, sample });
      expect(check).toMatchObject({ platform, isConformant: true, failures: [], prediction: { isEqual: true } });
      expect(check.prediction.shown).toMatch(shown);
      expect(check.conformance).toMatchObject({ failed: 0, selection: expect.stringContaining('DH-ADP-008') });
      expect(check.conformance.passed).toBeGreaterThanOrEqual(10);
      expect(check.stages.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
        ...['bound done', 'first-prediction done', 'conformance-passed done'],
      ]);
      const sum = check.stages.reduce((total, { machineMs }) => total + machineMs, 0);
      expect(Math.abs(sum - check.machineMs)).toBeLessThan(100);
    },
    LIMIT_MS,
  );

  it(
    'tells what the face refuses, and judges no adapter where no answer came back',
    async () => {
      const packageFolder = await changed('bindings/cds-hooks.json', (text) =>
        text.replaceAll('"maximumAgeDays": 365', '"maximumAgeDays": 0.001'),
      );
      const check = await checkOnPlatform({ packageFolder, platform: 'clinical-decision-support', sample: PATIENT });
      expect(check).toMatchObject({ isConformant: false, prediction: { isEqual: false, shown: '' } });
      expect(check.failures.join()).toMatch(/DH_PLATFORM_REFUSED: The face of the adapter answered 412/);
      expect(check.conformance).toEqual({ passed: 0, failed: 0, selection: '' });
      expect(check.stages.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
        ...['bound done', 'first-prediction failed'],
      ]);
    },
    LIMIT_MS,
  );

  it(
    'says why where the package is not served, has no binding, or takes no such sample',
    async () => {
      const wrong = await changed('golden/high-risk.json', (text) => text.replaceAll(/0\.99\d+/g, '0.5'));
      const [refused, unbound, strange] = [
        await checkOnPlatform({ packageFolder: wrong, platform: 'expressif', sample: PATIENT }),
        await checkOnPlatform({ packageFolder: packageOf(HEART), platform: 'digital-pathology', sample: PATIENT }),
        await checkOnPlatform({
          packageFolder: packageOf('ecg-beat'),
          platform: 'piaf',
          sample: sampleOf('ecg-beat/normal.csv', 'text/csv'),
        }),
      ];
      expect(refused.failures).toEqual([expect.stringContaining('DH_GOLDEN_MISMATCH')]);
      expect(unbound.failures).toEqual([expect.stringMatching(/DH_CONFIG_INVALID: .*digital-pathology\.json/)]);
      expect(strange.failures).toEqual([expect.stringMatching(/text\/csv; they take application\/x-edf/)]);
      for (const one of [refused, unbound, strange]) expect(one.isConformant).toBe(false);
    },
    LIMIT_MS,
  );
});
