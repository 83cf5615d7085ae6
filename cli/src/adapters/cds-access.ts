import type { RequestListener } from 'node:http';
import type { ClinicalDecisionSupportAdapter } from '@deephealth/adapter-clinical-decision-support';
import {
  DeepHealthError,
  failureHeaders,
  type HttpAccessOptions,
  httpAccess,
  httpStatusOf,
  type MethodAccess,
} from '@deephealth/sdk';

export interface CdsAccessOptions extends HttpAccessOptions {
  /** Path of the service's base URL. */
  readonly basePath: string;
}

interface Needed {
  readonly route: string;
  readonly access: MethodAccess | undefined;
  readonly serviceId?: string;
}

/**
 * Puts the runtime's gate before CDS Hooks, for a service whose trust lists no platforms. Discovery is open, as the
 * standard has it, and so are health and the links to regions, whose addresses are secrets that browsers follow.
 */
export async function gatedListener(
  { listener, platformFace }: Pick<ClinicalDecisionSupportAdapter, 'listener' | 'platformFace'>,
  { basePath, ...options }: CdsAccessOptions,
): Promise<RequestListener> {
  const admit = httpAccess(options);
  const models = new Map((await platformFace.bindings()).map(({ id, modelName = '' }) => [id, modelName]));
  return (request, response) => {
    const { route, access, serviceId } = neededFor(request.method ?? '', request.url ?? '', basePath);
    const model = serviceId === undefined ? undefined : (models.get(serviceId) ?? '');
    admit(request, { route, access, ...(model !== undefined && { model }) }).then(
      () => listener(request, response),
      (thrown) => {
        const { code, message } = DeepHealthError.from(thrown);
        const status = httpStatusOf(code);
        response.writeHead(status, {
          ...failureHeaders(DeepHealthError.from(thrown), status),
          ...{ 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close' },
        });
        response.end(JSON.stringify({ error: message, code }));
      },
    );
  };
}

function neededFor(method: string, url: string, basePath: string): Needed {
  const bare = url.replace(/[?#].*$/s, '');
  const prefix = basePath.replace(/\/+$/, '');
  const path = prefix !== '' && bare.startsWith(`${prefix}/`) ? bare.slice(prefix.length) : bare;
  // A browser asks before it sends what it must not send unasked; nothing runs.
  if (method === 'OPTIONS') return { route: 'OPTIONS', access: 'open' };
  if (path === '/cds-services') return { route: 'GET /cds-services', access: 'open' };
  if (path === '/health/live' || path === '/health/ready') return { route: `GET ${path}`, access: 'open' };
  if (/^\/regions\/[^/]*(?:\/picture)?$/.test(path)) return { route: 'GET /regions/:token', access: 'open' };
  if (/^\/models\/[^/]+\/[^/]+$/.test(path)) return { route: 'GET /models/:model/:version', access: 'models.read' };
  const [, serviceId, feedback] = /^\/cds-services\/([^/]+)(\/feedback)?$/.exec(path) ?? [];
  if (serviceId === undefined) return { route: 'unknown', access: undefined };
  return feedback === undefined
    ? { route: 'POST /cds-services/:id', access: 'predict', serviceId }
    : { route: 'POST /cds-services/:id/feedback', access: 'feedback.write', serviceId };
}
