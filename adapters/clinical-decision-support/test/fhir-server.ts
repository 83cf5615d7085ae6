import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll } from 'vitest';
import { listen } from './served-adapter.js';

export interface SeenRequest {
  /** Path with its query. */
  readonly url: string;
  readonly authorization: string | undefined;
}

export interface FhirServer {
  /** Base URL without a slash at its end. */
  readonly url: string;
  readonly seen: SeenRequest[];
  /** What answers from now on. */
  answerWith(handler: FhirHandler): void;
}

export type FhirHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** A FHIR server of as much as the test wants. */
export async function startFhirServer(): Promise<FhirServer> {
  const seen: SeenRequest[] = [];
  let handler: FhirHandler = (_request, response) => response.writeHead(404).end();
  const server = createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization });
    handler(request, response);
  });
  const url = `http://127.0.0.1:${await listen(server)}/r4`;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url,
    seen,
    answerWith: (next) => {
      handler = next;
      seen.length = 0;
    },
  };
}

export function json(response: ServerResponse, content: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(content));
}
