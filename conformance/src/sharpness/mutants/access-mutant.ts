import type { KnownCaller, ReferenceAccess } from '../../reference/reference-access.js';
import type { Mutant, Runtime } from './mutant.js';

export type Access = typeof ReferenceAccess;

/** One that asks callers otherwise. */
export const asks = (id: string, title: string, access: (Access: Access) => Access): Mutant => ({
  ...{ id, title, of: (R: Runtime) => R },
  weakness: { access },
});

/** Who is taken for whom, where nobody has looked. */
export const ANYBODY: KnownCaller = {
  ...{ subject: 'anybody', roles: ['admin'], tenant: 'conformance-a', authentication: 'none' },
  untilMs: Number.POSITIVE_INFINITY,
};
