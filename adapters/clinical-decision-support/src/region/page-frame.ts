import { createHash } from 'node:crypto';
import { Html, html } from './html.js';

const STYLE = `
body { margin: 0; background: #f4f5f6; color: #1b1f23; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 .25rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .25rem 0; }
.sub { color: #56606a; margin-bottom: 1rem; }
.score { font-size: 1.15rem; margin: .75rem 0; }
.score b { font-size: 1.35rem; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
figure { flex: 1 1 20rem; max-width: 30rem; margin: 0; }
figcaption { margin-top: .35rem; font-size: .9rem; color: #56606a; }
.frame { position: relative; background: #000; line-height: 0; }
.frame.bare { background: #5b6066; }
.frame img { width: 100%; height: auto; }
.frame .over { position: absolute; inset: 0; height: 100%; }
.pixels img { image-rendering: pixelated; }
.scale { display: flex; align-items: center; gap: .6rem; margin: .6rem 0; font-size: .9rem; }
.scale span { background: #808080; line-height: 0; }
.scale img { width: 14rem; height: 1rem; }
.note { padding: .5rem .8rem; border-left: 4px solid #56606a; background: #fff; }
.doubt { border-color: #b3261e; background: #fdecea; font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; font-size: .9rem; }
dt { color: #56606a; }
dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 1.5rem; padding-top: .75rem; border-top: 1px solid #d5d9dd; font-size: .9rem; }
@media print { body { background: #fff; } }
`;

/** A page of one column. */
export function framed(language: string, title: string, content: Html): Buffer {
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`;
  return Buffer.from(page.text);
}

const styleDigest = createHash('sha256').update(STYLE).digest('base64');

/**
 * Of everything that is answered below an address that is a capability: it is kept nowhere, sent on to nobody, framed
 * by nobody, searched by nobody, and runs nothing.
 */
const SECRET_ADDRESS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Of a page: its own style, and images of its own address or within it. */
export const PAGE_HEADERS = {
  ...SECRET_ADDRESS,
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; img-src 'self' data:; style-src 'sha256-${styleDigest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** Of an image: what is in it, and whatever else it may be, runs nothing and loads nothing. */
export const PICTURE_HEADERS = {
  ...SECRET_ADDRESS,
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
} as const;
