// The whole sample: a runtime with the tissue model, one slide, and a stand-in for ProMort that gets the result.
//   node samples/dist/hosts/pathology/demo.js [slide --mpp 0.5]
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createJsonLog, startRuntimeServer } from '@deephealth/runtime';
import { analyseSlide } from './embed-node.js';
import { startPromortDouble } from './promort-double.js';
import { sendToPromort } from './send-to-promort.js';

const SLIDE_ID = 'sample-slide';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { mpp: { type: 'string' } } });
const samples = fileURLToPath(new URL('../../..', import.meta.url));
// A picture does not say how large its pixels are: this one is a slide of 0.499 um, reduced to an eighth.
const [slide = join(samples, 'inputs', 'whole', 'tissue-skin.png')] = positionals;
const given = values.mpp ?? (positionals.length === 0 ? '3.992' : undefined);

const runtime = await startRuntimeServer({
  models: [join(samples, 'models')],
  repository: { mode: 'explicit', load: ['tissue-pixels'] },
  port: 0,
  log: createJsonLog('warn'),
});
await runtime.verified;
const promort = await startPromortDouble({ users: { importer: 'for this demonstration' }, slides: [SLIDE_ID] });
try {
  const findings = await analyseSlide({
    ...{ slide, package: join(samples, 'models', 'tissue-pixels', '1.0.0'), runtime: runtime.address },
    folder: join('.deephealth', 'pathology-sample'),
    ...(given === undefined ? {} : { micronsPerPixel: Number(given) }),
  });
  for (const { areaMm2, threshold } of findings.areas) {
    process.stdout.write(`${findings.label}: ${areaMm2.toFixed(3)} mm2 from ${threshold} on\n`);
  }
  for (const warning of findings.warnings) process.stdout.write(`note: ${warning}\n`);
  const platform = { baseUrl: promort.url, username: 'importer', password: 'for this demonstration' };
  const sent = await sendToPromort(findings, SLIDE_ID, platform);
  process.stdout.write(`ProMort: prediction ${sent.predictionId}, ${sent.fragments} tissue fragments\n`);
  const again = await sendToPromort(findings, SLIDE_ID, platform);
  process.stdout.write(`sent again: ${again.isNew ? 'entered twice' : 'found, and nothing was entered twice'}\n`);
} finally {
  await promort.close();
  await runtime.stop();
}
