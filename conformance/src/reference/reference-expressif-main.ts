/**
 * Serves the reference adapter for rule bases until it is told to stop:
 * `reference-expressif.mjs --settings <file> [--runtime <host:port>] [--mutant M-RULE-01]`. Without the options it takes
 * DEEPHEALTH_CONFORMANCE_SETTINGS and the runtime that the settings name. It prints the handshake of a launched
 * adapter.
 */
import type { ExpressifSettings } from '../expressif/write-expressif-folder.js';
import { EXPRESSIF_MUTANTS } from '../sharpness/mutants/expressif.js';
import { EXPRESSIF_CLASSES } from '../sharpness/mutants/expressif-mutant.js';
import { serveExpressif } from './expressif/serve-expressif.js';
import { serveBySettings } from './serve-by-settings.js';

await serveBySettings<ExpressifSettings>('deephealth-conformance-expressif', async (settings, runtime, mutant) => {
  const found = EXPRESSIF_MUTANTS.find(({ id }) => id === mutant);
  if (mutant !== undefined && found === undefined) throw new RangeError(`There is no mutant "${mutant}".`);
  const { reference, ...served } = await serveExpressif(settings, runtime, found?.parts(EXPRESSIF_CLASSES));
  return { ...served, log: reference.log };
});
