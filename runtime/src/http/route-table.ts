import { DeepHealthError } from '@deephealth/sdk';
import type { FailureForm, Route } from './route.js';

/** What a table says about a request: a route, other methods that the path has, or nothing. */
export type RouteMatch =
  | { readonly route: Route; readonly params: ReadonlyMap<string, string> }
  | { readonly allow: readonly string[]; readonly failures: FailureForm };

interface Entry {
  readonly route: Route;
  readonly segments: readonly string[];
  /** Whether its last segment takes all that is left. */
  readonly isPrefix: boolean;
}

const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Finds the route of a request target. Segments are split before they are decoded, so an encoded
 * slash stays inside its segment and nothing is ever resolved against a parent.
 */
export class RouteTable {
  private readonly entries: readonly Entry[];

  constructor(routes: readonly Route[]) {
    this.entries = routes.map((route) => ({
      route,
      segments: route.path.split('/').slice(1),
      isPrefix: route.path.endsWith('...}'),
    }));
  }

  /** How failures are told at a path that may be none, by the prefix that it would be under. */
  failuresAt(target: string): FailureForm {
    const under = this.entries.find(
      ({ isPrefix, route }) => isPrefix && target.startsWith(route.path.slice(0, route.path.lastIndexOf('{'))),
    );
    return under?.route.failures ?? 'text';
  }

  /** Undefined for an unknown path. Throws DH_REQUEST_MALFORMED for a path that cannot be decoded. */
  find(method: string, target: string): RouteMatch | undefined {
    const path = target.split(/[?#]/, 1)[0] as string;
    if (!path.startsWith('/')) return undefined;
    const segments = path.slice(1).split('/').map(decodeSegment);
    const fitting = this.entries
      .map((entry) => ({ ...entry, params: fit(entry, segments) }))
      .filter((match): match is Entry & { params: Map<string, string> } => match.params !== undefined);
    if (fitting.length === 0) return undefined;
    // "/v2/models/stats" is not the model "stats": the path with fewer open segments is meant, and a prefix least.
    const openness = ({ isPrefix, params }: (typeof fitting)[number]) => (isPrefix ? Infinity : params.size);
    const fewest = Math.min(...fitting.map(openness));
    const meant = fitting.filter((match) => openness(match) === fewest);
    const asked = method === 'HEAD' ? 'GET' : method;
    const match = meant.find(({ route }) => route.method === asked);
    if (match !== undefined) return { route: match.route, params: match.params };
    const allow = meant.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
    return { allow, failures: meant[0]?.route.failures ?? 'text' };
  }
}

function fit(entry: Entry, segments: readonly string[]): Map<string, string> | undefined {
  const { segments: pattern, isPrefix } = entry;
  if (isPrefix ? segments.length < pattern.length : segments.length !== pattern.length) return undefined;
  const params = new Map<string, string>();
  for (const [index, wanted] of pattern.entries()) {
    const segment = segments[index] as string;
    if (isPrefix && index === pattern.length - 1) {
      params.set(wanted.slice(1, -'...}'.length), segments.slice(index).join('/'));
      continue;
    }
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
