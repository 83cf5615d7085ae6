/**
 * Serves the reference adapter for digital pathology until it is told to stop:
 * `reference-pathology.mjs --settings <file> [--runtime <host:port>] [--mutant M-WSI-01]`. Without the options it takes
 * DEEPHEALTH_CONFORMANCE_SETTINGS and the runtime that the settings name. It prints the handshake of a launched
 * adapter.
 */
import type { PathologySettings } from '../pathology/write-pathology-folder.js';
import { WSI_MUTANTS } from '../sharpness/mutants/wsi.js';
import { WSI_CLASSES } from '../sharpness/mutants/wsi-mutant.js';
import { servePathology } from './pathology/serve-pathology.js';
import { serveBySettings } from './serve-by-settings.js';

await serveBySettings<PathologySettings>('deephealth-conformance-pathology', async (settings, runtime, mutant) => {
  const found = WSI_MUTANTS.find(({ id }) => id === mutant);
  if (mutant !== undefined && found === undefined) throw new RangeError(`There is no mutant "${mutant}".`);
  const { reference, ...served } = await servePathology(settings, runtime, found?.parts(WSI_CLASSES));
  return { ...served, log: reference.log };
});
