/** What of the service an address is. */
export type Route =
  | { readonly kind: 'discovery' }
  | { readonly kind: 'call' | 'feedback'; readonly serviceId: string }
  | { readonly kind: 'model-card'; readonly model: string }
  /** The page of a link, or the image on it; without a token, an address that was cut off. */
  | { readonly kind: 'region'; readonly token: string; readonly part: 'page' | 'picture' }
  | { readonly kind: 'live' | 'ready' };

/** Methods that each kind of address answers, in the form of the header Allow. */
export const METHODS: Readonly<Record<Route['kind'], readonly string[]>> = {
  discovery: ['GET', 'HEAD', 'OPTIONS'],
  call: ['POST', 'OPTIONS'],
  feedback: ['POST', 'OPTIONS'],
  'model-card': ['GET', 'HEAD'],
  region: ['GET'],
  live: ['GET', 'HEAD'],
  ready: ['GET', 'HEAD'],
};

/**
 * The route of a request. The path of the base URL may be there or not: what mounts the service, or the proxy
 * before it, may have taken it away.
 */
export function routeOf(path: string, basePath: string): Route | undefined {
  const bare = path.replace(/[?#].*$/s, '');
  const prefix = basePath.replace(/\/+$/, '');
  const inside = prefix !== '' && bare.startsWith(`${prefix}/`) ? bare.slice(prefix.length) : bare;
  if (inside === '/cds-services') return { kind: 'discovery' };
  if (inside === '/health/live') return { kind: 'live' };
  if (inside === '/health/ready') return { kind: 'ready' };
  const [, serviceId, feedback] = /^\/cds-services\/([^/]+)(\/feedback)?$/.exec(inside) ?? [];
  if (serviceId !== undefined) return { kind: feedback === undefined ? 'call' : 'feedback', serviceId };
  const [, token, picture] = /^\/regions\/([^/]*)(\/picture)?$/.exec(inside) ?? [];
  if (token !== undefined) return { kind: 'region', token, part: picture === undefined ? 'page' : 'picture' };
  const model = /^\/models\/([^/]+\/[^/]+)$/.exec(inside)?.[1];
  return model === undefined ? undefined : { kind: 'model-card', model };
}

/** The address as clients know it: what a token must be meant for. */
export function endpointUrl(route: Route, baseUrl: string): string {
  if (route.kind === 'call') return `${baseUrl}/cds-services/${route.serviceId}`;
  if (route.kind === 'feedback') return `${baseUrl}/cds-services/${route.serviceId}/feedback`;
  return `${baseUrl}/cds-services`;
}
