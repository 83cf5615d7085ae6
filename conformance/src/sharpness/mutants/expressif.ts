import { EXPRESSIF_CALLER_MUTANTS } from './expressif-callers.js';
import { EXPRESSIF_EXPLANATION_MUTANTS } from './expressif-explanations.js';
import { EXPRESSIF_FACE_MUTANTS } from './expressif-face.js';
import type { ExpressifMutant } from './expressif-mutant.js';
import { EXPRESSIF_RULE_MUTANTS } from './expressif-rules.js';
import { EXPRESSIF_SEAM_MUTANTS } from './expressif-seams.js';
import { EXPRESSIF_SERVICE_MUTANTS } from './expressif-service.js';

const numberOf = ({ id }: ExpressifMutant) => Number(id.split('-').at(-1));

export const EXPRESSIF_MUTANTS: readonly ExpressifMutant[] = [
  ...EXPRESSIF_RULE_MUTANTS,
  ...EXPRESSIF_SEAM_MUTANTS,
  ...EXPRESSIF_CALLER_MUTANTS,
  ...EXPRESSIF_SERVICE_MUTANTS,
  ...EXPRESSIF_EXPLANATION_MUTANTS,
  ...EXPRESSIF_FACE_MUTANTS,
].sort((a, b) => numberOf(a) - numberOf(b));
