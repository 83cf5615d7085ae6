#!/usr/bin/env node
// The service of chains between the runtime and the platform of the conformance suite:
//   deephealth conformance adapter --platform piaf -- node bin/conformance-adapter.mjs
// The file that DEEPHEALTH_CONFORMANCE_SETTINGS names says all that it must be told (docs/conformance/piaf.md).
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLocalBackend, createPiafAdapter, startChainServer } from '@deephealth/adapter-piaf';
import { serveContractFace } from '@deephealth/sdk';

const { runtime, packages, stateFolder, tenants, callbackHosts, roots } = JSON.parse(
  readFileSync(process.env.DEEPHEALTH_CONFORMANCE_SETTINGS ?? '', 'utf8'),
);
const onError = (event) => (thrown) =>
  process.stderr.write(`${JSON.stringify({ event, code: thrown?.code ?? 'DH_INTERNAL' })}\n`);
mkdirSync(stateFolder, { recursive: true });
const uidKeyFile = join(stateFolder, 'uid-key');
writeFileSync(uidKeyFile, 'a secret of the conformance suite');
const limited = tenants.filter(({ maxActiveRuns }) => maxActiveRuns !== undefined);
const adapter = await createPiafAdapter({
  ...{ packages, stateFolder, roots, uidKeyFile, runtime, runtimeAddress: runtime },
  backend: createLocalBackend({ cores: 2, maxTasks: 4 }),
  // The steps of a chain are commands: that of the argument, else the one beside this package in the repository.
  program: [
    process.execPath,
    process.argv[2] ?? fileURLToPath(new URL('../../../cli/bin/deephealth.mjs', import.meta.url)),
  ],
  limits: {
    maxRunning: 8,
    maxActiveOf: Object.fromEntries(limited.map(({ name, maxActiveRuns }) => [name, maxActiveRuns])),
  },
  onError: onError('chain-runs'),
});
const server = await startChainServer({
  ...{ service: adapter.service, describeChain: adapter.describeChain, roots, onError: onError('chain-server') },
  tenants: tenants.map(({ name, key }) => ({ name, keySha256: createHash('sha256').update(key).digest('hex') })),
  ...{ callbackHosts, callbackFolder: join(stateFolder, 'callbacks') },
});
const face = await serveContractFace({ runtime, platform: adapter.platformFace, onError: onError('contract-face') });
process.stdout.write(`DH-ADAPTER|1|${server.url}|deephealth-piaf|0.1.0\n`);
process.stdout.write(`DH|1|1|tcp|${face.address}\n`);

async function stop() {
  await Promise.all([face.stop(500), server.close(), adapter.close()]);
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
