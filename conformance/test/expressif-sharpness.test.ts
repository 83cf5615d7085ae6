import { ExpressifSharpness } from '../src/sharpness/check-expressif-sharpness.js';
import { EXPRESSIF_VARIANTS } from '../src/sharpness/expressif-variants.js';
import { EXPRESSIF_MUTANTS } from '../src/sharpness/mutants/expressif.js';
import { NULL_EXPRESSIF } from '../src/sharpness/null-expressif.js';
import { describeProfile } from './sharpness-tests.js';

describeProfile({
  profile: 'expressif',
  reference: 'reference adapter for rule bases',
  any: 'an adapter for rule bases',
  isAdapter: true,
  mutants: EXPRESSIF_MUTANTS,
  variants: EXPRESSIF_VARIANTS,
  nothings: NULL_EXPRESSIF,
  limitMs: 120_000,
  make: (cases, store) => new ExpressifSharpness(cases, store),
});
