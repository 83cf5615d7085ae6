import { CONNECTION_MUTANTS } from './access-connections.js';
import { RIGHTS_MUTANTS } from './access-rights.js';
import { TOKEN_MUTANTS } from './access-tokens.js';
import { CONCURRENCY_MUTANTS } from './concurrency.js';
import { CORE_MUTANTS } from './core.js';
import { DEADLINES_MUTANTS } from './deadlines.js';
import { DECLARATION_MUTANTS } from './declaration.js';
import { ERRORS_MUTANTS } from './errors.js';
import { FAULTS_MUTANTS } from './faults.js';
import { HARNESS_MUTANTS } from './harness.js';
import { LIFECYCLE_MUTANTS } from './lifecycle.js';
import { MEMORY_MUTANTS } from './memory.js';
import { METADATA_MUTANTS } from './metadata.js';
import type { Mutant } from './mutant.js';
import { NUMBERS_MUTANTS } from './numbers.js';
import { OIP_MUTANTS } from './oip.js';
import { PERFORMANCE_MUTANTS } from './performance.js';
import { SAFETY_MUTANTS } from './safety.js';
import { SECURITY_MUTANTS } from './security.js';
import { STATEFUL_MUTANTS } from './stateful.js';
import { STREAMING_MUTANTS } from './streaming.js';
import { TENSORS_MUTANTS } from './tensors.js';
import { VERSIONS_MUTANTS } from './versions.js';

export type { Mutant } from './mutant.js';

/** In the order of their ids, as the kill matrix lists them. */
const ACCESS_MUTANTS = [...TOKEN_MUTANTS, ...RIGHTS_MUTANTS, ...CONNECTION_MUTANTS].sort((left, right) =>
  left.id < right.id ? -1 : 1,
);

/** Every mutant, by area. */
export const MUTANTS: readonly Mutant[] = [
  ...CORE_MUTANTS,
  ...METADATA_MUTANTS,
  ...VERSIONS_MUTANTS,
  ...TENSORS_MUTANTS,
  ...ERRORS_MUTANTS,
  ...DECLARATION_MUTANTS,
  ...SECURITY_MUTANTS,
  ...ACCESS_MUTANTS,
  ...LIFECYCLE_MUTANTS,
  ...NUMBERS_MUTANTS,
  ...SAFETY_MUTANTS,
  ...STREAMING_MUTANTS,
  ...CONCURRENCY_MUTANTS,
  ...STATEFUL_MUTANTS,
  ...DEADLINES_MUTANTS,
  ...FAULTS_MUTANTS,
  ...MEMORY_MUTANTS,
  ...PERFORMANCE_MUTANTS,
  ...OIP_MUTANTS,
  ...HARNESS_MUTANTS,
];
