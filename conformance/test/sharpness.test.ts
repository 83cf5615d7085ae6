import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelRuntimeService } from '@deephealth/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConformanceCase, Profile } from '../src/cases/case-types.js';
import { loadCases } from '../src/cases/load-cases.js';
import { type WrittenModel, writeModels } from '../src/models/write-models.js';
import { MUTANTS } from '../src/mutants/mutants.js';
import { NULL_IMPLEMENTATIONS } from '../src/mutants/null-implementations.js';
import { ReferenceRuntime } from '../src/reference/reference-runtime.js';
import { type RunningServer, serve, serveReference } from '../src/reference/serve-reference.js';
import { verdictOf } from '../src/report/verdict.js';
import { runSuite } from '../src/run/run-suite.js';

const cases = loadCases();
const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
let models: WrittenModel[];

beforeAll(() => {
  models = writeModels(store);
});
afterAll(() => rmSync(store, { recursive: true, force: true }));

const PROFILES: Profile[] = ['runtime-core', 'runtime-streaming'];

async function run(server: RunningServer, some: readonly ConformanceCase[], timeScale = 1) {
  try {
    const target = { address: server.address };
    return await runSuite({ cases: some, profiles: PROFILES, target, models, profile: 'standard', timeScale });
  } finally {
    server.stop();
  }
}

describe('the reference runtime', () => {
  it('passes every case', async () => {
    const results = await run(await serveReference(new ReferenceRuntime(models)), cases);
    expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(results.every(({ evidence }) => evidence.length > 0)).toBe(true);
    expect(verdictOf(results)).toBe('conformant');
  });
});

describe('what does nothing', () => {
  it.each(NULL_IMPLEMENTATIONS)('$id passes no MUST: it $title', async ({ id, handlers }) => {
    const server = await serve(modelRuntimeService() as never, handlers);
    // One of each: waiting for what never answers takes its time.
    const some = id === 'N-4' ? cases.map(({ each: _, ...rest }) => rest).slice(0, 12) : cases;
    const results = await run(server, some, id === 'N-4' ? 0.02 : 1);
    expect(results.length).toBeGreaterThan(10);
    expect(results.filter(({ level, status }) => level === 'MUST' && status === 'pass')).toEqual([]);
  });
});

describe('the mutants', () => {
  it('are each named by a case', () => {
    const named = new Set(cases.flatMap(({ kills }) => kills));
    expect(MUTANTS.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([]);
    const known = new Set(MUTANTS.map(({ id }) => id));
    expect([...named].filter((id) => !known.has(id))).toEqual([]);
  });

  it.each(MUTANTS)('$id is killed by the cases that name it: it $title', async ({ id, of }) => {
    const naming = cases.filter(({ kills }) => kills.includes(id));
    const Mutant = of(ReferenceRuntime);
    for (const one of naming) {
      const results = await run(await serveReference(new Mutant(models)), [one]);
      expect(
        results.some(({ status }) => status === 'fail'),
        one.id,
      ).toBe(true);
      expect(results.filter(({ status }) => status === 'error')).toEqual([]);
    }
  });
});
