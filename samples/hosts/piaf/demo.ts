// The whole sample: a runtime with the heart model, a service of chains, and a platform that sends a cohort to it.
//   node samples/dist/hosts/piaf/demo.js
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJsonLog, startRuntimeServer } from '@deephealth/runtime';
import { runCohort, startChains } from './embed-node.js';

const samples = fileURLToPath(new URL('../../..', import.meta.url));
const inputs = join(samples, 'inputs', 'heart-disease-risk');
const folder = join('.deephealth', 'piaf-sample');
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const runtime = await startRuntimeServer({
  models: [join(samples, 'models')],
  repository: { mode: 'explicit', load: ['heart-disease-risk'] },
  port: 0,
  log: createJsonLog('warn'),
});
await runtime.verified;
const packages = [join(samples, 'models', 'heart-disease-risk', '1.0.0')];
const program = [process.execPath, join(samples, '..', 'cli', 'bin', 'deephealth.mjs')];
const chains = await startChains({ packages, folder, runtime: runtime.address, program });
try {
  const studies = [];
  for (const name of (await readdir(inputs)).sort())
    studies.push({ name, content: await readFile(join(inputs, name)) });
  const results = await runCohort(chains.url, 'heart-disease-risk/1.0.0/risk', studies);
  for (const [name, { status, findings, error }] of results) {
    const [first] = (findings ?? []) as { classification?: { classes: { label: string; probability: number }[] } }[];
    const last = first?.classification?.classes.at(-1);
    const text = last === undefined ? JSON.stringify(error) : `${last.label} ${last.probability.toFixed(3)}`;
    process.stdout.write(`${name}: ${status}, ${text}\n`);
  }
} finally {
  await chains.stop();
  await runtime.stop();
}
