// The CDS service inside a vendor's own server of node:http, under a path of its own beside the vendor's routes.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClinicalDecisionSupportAdapter } from '@deephealth/adapter-clinical-decision-support';

export interface EmbeddedService {
  /** What platforms are told, and what their tokens are meant for. */
  readonly baseUrl: string;
  readonly adapter: ClinicalDecisionSupportAdapter;
  close(): Promise<void>;
}

/** `create` makes the adapter for its public address, which is known once the server has its port. */
export async function serveBesideOwnRoutes(
  port: number,
  create: (baseUrl: string) => Promise<ClinicalDecisionSupportAdapter>,
): Promise<EmbeddedService> {
  const mount = '/cds';
  let adapter: ClinicalDecisionSupportAdapter | undefined;
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (adapter !== undefined && path.startsWith(`${mount}/`)) return adapter.listener(request, response);
    // Whatever the vendor serves besides.
    const isHome = path === '/';
    response.writeHead(isHome ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(isHome ? 'The vendor’s own product.\n' : 'Not here.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${mount}`;
  try {
    const created = await create(baseUrl);
    adapter = created;
    return {
      baseUrl,
      adapter: created,
      async close() {
        await new Promise((resolve) => {
          server.close(resolve);
          server.closeIdleConnections();
        });
        await created.close();
      },
    };
  } catch (error) {
    server.close();
    throw error;
  }
}
