import { DeepHealthError } from '@deephealth/sdk';

/** What a page of another origin may ask for: the calls of CDS Hooks, and no more. */
const METHODS = ['GET', 'POST'];
const REQUEST_HEADERS = ['authorization', 'content-type'];
/** Readable by the page beside the body: when to come again. */
const ANSWER_HEADERS = 'retry-after';
const PREFLIGHT_HOLDS_S = 600;

export type CorsAnswer =
  /** Not a page of another origin: a program, or a page of this very server. */
  | { readonly kind: 'none'; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'allowed'; readonly headers: Readonly<Record<string, string>> }
  /** To be answered with 204 and these headers, and with nothing else done. */
  | { readonly kind: 'preflight'; readonly headers: Readonly<Record<string, string>> }
  /** To be answered with 403: the page could not read an answer, but its call would have been carried out. */
  | { readonly kind: 'refused'; readonly headers: Readonly<Record<string, string>> };

/**
 * What cross-origin resource sharing says to a request, for discovery, services and feedback alike. `origin` is its
 * Origin header, `method` its HTTP method, `requestHeaders` its headers by lower-case name, `allowed` the origins
 * from {@link parseAllowedOrigins}. There is no wildcard, and cookies are never asked for: who calls is told by
 * its token.
 */
export function corsHeaders(
  origin: string | undefined,
  method: string,
  requestHeaders: Readonly<Record<string, string | string[] | undefined>>,
  allowed: readonly string[],
): CorsAnswer {
  const vary = { vary: 'Origin' };
  if (origin === undefined) return { kind: 'none', headers: vary };
  if (!allowed.includes(origin)) return { kind: 'refused', headers: vary };
  const shared = { 'access-control-allow-origin': origin };
  const requestedMethod = requestHeaders['access-control-request-method'];
  if (method !== 'OPTIONS' || requestedMethod === undefined) {
    return { kind: 'allowed', headers: { ...shared, ...vary, 'access-control-expose-headers': ANSWER_HEADERS } };
  }
  const preflightVary = { vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers' };
  const asked = String(requestHeaders['access-control-request-headers'] ?? '');
  const names = asked.split(',').map((name) => name.trim().toLowerCase());
  const isInOrder =
    METHODS.includes(String(requestedMethod)) && names.every((name) => name === '' || REQUEST_HEADERS.includes(name));
  if (!isInOrder) return { kind: 'refused', headers: preflightVary };
  return {
    kind: 'preflight',
    headers: {
      ...shared,
      ...preflightVary,
      'access-control-allow-methods': METHODS.join(', '),
      'access-control-allow-headers': REQUEST_HEADERS.join(', '),
      'access-control-max-age': String(PREFLIGHT_HOLDS_S),
    },
  };
}

/** Origins as browsers write them. Throws DH_CONFIG_INVALID for a wildcard, `null`, a path, or another scheme. */
export function parseAllowedOrigins(origins: readonly string[]): readonly string[] {
  for (const origin of origins) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
    if (!isWeb || url?.origin !== origin || url.hostname.includes('*')) {
      throw new DeepHealthError(
        'DH_CONFIG_INVALID',
        'The setting allowedOrigins holds what is no origin. Write scheme, host and port as in https://ehr.example, without a path.',
        { details: { setting: 'allowedOrigins' } },
      );
    }
  }
  return origins;
}
