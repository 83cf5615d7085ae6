/**
 * Serves the reference service of CDS Hooks until it is told to stop:
 * `reference-cds.mjs --settings <file> [--runtime <host:port>] [--mutant M-CDS-01]`. Without the options it takes
 * DEEPHEALTH_CONFORMANCE_SETTINGS and the runtime that the settings name. It prints the handshake of a launched
 * adapter; its contract face is that of the reference adapter.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CdsSettings } from '../cds/suite-clients.js';
import { CDS_CLASSES } from '../sharpness/check-cds-sharpness.js';
import { CDS_MUTANTS } from '../sharpness/mutants/cds.js';
import { SUITE_VERSION } from '../version.js';
import { ReferenceAdapter } from './adapter/reference-adapter.js';
import { serveContract } from './adapter/serve-adapter.js';
import { serveCds } from './cds/serve-cds.js';

const { values } = parseArgs({
  options: { settings: { type: 'string' }, runtime: { type: 'string' }, mutant: { type: 'string' } },
});
const mutant = CDS_MUTANTS.find(({ id }) => id === values.mutant);
if (values.mutant !== undefined && mutant === undefined) throw new RangeError(`There is no mutant "${values.mutant}".`);
const path = values.settings ?? process.env.DEEPHEALTH_CONFORMANCE_SETTINGS;
if (path === undefined) throw new RangeError('Give --settings.');
const settings = JSON.parse(readFileSync(path, 'utf8')) as CdsSettings;
const runtime = values.runtime ?? settings.runtime;
if (runtime === undefined) throw new RangeError('Give --runtime.');

const digests = Object.fromEntries(
  settings.packages.map((folder) => {
    const { name } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as { name: string };
    const sums = readFileSync(join(folder, 'SHA256SUMS'));
    return [name, createHash('sha256').update(sums).digest('hex')];
  }),
);
const served = await serveCds({ ...settings, runtime }, digests, mutant?.parts(CDS_CLASSES));
const contract = await serveContract(new ReferenceAdapter({ runtime, platform: '' }));
process.stdout.write(`DH-ADAPTER|1|${served.baseUrl}|deephealth-conformance-cds|${SUITE_VERSION}\n`);
process.stdout.write(`DH|1|1|tcp|${contract.address}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    contract.stop();
    void served.stop().finally(() => process.exit(0));
  });
}
