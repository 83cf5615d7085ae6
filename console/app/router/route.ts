/** A page of the app and what it is about. */
export type Route =
  | { readonly page: 'models' }
  | { readonly page: 'model' | 'try'; readonly name: string; readonly version: string }
  | { readonly page: SectionPage }
  | { readonly page: 'unknown'; readonly path: string };

export const SECTION_PAGES = ['live', 'audit', 'feedback', 'reports', 'rules', 'slides', 'jobs', 'production'] as const;
export type SectionPage = (typeof SECTION_PAGES)[number];

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** The route of an address's fragment. Whatever is none is `unknown`, never another page. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#?\/?/, '').replace(/\/$/, '');
  const unknown: Route = { page: 'unknown', path };
  const parts = path.split('/').map(decoded);
  if (parts.some((part) => part === undefined)) return unknown;
  const [first, name, version, last] = parts as string[];
  if (path === '') return { page: 'models' };
  if (parts.length === 1) return first === 'models' ? { page: 'models' } : (sectionOf(first) ?? unknown);
  if (first !== 'models' || name === undefined || name === '' || version === undefined || version === '')
    return unknown;
  if (parts.length === 3) return { page: 'model', name, version };
  return parts.length === 4 && last === 'try' ? { page: 'try', name, version } : unknown;
}

function sectionOf(name: string | undefined): Route | undefined {
  const page = SECTION_PAGES.find((one) => one === name);
  return page === undefined ? undefined : { page };
}

/** The fragment of a route, for links. */
export function hrefOf(route: Route): string {
  if (route.page === 'model' || route.page === 'try') {
    const path = `#/models/${encodeURIComponent(route.name)}/${encodeURIComponent(route.version)}`;
    return route.page === 'try' ? `${path}/try` : path;
  }
  return route.page === 'unknown' ? `#/${route.path}` : `#/${route.page}`;
}
