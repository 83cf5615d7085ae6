import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { BENIGN_VARIANTS } from '../src/sharpness/benign.js';
import { Sharpness } from '../src/sharpness/check-sharpness.js';

const store = mkdtempSync(join(tmpdir(), 'deephealth-benign-'));
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
/** Every case on something, on a machine that does other things too. */
const WHOLE_SUITE_MS = 180_000;
let sharpness: Sharpness;

beforeAll(() => {
  sharpness = new Sharpness(loadCases(), store);
});
afterAll(() => rmSync(store, { recursive: true, force: true }));

describe.concurrent('a runtime that keeps the contract in another way than the reference', () => {
  it.each(BENIGN_VARIANTS)(
    '$id passes every case: it $title',
    async (variant) => {
      if (variant.id === 'B-09' && !hasIpv6) return;
      const results = await sharpness.tolerate(variant);
      const wrong = results.filter(({ status }) => status !== 'pass' && status !== 'notApplicable');
      expect(wrong.map(({ id, parameters, detail }) => `${id} ${parameters}: ${detail}`)).toEqual([]);
      expect(results.filter(({ status }) => status === 'pass').length).toBeGreaterThan(100);
    },
    WHOLE_SUITE_MS,
  );

  it('is failed by a case that demands more than the contract does', async () => {
    const [given] = loadCases().filter(({ id }) => id === 'DH-CORE-001');
    if (given === undefined) throw new Error('there is no such case');
    const steps = [
      {
        call: { rpc: 'GetServerInfo' },
        expect: { response: { features: { equals: ['predict-stream', 'verify-model', 'watch-models', 'sequences'] } } },
      },
    ];
    const strict = new Sharpness([{ ...given, steps }], store);
    const [reference] = await strict.reference();
    expect(reference?.status).toBe('pass');
    for (const variant of BENIGN_VARIANTS.filter(({ id }) => id === 'B-03' || id === 'B-08')) {
      expect((await strict.tolerate(variant)).map(({ status }) => status)).toEqual(['fail']);
    }
  });

  it('is one of ten', () => {
    expect(BENIGN_VARIANTS.map(({ id }) => id)).toEqual(
      Array.from({ length: 10 }, (_, index) => `B-${String(index + 1).padStart(2, '0')}`),
    );
  });
});
