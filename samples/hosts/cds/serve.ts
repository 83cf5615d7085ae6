// The whole sample: a runtime with the heart disease model, the CDS Hooks service in front of it, and an EHR.
//   node samples/dist/hosts/cds/serve.js [--port 8081] [--ehr-port 8082] [bundle.json ...]
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Bundle } from 'fhir/r4.js';
import { startSampleHost } from './sample-host.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: '8081' }, 'ehr-port': { type: 'string', default: '8082' } },
});
const more = await Promise.all(positionals.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Bundle));
const host = await startSampleHost({
  samples: fileURLToPath(new URL('../../..', import.meta.url)),
  stateFolder: '.deephealth/cds-sample',
  port: Number(values.port),
  ehrPort: Number(values['ehr-port']),
  morePatients: more,
  log: (entry) => process.stderr.write(`${JSON.stringify(entry)}\n`),
});
process.stderr.write(
  `CDS Hooks service: ${host.serviceUrl}/cds-services\nSample EHR:        ${host.ehrUrl}\nCtrl-C stops.\n`,
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => host.stop());
