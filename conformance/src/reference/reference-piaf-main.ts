/**
 * Serves the reference service of processing chains until it is told to stop:
 * `reference-piaf.mjs --settings <file> [--runtime <host:port>] [--mutant M-PIAF-01]`. Without the options it takes
 * DEEPHEALTH_CONFORMANCE_SETTINGS and the runtime that the settings name. It prints the handshake of a launched
 * adapter.
 */
import type { ChainSettings } from '../chain/write-chain-folder.js';
import { PIAF_MUTANTS } from '../sharpness/mutants/piaf.js';
import { PIAF_CLASSES } from '../sharpness/mutants/piaf-mutant.js';
import { serveChains } from './piaf/serve-chains.js';
import { serveBySettings } from './serve-by-settings.js';

await serveBySettings<ChainSettings>('deephealth-conformance-piaf', async (settings, runtime, mutant) => {
  const found = PIAF_MUTANTS.find(({ id }) => id === mutant);
  if (mutant !== undefined && found === undefined) throw new RangeError(`There is no mutant "${mutant}".`);
  const { reference, ...served } = await serveChains(settings, runtime, found?.parts(PIAF_CLASSES));
  return { ...served, log: reference.log };
});
