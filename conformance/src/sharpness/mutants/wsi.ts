import { WSI_BUNDLE_MUTANTS } from './wsi-bundle.js';
import type { WsiMutant } from './wsi-mutant.js';

const numberOf = ({ id }: WsiMutant) => Number(id.split('-').at(-1));

export const WSI_MUTANTS: readonly WsiMutant[] = [...WSI_BUNDLE_MUTANTS].sort((a, b) => numberOf(a) - numberOf(b));
