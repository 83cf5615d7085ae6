import type { IncomingHttpHeaders } from 'node:http';
import type { Caller, MethodAccess } from '@deephealth/sdk';

/** A request, as the HTTP server that mounts the console hands it on. */
export interface ConsoleRequest {
  readonly headers: IncomingHttpHeaders;
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal;
  /** Who asks; absent on a server that asks nobody. */
  readonly caller?: Caller;
  /** What follows the question mark. */
  readonly query: URLSearchParams;
  /** Decoded text of a `{name}` of the path. */
  param(name: string): string;
  /** The whole body. Throws DH_MESSAGE_TOO_LARGE and the like. */
  readBody(): Promise<Buffer>;
}

export interface ConsoleResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: readonly Uint8Array[];
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What the console answers at a path. The server asks for the permission before it reads a byte of the body, answers
 * HEAD as GET, refuses other methods, and bounds bodies.
 */
export interface ConsoleRoute {
  readonly method: 'GET' | 'POST';
  /** `{name}` takes any one segment, `{name...}` at the end all that is left where no other path fits. */
  readonly path: string;
  readonly access: MethodAccess;
  /** Whether an open route is to know its caller, if it shows who it is. */
  readonly recognisesCallers?: boolean;
  /** Errors are answered as `{ "error": { code, message, details, retryable } }`. */
  readonly failures: 'object';
  handle(request: ConsoleRequest): Promise<ConsoleResponse> | ConsoleResponse;
}
