/**
 * Serves the reference adapter for digital pathology until it is told to stop:
 * `reference-pathology.mjs --settings <file> [--runtime <host:port>] [--mutant M-WSI-01]`. Without the options it takes
 * DEEPHEALTH_CONFORMANCE_SETTINGS and the runtime that the settings name. It prints the handshake of a launched
 * adapter.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { PathologySettings } from '../pathology/write-pathology-folder.js';
import { WSI_MUTANTS } from '../sharpness/mutants/wsi.js';
import { WSI_CLASSES } from '../sharpness/mutants/wsi-mutant.js';
import { SUITE_VERSION } from '../version.js';
import { servePathology } from './pathology/serve-pathology.js';

const { values } = parseArgs({
  options: { settings: { type: 'string' }, runtime: { type: 'string' }, mutant: { type: 'string' } },
});
const mutant = WSI_MUTANTS.find(({ id }) => id === values.mutant);
if (values.mutant !== undefined && mutant === undefined) throw new RangeError(`There is no mutant "${values.mutant}".`);
const path = values.settings ?? process.env.DEEPHEALTH_CONFORMANCE_SETTINGS;
if (path === undefined) throw new RangeError('Give --settings.');
const settings = JSON.parse(readFileSync(path, 'utf8')) as PathologySettings;
const runtime = values.runtime ?? settings.runtime;
if (runtime === undefined) throw new RangeError('Give --runtime.');

const served = await servePathology(settings, runtime, mutant?.parts(WSI_CLASSES));
process.stdout.write(`DH-ADAPTER|1||deephealth-conformance-pathology|${SUITE_VERSION}\n`);
process.stdout.write(`DH|1|1|tcp|${served.address}\n`);
let written = 0;
const log = setInterval(() => {
  for (const line of served.reference.log.slice(written)) process.stderr.write(`${line}\n`);
  written = served.reference.log.length;
}, 50);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    clearInterval(log);
    served.stop();
    process.exit(0);
  });
}
