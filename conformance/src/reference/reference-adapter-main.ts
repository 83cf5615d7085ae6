/**
 * Serves the reference adapter until it is told to stop:
 * `reference-adapter.mjs --runtime <host:port> --platform <URL> [--mutant M-ADP-01]`.
 * Without the options it takes DEEPHEALTH_CONFORMANCE_RUNTIME and DEEPHEALTH_CONFORMANCE_PLATFORM. It prints the
 * handshake of a launched adapter.
 */
import { parseArgs } from 'node:util';
import { ADAPTER_MUTANTS } from '../sharpness/mutants/adapter.js';
import { SUITE_VERSION } from '../version.js';
import { ReferenceAdapter } from './adapter/reference-adapter.js';
import { serveAdapter } from './adapter/serve-adapter.js';

const { values } = parseArgs({
  options: { runtime: { type: 'string' }, platform: { type: 'string' }, mutant: { type: 'string' } },
});
const mutant = ADAPTER_MUTANTS.find(({ id }) => id === values.mutant);
if (values.mutant !== undefined && mutant === undefined) throw new RangeError(`There is no mutant "${values.mutant}".`);
const runtime = values.runtime ?? process.env.DEEPHEALTH_CONFORMANCE_RUNTIME;
const platform = values.platform ?? process.env.DEEPHEALTH_CONFORMANCE_PLATFORM;
if (runtime === undefined || platform === undefined) throw new RangeError('Give --runtime and --platform.');

const Adapter = mutant?.of(ReferenceAdapter) ?? ReferenceAdapter;
const served = await serveAdapter(new Adapter({ runtime, platform }));
process.stdout.write(`DH-ADAPTER|1|${served.platformFace}|deephealth-conformance-adapter|${SUITE_VERSION}\n`);
process.stdout.write(`DH|1|1|tcp|${served.address}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void served.stop().finally(() => process.exit(0));
  });
}
