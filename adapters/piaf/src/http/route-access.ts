import type { MethodAccess } from '@deephealth/sdk';
import type { RouteShorthandOptions } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller needs, on a server with a gate. Absent: nobody is let in. */
    readonly access?: MethodAccess;
  }
}

/** Asked by what knows no key. */
export const OPEN = { config: { access: 'open' } } satisfies RouteShorthandOptions;
/** What there is to be run. */
export const READ = { config: { access: 'models.read' } } satisfies RouteShorthandOptions;
/** Runs, and all that they hold of patients: for those who may ask a model. */
export const ASK = { config: { access: 'predict' } } satisfies RouteShorthandOptions;
