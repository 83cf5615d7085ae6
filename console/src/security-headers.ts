import { PRIVATE_HEADERS } from '@deephealth/sdk';

/** Of the page: nothing of others, no inline script or style, in no frame. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of a report: a document that shows itself, in a sandbox that runs nothing and has no origin. */
const REPORT_POLICY = [
  'sandbox',
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** Of bytes: whatever they are, no browser makes a page of them. */
const DATA_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'";

const PERMISSIONS = 'camera=(), microphone=(), geolocation=(), payment=(), usb=()';

export const API_HEADERS = { ...PRIVATE_HEADERS, 'content-security-policy': DATA_POLICY } as const;

export const REPORT_HEADERS = {
  ...PRIVATE_HEADERS,
  'x-frame-options': 'SAMEORIGIN',
  'content-security-policy': REPORT_POLICY,
} as const;

export const PAGE_HEADERS = {
  ...PRIVATE_HEADERS,
  'cache-control': 'no-cache',
  'content-security-policy': PAGE_POLICY,
  'permissions-policy': PERMISSIONS,
} as const;

/** Of files whose names change with what they hold. */
export const ASSET_HEADERS = { ...PAGE_HEADERS, 'cache-control': 'public, max-age=31536000, immutable' } as const;
