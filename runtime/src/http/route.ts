import type { IncomingHttpHeaders } from 'node:http';

/** One HTTP request, as a route sees it. */
export interface HttpRequest {
  readonly headers: IncomingHttpHeaders;
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal;
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
}

/** A method and path, and what answers it. HEAD is answered wherever GET is. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Segments behind slashes; `{name}` takes any one segment, and a literal goes before it. */
  readonly path: string;
  handle(request: HttpRequest): Promise<HttpResponse> | HttpResponse;
}
