import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { AccessGate, Credentials } from './access-gate.js';
import type { Caller } from './caller.js';
import type { MethodAccess } from './grpc-access.js';
import { assertPermitted } from './permissions.js';

/** What `httpAccess` takes. */
export interface HttpAccessOptions {
  readonly gate: AccessGate;
  /** Sees every refusal, for the log and the audit. */
  readonly onRefused?: (thrown: unknown, route: string, caller: Caller | undefined) => void;
}

/** What a request asks for. */
export interface HttpAsked {
  /** As the server writes it, "GET /v1/things/:id": never what the caller wrote. */
  readonly route: string;
  /** Absent: no permission is written down, and the route is refused to everybody. */
  readonly access: MethodAccess | undefined;
  /** Name of the model that it is about. */
  readonly model?: string;
}

/** Callers by their requests. */
const callers = new WeakMap<IncomingMessage, Caller>();

/** Who made a request that {@link httpAccess} let pass; undefined for an open route, and where nobody is asked. */
export function httpCallerOf(request: IncomingMessage): Caller | undefined {
  return callers.get(request);
}

/**
 * To be asked before a byte of a body is read, by any server on `node:http`: a caller is recognised, and has the
 * permission.
 *
 * @throws DH_UNAUTHENTICATED, DH_PERMISSION_DENIED
 */
export function httpAccess({ gate, onRefused }: HttpAccessOptions) {
  return async (request: IncomingMessage, { route, access, model }: HttpAsked): Promise<void> => {
    if (access === 'open') return;
    let caller: Caller | undefined;
    try {
      caller = await gate.authenticate(httpCredentials(request));
      assertPermitted(caller, access ?? 'unlisted', model);
    } catch (thrown) {
      onRefused?.(thrown, route, caller);
      throw thrown;
    }
    callers.set(request, caller);
  };
}

/** What an HTTP request shows of its caller. */
export function httpCredentials(request: IncomingMessage): Credentials {
  const { socket } = request;
  return {
    // `headers` would keep the first of two, or the last: which one, a proxy may see otherwise.
    authorization: request.headersDistinct.authorization ?? [],
    certificate: () => {
      if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
      const { raw, subjectaltname } = socket.getPeerCertificate();
      if (raw === undefined) return undefined;
      return { raw, ...(subjectaltname !== undefined && { subjectAltName: subjectaltname }) };
    },
  };
}
