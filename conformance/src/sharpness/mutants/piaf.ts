import { PIAF_FACE_MUTANTS } from './piaf-faces.js';
import type { PiafMutant } from './piaf-mutant.js';
import { PIAF_RESULT_MUTANTS } from './piaf-results.js';
import { PIAF_RUN_MUTANTS } from './piaf-runs.js';

const numberOf = ({ id }: PiafMutant) => Number(id.split('-').at(-1));

export const PIAF_MUTANTS: readonly PiafMutant[] = [
  ...PIAF_RESULT_MUTANTS,
  ...PIAF_RUN_MUTANTS,
  ...PIAF_FACE_MUTANTS,
].sort((a, b) => numberOf(a) - numberOf(b));
