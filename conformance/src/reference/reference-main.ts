/**
 * Serves the reference runtime until it is told to stop: `reference.mjs [--mutant M-ERR-01] [--port 0]`.
 * It prints the handshake of a launched target.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeModels } from '../models/write-models.js';
import { MUTANTS } from '../sharpness/mutants/index.js';
import { ReferenceRuntime } from './reference-runtime.js';
import { serveReference } from './serve-reference.js';

const { values } = parseArgs({ options: { mutant: { type: 'string' }, port: { type: 'string', default: '0' } } });
const mutant = MUTANTS.find(({ id }) => id === values.mutant);
if (values.mutant !== undefined && mutant === undefined) throw new RangeError(`There is no mutant "${values.mutant}".`);

// The models' digests are the same wherever they are written.
const store = mkdtempSync(join(tmpdir(), 'deephealth-reference-'));
const models = writeModels(store);
rmSync(store, { recursive: true, force: true });

const Runtime = mutant?.of(ReferenceRuntime) ?? ReferenceRuntime;
const server = await serveReference(new Runtime(models), { ...mutant?.serves, port: Number(values.port) });
process.stdout.write(`DH|1|1|tcp|${server.address}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.stop();
    process.exit(0);
  });
}
