import { PiafSharpness } from '../src/sharpness/check-piaf-sharpness.js';
import { PIAF_MUTANTS } from '../src/sharpness/mutants/piaf.js';
import { NULL_PIAF } from '../src/sharpness/null-piaf.js';
import { PIAF_VARIANTS } from '../src/sharpness/piaf-variants.js';
import { describeProfile } from './sharpness-tests.js';

describeProfile({
  profile: 'processing-chain',
  reference: 'reference service of processing chains',
  any: 'a service of processing chains',
  isAdapter: true,
  mutants: PIAF_MUTANTS,
  variants: PIAF_VARIANTS,
  nothings: NULL_PIAF,
  limitMs: 120_000,
  make: (cases, store) => new PiafSharpness(cases, store),
});
