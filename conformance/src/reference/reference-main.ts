/**
 * Serves the reference runtime until it is told to stop: `reference.mjs [--mutant M-ERR-01] [--port 0]`.
 * It prints the handshake of a launched target.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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

// The models' digests are the same wherever they are written; what lies in the store given is what is served.
const own = mkdtempSync(join(tmpdir(), 'deephealth-reference-'));
const given = process.env.DEEPHEALTH_CONFORMANCE_MODELS;
const models = writeModels(own)
  .map((written) => ({ ...written, folder: join(given ?? own, written.model.name, written.model.version) }))
  .filter(({ folder }) => existsSync(folder));

const Runtime = mutant?.of(ReferenceRuntime) ?? ReferenceRuntime;
const runtime = new Runtime(models);
const server = await serveReference(runtime, { ...mutant?.serves, port: Number(values.port) });
process.stdout.write(`DH|1|1|tcp|${server.address}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await runtime.onStop();
    await server.drain();
    rmSync(own, { recursive: true, force: true });
    process.exit(0);
  });
}
