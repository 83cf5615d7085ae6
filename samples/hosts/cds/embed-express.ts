// The CDS service inside an Express application, or any other that mounts handlers as Express does.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClinicalDecisionSupportAdapter } from '@deephealth/adapter-clinical-decision-support';

/** The part of an Express application that is needed: `app.use(path, handler)`. */
export interface MountsHandlers {
  use(path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): unknown;
}

/**
 * Call it before `app.use(express.json())`: the service reads its bodies itself, counts their bytes while they
 * arrive, and says what is wrong with them in the words of FHIR.
 *
 *     import express from 'express';
 *     const app = express();
 *     mountClinicalDecisionSupport(app, '/cds', adapter);
 *     app.use(express.json());
 *     app.use('/orders', ownRoutes);
 *
 * Express takes the path of the mount off `request.url`; the service knows its addresses with it and without.
 * `baseUrl` of the adapter ends in the path of the mount. Behind a proxy, `baseUrl` is the proxy's address:
 * the audience of tokens is compared with it, never with a header of the request.
 */
export function mountClinicalDecisionSupport(
  app: MountsHandlers,
  path: string,
  adapter: Pick<ClinicalDecisionSupportAdapter, 'listener'>,
): void {
  app.use(path, (request, response) => adapter.listener(request, response));
}
