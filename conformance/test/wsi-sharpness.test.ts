import { WsiSharpness } from '../src/sharpness/check-wsi-sharpness.js';
import { WSI_MUTANTS } from '../src/sharpness/mutants/wsi.js';
import { NULL_WSI } from '../src/sharpness/null-wsi.js';
import { WSI_VARIANTS } from '../src/sharpness/wsi-variants.js';
import { describeProfile } from './sharpness-tests.js';

describeProfile({
  profile: 'digital-pathology',
  reference: 'reference adapter for slides',
  any: 'an adapter for slides',
  isAdapter: true,
  mutants: WSI_MUTANTS,
  variants: WSI_VARIANTS,
  nothings: NULL_WSI,
  limitMs: 120_000,
  make: (cases, store) => new WsiSharpness(cases, store),
});
