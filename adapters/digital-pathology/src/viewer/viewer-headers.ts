/**
 * Of every answer: pictures of a patient's tissue stay out of caches, out of pages of others, and out of frames, and
 * nothing of them names the address to anybody.
 */
const ALWAYS = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex',
} as const;

/** What the page runs and loads is of this address alone. OpenSeadragon decodes pictures in a worker it makes itself. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; worker-src blob:; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const CONTENT_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'";

export function viewerHeaders(contentType: string): Record<string, string> {
  const isPage = contentType.startsWith('text/html');
  return {
    ...ALWAYS,
    'content-type': contentType,
    'content-security-policy': isPage ? PAGE_POLICY : CONTENT_POLICY,
  };
}
