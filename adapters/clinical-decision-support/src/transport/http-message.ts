import type { Peer } from '../trust/peer.js';

/** What the service needs to know of a request, whichever server received it. */
export interface HttpRequest {
  readonly method: string;
  /** As in the request line; a query is ignored. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Borrowed until the answer is there. */
  readonly body: Buffer;
  /** Aborts when the client has gone. */
  readonly signal?: AbortSignal;
  /** What the connection proves of its other end; absent for a program that calls without one. */
  readonly peer?: Peer;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The whole service as one function: it answers everything, and never throws. */
export type Answer = (request: HttpRequest) => Promise<HttpAnswer>;

/** An answer in JSON. Nothing of it is kept by anybody on the way: it is about one patient, now. */
export function jsonAnswer(
  status: number,
  content: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: Buffer.from(JSON.stringify(content)),
  };
}
