import { SCRIPT } from './page-script.js';
import { digestOf, STYLE } from './page-style.js';

/**
 * The Content-Security-Policy of a rule page: its own style and script by their digests, and requests to where its values
 * are evaluated. The page carries it in itself; a server sends it as a header, too, with `frame-ancestors 'none'`.
 *
 * @param evaluateAddress as given to the page: relative, or with http or https
 */
export function rulePagePolicy(evaluateAddress?: string): string {
  const base = `default-src 'none'; style-src ${digestOf(STYLE)}; base-uri 'none'; form-action 'none'`;
  if (evaluateAddress === undefined) return base;
  return `${base}; script-src ${digestOf(SCRIPT)}; connect-src ${originOf(evaluateAddress)}`;
}

/** @throws RangeError for an address of another kind, such as `javascript:` */
function originOf(address: string): string {
  const own = 'http://own.invalid';
  const url = new URL(address, own);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new RangeError('the address is not one of HTTP');
  return url.origin === own ? "'self'" : url.origin;
}
