import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface JsonServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A request with its whole body as text. */
export interface JsonRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Aborts once nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What is answered; `undefined` ends the connection without an answer. */
export type JsonAnswer =
  | {
      readonly status: number;
      readonly body?: unknown;
      /** Instead of `body`, as it is. */
      readonly text?: string;
      /** Default the content type of JSON. */
      readonly headers?: Readonly<Record<string, string>>;
    }
  | undefined;

/** HTTP on loopback whose bodies are JSON. What the handler throws becomes 500 without words. */
export async function serveJson(
  handle: (request: JsonRequest) => Promise<JsonAnswer> | JsonAnswer,
  port = 0,
): Promise<JsonServer> {
  const server = createServer((request, response) => {
    const left = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) left.abort();
    });
    const { method = '', url = '', headers } = request;
    readBody(request)
      .then((body) => handle({ method, path: url, headers, body, signal: left.signal }))
      .then(
        (answer) => reply(response, answer),
        () => reply(response, { status: 500 }),
      );
  });
  await listen(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function reply(response: ServerResponse, answer: JsonAnswer): void {
  if (answer === undefined) {
    response.socket?.destroy();
    return;
  }
  const { status, body, headers } = answer;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(answer.text ?? (body === undefined ? '' : JSON.stringify(body)));
}
