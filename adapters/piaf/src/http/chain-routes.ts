import { DeepHealthError } from '@deephealth/sdk';
import type { FastifyInstance } from 'fastify';
import type { FaceContext } from './face-context.js';
import { OPEN, READ } from './route-access.js';

interface ChainPlace {
  readonly Params: { readonly model: string; readonly version: string; readonly label: string };
}

/** What belongs to no face: health, how to get in, and the chains as CWL. */
export async function chainRoutes(app: FastifyInstance, { context }: { readonly context: FaceContext }): Promise<void> {
  app.get('/healthz', OPEN, async () => ({ state: 'live' }));
  app.get('/auth-instructions', OPEN, async (_, reply) =>
    reply
      .type('text/plain; charset=utf-8')
      .send(
        'Send your key or token as "Authorization: Bearer KEY". The operator of this service hands keys out. A server on loopback without tenants asks for none.\n',
      ),
  );
  app.get<ChainPlace>('/chains/:model/:version/:label/workflow.cwl', READ, async (request, reply) => {
    const { params } = request;
    const id = `${params.model}/${params.version}/${params.label}`;
    const chain = context.chainsOf(request).find((one) => one.id === id);
    if (chain === undefined) {
      throw new DeepHealthError('DH_WORKFLOW_UNSUPPORTED', 'There is no such chain here.', {
        details: { field: 'chain' },
      });
    }
    return reply.type('application/cwl').send(context.describeChain(chain).cwl);
  });
}
