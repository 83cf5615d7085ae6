import { CDS_CALL_MUTANTS } from './cds-calls.js';
import { CDS_CARD_MUTANTS } from './cds-cards.js';
import type { CdsMutant } from './cds-mutant.js';
import { CDS_TRUST_MUTANTS } from './cds-trust.js';
import { CDS_VALUE_MUTANTS } from './cds-values.js';

const numberOf = ({ id }: CdsMutant) => Number(id.split('-').at(-1));

export const CDS_MUTANTS: readonly CdsMutant[] = [
  ...CDS_CALL_MUTANTS,
  ...CDS_VALUE_MUTANTS,
  ...CDS_CARD_MUTANTS,
  ...CDS_TRUST_MUTANTS,
].sort((a, b) => numberOf(a) - numberOf(b));
