import { DeepHealthError } from '../errors/deephealth-error.js';
import { isLoopback } from '../http/listening-place.js';
import type { AccessGate } from './access-gate.js';
import type { Caller } from './caller.js';
import type { ServerTls } from './server-tls.js';

/** What stands between callers and a server. All of it stays the property of who gives it. */
export interface ServerSecurity {
  /** Absent: plain text. */
  readonly tls?: ServerTls;
  /** Absent: nobody is asked who they are. */
  readonly gate?: AccessGate;
  /** Sees callers that are refused, for the log and the audit. */
  readonly onRefused?: (thrown: unknown, route: string, caller: Caller | undefined) => void;
}

/**
 * Refuses to listen where callers would not be protected from each other, or from who listens in between.
 *
 * @param server as in "The rule server"
 * @param isTrusted whether the operator has said that the network is one to trust
 * @throws DH_INSECURE_BIND_REFUSED for another place than loopback without both TLS and access control
 */
export function assertProtected(server: string, host: string, { tls, gate }: ServerSecurity, isTrusted: boolean): void {
  if (isLoopback(host) || isTrusted || (tls !== undefined && gate !== undefined)) return;
  throw new DeepHealthError(
    'DH_INSECURE_BIND_REFUSED',
    `${server} leaves loopback only with TLS and access control ("tls" and "access" of the server's configuration), or with --insecure-i-know, on a network that you trust.`,
  );
}
