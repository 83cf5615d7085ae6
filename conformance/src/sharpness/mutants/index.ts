import { CONCURRENCY_MUTANTS } from './concurrency.js';
import { CORE_MUTANTS } from './core.js';
import { ERRORS_MUTANTS } from './errors.js';
import { HARNESS_MUTANTS } from './harness.js';
import { LIFECYCLE_MUTANTS } from './lifecycle.js';
import type { Mutant } from './mutant.js';
import { NUMBERS_MUTANTS } from './numbers.js';
import { SAFETY_MUTANTS } from './safety.js';
import { SECURITY_MUTANTS } from './security.js';
import { STREAMING_MUTANTS } from './streaming.js';
import { TENSORS_MUTANTS } from './tensors.js';

export type { Mutant } from './mutant.js';

/** Every mutant, by area. */
export const MUTANTS: readonly Mutant[] = [
  ...CORE_MUTANTS,
  ...TENSORS_MUTANTS,
  ...ERRORS_MUTANTS,
  ...SECURITY_MUTANTS,
  ...LIFECYCLE_MUTANTS,
  ...NUMBERS_MUTANTS,
  ...SAFETY_MUTANTS,
  ...STREAMING_MUTANTS,
  ...CONCURRENCY_MUTANTS,
  ...HARNESS_MUTANTS,
];
