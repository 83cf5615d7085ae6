#!/usr/bin/env node
// The adapter between the runtime and the platform of the conformance suite:
//   deephealth conformance adapter --platform digital-pathology -- node bin/conformance-adapter.mjs
// The file that DEEPHEALTH_CONFORMANCE_SETTINGS names says all that it must be told (docs/conformance/digital-pathology.md).
import { readFileSync } from 'node:fs';
import { createDigitalPathologyAdapter } from '@deephealth/adapter-digital-pathology';
import { serveContractFace } from '@deephealth/sdk';

const { runtime, packages, maxInFlight } = JSON.parse(
  readFileSync(process.env.DEEPHEALTH_CONFORMANCE_SETTINGS ?? '', 'utf8'),
);
const adapter = await createDigitalPathologyAdapter({ runtime, packages, maxInFlight });
const face = await serveContractFace({
  runtime,
  platform: adapter.platformFace,
  onError: (thrown) => process.stderr.write(`${JSON.stringify({ event: 'contract-face', code: thrown?.code })}\n`),
});
process.stdout.write('DH-ADAPTER|1||deephealth-digital-pathology|0.1.0\n');
process.stdout.write(`DH|1|1|tcp|${face.address}\n`);

async function stop() {
  await Promise.all([face.stop(500), adapter.close()]);
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
