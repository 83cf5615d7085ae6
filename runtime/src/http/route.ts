import type { IncomingHttpHeaders } from 'node:http';
import type { Caller, MethodAccess } from '@deephealth/sdk';

/** One HTTP request, as a route sees it. */
export interface HttpRequest {
  readonly headers: IncomingHttpHeaders;
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal;
  /** Who asks; absent on a server that asks nobody, and for a route that is open. */
  readonly caller?: Caller;
  /** What follows the question mark. */
  readonly query: URLSearchParams;
  /** The decoded text of a `{name}` segment of the route's path; empty if the path has none. */
  param(name: string): string;
  /**
   * The whole body, decompressed. Throws DH_MESSAGE_TOO_LARGE, DH_MEDIA_TYPE_UNSUPPORTED for an
   * unknown compression, DH_REQUEST_MALFORMED for a broken one.
   */
  readBody(): Promise<Buffer>;
}

/** An answer; the server adds length, compression and the headers that every answer has. */
export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  /** Parts of the body, sent one after the other. */
  readonly body: readonly Uint8Array[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Called when all is ready, and the first byte goes out next; what it throws is sent instead. */
  beforeSend?(): void;
}

export type FailureForm = 'text' | 'object';

/** A method and path, and what answers it. HEAD is answered wherever GET is. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /**
   * Segments behind slashes; `{name}` takes any one segment, and a literal goes before it. `{name...}` at the end takes
   * all that is left, even nothing, where no other route fits; a slash in its text was one in the path, encoded or not.
   */
  readonly path: string;
  /** What the caller needs; asked before anything of the body is read. */
  readonly access: MethodAccess;
  /**
   * For an open route: who proves who it is becomes the caller, a proof that is wrong is refused, and who shows none
   * is let in without a name. Default false: nobody is asked.
   */
  readonly recognisesCallers?: boolean;
  /**
   * How what goes wrong is told: `text` as the Open Inference Protocol says, `object` with code, message, details and
   * whether a repetition may help. Default `text`.
   */
  readonly failures?: FailureForm;
  handle(request: HttpRequest): Promise<HttpResponse> | HttpResponse;
}
