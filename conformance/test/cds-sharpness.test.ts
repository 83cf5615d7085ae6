import { CDS_VARIANTS } from '../src/sharpness/cds-variants.js';
import { CdsSharpness } from '../src/sharpness/check-cds-sharpness.js';
import { CDS_MUTANTS } from '../src/sharpness/mutants/cds.js';
import { NULL_CDS } from '../src/sharpness/null-cds.js';
import { describeProfile } from './sharpness-tests.js';

describeProfile({
  profile: 'cds',
  reference: 'reference service of CDS Hooks',
  any: 'a service',
  isAdapter: false,
  mutants: CDS_MUTANTS,
  variants: CDS_VARIANTS,
  nothings: NULL_CDS,
  limitMs: 120_000,
  make: (cases, store) => new CdsSharpness(cases, store),
});
