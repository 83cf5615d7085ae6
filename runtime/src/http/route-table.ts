import { DeepHealthError } from '@deephealth/sdk';
import type { Route } from './route.js';

/** What a table says about a request: a route, other methods that the path has, or nothing. */
export type RouteMatch =
  | { readonly route: Route; readonly params: ReadonlyMap<string, string> }
  | { readonly allow: readonly string[] };

interface Entry {
  readonly route: Route;
  readonly segments: readonly string[];
}

const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Finds the route of a request target. Segments are split before they are decoded, so an encoded
 * slash stays inside its segment and nothing is ever resolved against a parent.
 */
export class RouteTable {
  private readonly entries: readonly Entry[];

  constructor(routes: readonly Route[]) {
    this.entries = routes.map((route) => ({ route, segments: route.path.split('/').slice(1) }));
  }

  /** Undefined for an unknown path. Throws DH_REQUEST_MALFORMED for a path that cannot be decoded. */
  find(method: string, target: string): RouteMatch | undefined {
    const path = target.split(/[?#]/, 1)[0] as string;
    if (!path.startsWith('/')) return undefined;
    const segments = path.slice(1).split('/').map(decodeSegment);
    const fitting = this.entries
      .map((entry) => ({ route: entry.route, params: fit(entry.segments, segments) }))
      .filter((match): match is { route: Route; params: Map<string, string> } => match.params !== undefined);
    if (fitting.length === 0) return undefined;
    // "/v2/models/stats" is not the model "stats": the path with fewer open segments is meant.
    const fewest = Math.min(...fitting.map(({ params }) => params.size));
    const meant = fitting.filter(({ params }) => params.size === fewest);
    const asked = method === 'HEAD' ? 'GET' : method;
    const match = meant.find(({ route }) => route.method === asked);
    if (match !== undefined) return match;
    return { allow: meant.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method])) };
  }
}

function fit(pattern: readonly string[], segments: readonly string[]): Map<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params = new Map<string, string>();
  for (const [index, wanted] of pattern.entries()) {
    const segment = segments[index] as string;
    if (wanted.startsWith('{')) {
      if (segment === '') return undefined;
      params.set(wanted.slice(1, -1), segment);
    } else if (wanted !== segment) {
      return undefined;
    }
  }
  return params;
}

function decodeSegment(segment: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    throw malformed('is not percent-encoded UTF-8');
  }
  if (CONTROL.test(decoded)) throw malformed('holds a control character');
  return decoded;
}

function malformed(what: string): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `The path of the request ${what}. Encode names as in a URL.`, {
    details: { field: 'path' },
  });
}
