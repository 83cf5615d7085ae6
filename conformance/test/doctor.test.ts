import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { writeModels } from '../src/models/write-models.js';
import { ReferenceRuntime } from '../src/reference/reference-runtime.js';
import { type RunningServer, serveReference } from '../src/reference/serve-reference.js';
import { diagnose } from '../src/run/doctor.js';
import { MUTANTS } from '../src/sharpness/mutants/index.js';

const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
const models = writeModels(store);
let server: RunningServer | undefined;

afterEach(() => server?.stop());
afterAll(() => rmSync(store, { recursive: true, force: true }));

async function examine(runtime: ReferenceRuntime) {
  server = await serveReference(runtime);
  return diagnose({ address: server.address }, models);
}

describe('diagnose', () => {
  it('finds nothing wrong with what is right', async () => {
    const { blame, findings, next } = await examine(new ReferenceRuntime(models));
    expect([blame, findings.filter(({ isFine }) => !isFine)]).toEqual(['nobody', []]);
    expect(next).toMatch(/conformance runtime/);
  });

  it.each([
    ['none', 0, /does not serve the models of the suite.*models export/],
    ['some', 5, /serves some of the models and refuses others/],
  ])('blames the wiring where %s of the models are served, and judges nothing', async (_, count, next) => {
    const diagnosis = await examine(new ReferenceRuntime(models.slice(0, count)));
    expect(diagnosis).toMatchObject({ blame: 'wiring', next: expect.stringMatching(next) });
    expect(diagnosis.findings.at(-1)).toMatchObject({ what: 'models', isFine: false });
  });

  it.each([
    ['M-CORE-01', 'DH-CORE-001'],
    ['M-TENS-06', 'DH-CORE-003'],
    ['M-ERR-01', 'DH-ERR-001'],
  ])('blames the implementation for %s, by the first case that fails', async (mutant, id) => {
    const Mutated = MUTANTS.find((one) => one.id === mutant)?.of(ReferenceRuntime) ?? ReferenceRuntime;
    const { blame, next } = await examine(new Mutated(models));
    expect(blame).toBe('implementation');
    expect(next).toContain(`explain ${id}`);
  });
});
