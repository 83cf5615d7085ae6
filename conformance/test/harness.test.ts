import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCases } from '../src/cases/load-cases.js';
import { type Harness, HarnessError } from '../src/harness/harness.js';
import { startHarness } from '../src/harness/start-harness.js';
import { SUITE_MODELS } from '../src/models/catalogue.js';
import { writeModels } from '../src/models/write-models.js';
import { FaultyReference, harnessOf } from '../src/reference/faulty-reference.js';
import { serveReference } from '../src/reference/serve-reference.js';
import { suiteReport } from '../src/report/suite-report.js';
import { runSuite, type SuiteOptions } from '../src/run/run-suite.js';

const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
const models = writeModels(store);
const cases = loadCases();
const steered = cases.filter(({ needs }) => needs?.includes('harness'));
const program = [process.execPath, join(import.meta.dirname, '..', 'bin', 'reference-harness.mjs')];
afterAll(() => rmSync(store, { recursive: true, force: true }));

function run(options: Partial<SuiteOptions> & Pick<SuiteOptions, 'target'>) {
  return runSuite({
    cases: steered,
    profiles: ['runtime-core', 'runtime-streaming'],
    features: new Set(['predict-stream']),
    models,
    profile: 'standard',
    ...options,
  });
}

async function withReference<T>(use: (harness: Harness, runtime: FaultyReference) => Promise<T>): Promise<T> {
  const runtime = new FaultyReference(models);
  const server = await serveReference(runtime);
  try {
    return await use(harnessOf(runtime, server.address), runtime);
  } finally {
    server.stop();
  }
}

describe('cases that steer the target', () => {
  it('pass on the reference, through its harness in another process', async () => {
    const harness = await startHarness(program, store);
    try {
      const results = await run({ target: harness, harness });
      expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(results.length).toBeGreaterThanOrEqual(8);
    } finally {
      await harness.stop();
    }
  });

  it('are not applicable without a harness, or with one that cannot inject', async () => {
    const [without, unable] = await withReference(async (harness) => [
      await run({ target: harness }),
      await run({ target: harness, harness: { ...harness, inject: async () => false } }),
    ]);
    expect(new Set(without.map(({ status }) => status))).toEqual(new Set(['notApplicable']));
    const injecting = unable.filter(({ id }) => id !== 'DH-HRN-007');
    expect(new Set(injecting.map(({ status }) => status))).toEqual(new Set(['notApplicable']));
    expect(injecting[0]?.detail).toBe('the harness cannot inject storeReadError');
  });

  it('leave the target as it was, also where they fail or do not end', async () => {
    const only = ['DH-HRN-001'];
    await withReference(async (harness, runtime) => {
      const isRefused = async (inject: Harness['inject']) => {
        const [result] = await run({ target: harness, harness: { ...harness, inject }, cases: only.map(caseOf) });
        return [result?.status, runtime.find('conformance-relu', '1').state];
      };
      expect(await isRefused(harness.inject)).toEqual(['pass', 'MODEL_STATE_READY']);
      expect(await isRefused(async () => true)).toEqual(['fail', 'MODEL_STATE_READY']);
      expect(await isRefused(async () => false)).toEqual(['notApplicable', 'MODEL_STATE_READY']);
    });
  });

  it('are an error of the suite where the harness fails, and all that follow are, whatever they need', async () => {
    const [told, broken] = await withReference(async (harness) => {
      const failure = new HarnessError('it ended (1)');
      const inject = () => Promise.reject(new HarnessError('"inject" failed: not now'));
      return [
        await run({
          target: harness,
          harness: { ...harness, inject },
          cases: ['DH-HRN-001', 'DH-HRN-007'].map(caseOf),
        }),
        await run({ target: harness, harness: { ...harness, failure }, cases: [caseOf('DH-CORE-001')] }),
      ];
    });
    expect(told.map(({ status, detail }) => [status, detail])).toEqual([
      ['error', 'the harness: "inject" failed: not now'],
      ['pass', ''],
    ]);
    expect(broken.map(({ status, detail }) => [status, detail])).toEqual([['error', 'the harness: it ended (1)']]);
  });

  it('do not count against a target whose harness has failed meanwhile', async () => {
    const [result] = await withReference(async (harness, runtime) => {
      let failure: HarnessError | undefined;
      runtime.list = () => {
        failure = new HarnessError('it ended (SIGKILL)');
        return [];
      };
      const failing: Harness = {
        ...harness,
        get failure() {
          return failure;
        },
      };
      return run({ target: harness, harness: failing, cases: [caseOf('DH-CORE-002')] });
    });
    expect(result).toMatchObject({
      status: 'error',
      detail: expect.stringMatching(/^the harness: it ended \(SIGKILL\) \(during this: /),
    });
  });
});

describe('a target that serves only some models', () => {
  it('is judged by the cases that ask about these, and is partial at best', async () => {
    const served = ['conformance-matmul', 'conformance-relu', 'conformance-identity-fp32'];
    const missingModels = SUITE_MODELS.map(({ name }) => name).filter((name) => !served.includes(name));
    const results = await withReference((harness) =>
      run({ target: harness, missingModels, cases: ['DH-CORE-001', 'DH-CORE-003', 'DH-SAFE-001'].map(caseOf) }),
    );
    const report = suiteReport({
      ...{ cases, results, missingModels, profiles: ['runtime-core'], numericProfile: 'standard' },
      target: { name: 'some', version: '1', engine: 'none' },
    });
    expect(
      results.filter(({ status }) => status === 'pass').map(({ id, parameters }) => `${id} ${parameters}`),
    ).toEqual(['DH-CORE-001 ', 'DH-CORE-003 type=fp32,values=edge', 'DH-CORE-003 type=fp32,values=noise7']);
    expect(results.at(-1)).toMatchObject({ status: 'notApplicable', detail: 'it does not serve conformance-network' });
    expect(report).toMatchObject({ verdict: 'partial', missingModels });
  });
});

function caseOf(id: string) {
  const found = cases.find((one) => one.id === id);
  if (found === undefined) throw new RangeError(`there is no case ${id}`);
  return found;
}
