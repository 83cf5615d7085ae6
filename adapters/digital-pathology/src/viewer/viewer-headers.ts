import { PRIVATE_HEADERS } from '@deephealth/sdk';

/** Of every answer: its address is a secret, too. */
const ALWAYS = { ...PRIVATE_HEADERS, 'x-robots-tag': 'noindex' } as const;

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
