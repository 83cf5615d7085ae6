#!/usr/bin/env node
// The adapter between the runtime and the platform of the conformance suite:
//   deephealth conformance adapter --platform clinical-decision-support -- node bin/conformance-adapter.mjs
// The file that DEEPHEALTH_CONFORMANCE_SETTINGS names says all that it must be told (docs/conformance/adapter.md).
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createClinicalDecisionSupportAdapter } from '@deephealth/adapter-clinical-decision-support';
import { serveContractFace } from '@deephealth/sdk';

const settings = JSON.parse(readFileSync(process.env.DEEPHEALTH_CONFORMANCE_SETTINGS ?? '', 'utf8'));
const { clients, runtime, ...options } = settings;

let listener = (_request, response) => response.writeHead(503, { 'retry-after': '1' }).end();
const server = createServer((request, response) => listener(request, response));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const baseUrl = `http://127.0.0.1:${server.address().port}`;
const adapter = await createClinicalDecisionSupportAdapter({
  ...options,
  runtime,
  baseUrl,
  trust: { clients },
  log: (entry) => process.stderr.write(`${JSON.stringify(entry)}\n`),
});
listener = adapter.listener;
const face = await serveContractFace({ runtime, platform: adapter.platformFace });
process.stdout.write(`DH-ADAPTER|1|${baseUrl}|deephealth-clinical-decision-support|0.1.0\n`);
process.stdout.write(`DH|1|1|tcp|${face.address}\n`);

async function stop() {
  server.close();
  server.closeAllConnections();
  await Promise.all([face.stop(500), adapter.close()]);
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
