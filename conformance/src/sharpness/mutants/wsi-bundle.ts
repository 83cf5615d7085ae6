import type { WsiMutant } from './wsi-mutant.js';

export const WSI_BUNDLE_MUTANTS: readonly WsiMutant[] = [];
