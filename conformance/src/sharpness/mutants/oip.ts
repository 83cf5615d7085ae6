import type { Mutant } from './mutant.js';
import { OIP_ANSWER_MUTANTS } from './oip-answers.js';
import { OIP_HTTP_MUTANTS } from './oip-http.js';
import { OIP_REQUEST_MUTANTS } from './oip-requests.js';

export const OIP_MUTANTS: readonly Mutant[] = [...OIP_REQUEST_MUTANTS, ...OIP_ANSWER_MUTANTS, ...OIP_HTTP_MUTANTS].sort(
  (a, b) => (a.id < b.id ? -1 : 1),
);
