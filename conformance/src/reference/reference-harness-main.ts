/** A harness of the reference runtime: `reference-harness.mjs [--mutant M-HRN-01]`, for the suite's standard input. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defineHarness } from '../harness/define-harness.js';
import { writeModels } from '../models/write-models.js';
import { MUTANTS } from '../sharpness/mutants/index.js';
import { FaultyReference } from './faulty-reference.js';
import { type RunningServer, serveReference } from './serve-reference.js';

const { values } = parseArgs({ options: { mutant: { type: 'string' } } });
const mutant = MUTANTS.find(({ id }) => id === values.mutant);
if (values.mutant !== undefined && mutant === undefined) throw new RangeError(`There is no mutant "${values.mutant}".`);

const Runtime = (mutant?.of(FaultyReference) ?? FaultyReference) as typeof FaultyReference;
let runtime: FaultyReference;
let server: RunningServer | undefined;
let store: string | undefined;

await defineHarness({
  async start() {
    // Read again at each verification.
    store = mkdtempSync(join(tmpdir(), 'deephealth-reference-'));
    runtime = new Runtime(writeModels(store));
    server = await serveReference(runtime);
    return server.address;
  },
  reset: () => runtime.reset(),
  inject: (fault) => runtime.inject(fault),
  stop: () => {
    server?.stop();
    if (store !== undefined) rmSync(store, { recursive: true, force: true });
  },
});
