#!/usr/bin/env node
// The adapter between the runtime and the platform of the conformance suite:
//   deephealth conformance adapter --platform expressif -- node bin/conformance-adapter.mjs
// The file that DEEPHEALTH_CONFORMANCE_SETTINGS names says all that it must be told (docs/conformance/expressif.md).
import { readFileSync } from 'node:fs';
import { createExpressifAdapter, startRuleServer } from '@deephealth/adapter-expressif';
import { serveContractFace } from '@deephealth/sdk';

const { runtime, packages, relationPackages, maxInFlight, editKey } = JSON.parse(
  readFileSync(process.env.DEEPHEALTH_CONFORMANCE_SETTINGS ?? '', 'utf8'),
);
const onError = (event) => (thrown) =>
  process.stderr.write(`${JSON.stringify({ event, code: thrown?.code ?? 'DH_INTERNAL' })}\n`);
const adapter = await createExpressifAdapter({ runtime, packages: [...packages, ...relationPackages], maxInFlight });
const server = await startRuleServer({ decisions: adapter.decisions, editKey, onError: onError('rule-server') });
const face = await serveContractFace({ runtime, platform: adapter.platformFace, onError: onError('contract-face') });
process.stdout.write(`DH-ADAPTER|1|${server.url}|deephealth-expressif|0.1.0\n`);
process.stdout.write(`DH|1|1|tcp|${face.address}\n`);

async function stop() {
  await Promise.all([face.stop(500), server.close(), adapter.close()]);
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
