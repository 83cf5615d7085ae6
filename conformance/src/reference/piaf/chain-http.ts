import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeepHealthError, httpStatusOf } from '@deephealth/sdk';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | object;
}

/** HTTP on loopback. What the handler throws that is no error of the catalogue becomes 500 without words. */
export async function serveHttp(handle: (request: HttpRequest) => Promise<HttpReply>) {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', async () => {
      const { method = '', headers } = request;
      const url = new URL(request.url ?? '/', `http://${headers.host ?? '127.0.0.1'}`);
      const {
        status,
        headers: more = {},
        body,
      } = await handle({ method, url, headers, body: Buffer.concat(parts) }).catch((): HttpReply => ({ status: 500 }));
      const isBytes = Buffer.isBuffer(body);
      response.writeHead(status, {
        'content-type': isBytes ? 'application/octet-stream' : 'application/json',
        ...more,
      });
      response.end(isBytes ? body : body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Status of an error, and what goes with it. */
export function failureOf(thrown: unknown): {
  status: number;
  error: DeepHealthError;
  headers: Record<string, string>;
} {
  const error = DeepHealthError.from(thrown);
  const { retryAfterMs } = error;
  const headers: Record<string, string> =
    retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  return { status: httpStatusOf(error.code), error, headers };
}
