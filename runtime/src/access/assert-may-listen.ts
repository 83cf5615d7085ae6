import { DeepHealthError, isLoopback } from '@deephealth/sdk';
import type { RuntimeServerOptions } from '../server-options.js';

/**
 * Refuses to start where callers would not be protected from each other, or from who listens in between.
 *
 * @throws DH_INSECURE_BIND_REFUSED for another place than loopback, or in production, without TLS and access control;
 * in production also without signatures over packages, and without an audit
 */
export function assertMayListen(
  host: string,
  { profile, tls, access, trust, audit, insecureBind }: RuntimeServerOptions,
): void {
  const missing = [...(tls === undefined ? ['"tls"'] : []), ...(access === undefined ? ['"access"'] : [])];
  if (profile === 'production') {
    if (insecureBind === true) throw refused('The production profile has no --insecure-i-know. Leave one of them out.');
    if (trust === undefined) missing.push('"trust"');
    if (audit === undefined) missing.push('"audit"');
    if (trust?.requireSignatures === false) {
      throw refused('The production profile serves signed packages only. Leave "trust.requireSignatures" out.');
    }
    if (missing.length > 0) {
      throw refused(`The production profile needs ${missing.join(', ')} in the configuration, on loopback, too.`);
    }
    return;
  }
  if (missing.length === 0 || isLoopback(host) || insecureBind === true) return;
  throw refused(
    `The server leaves loopback only with TLS and access control: the configuration has no ${missing.join(' and no ')}. Add it, listen on 127.0.0.1, or pass --insecure-i-know on a network that you trust.`,
  );
}

function refused(message: string): DeepHealthError {
  return new DeepHealthError('DH_INSECURE_BIND_REFUSED', message);
}
