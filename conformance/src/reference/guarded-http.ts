import type { IncomingMessage, RequestListener } from 'node:http';
import { DeepHealthError } from '@deephealth/sdk';
import type { CertificateOf } from './guarded.js';
import type { ReferenceRuntime } from './reference-runtime.js';

const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/[^/]+)?(?:\/(ready|infer))?$/;

/** The call of the Open Inference Protocol that a path stands for. */
function rpcOf(path: string): { readonly rpc: string; readonly model?: string } {
  if (path === '/v2/health/live') return { rpc: 'ServerLive' };
  if (path === '/v2/health/ready') return { rpc: 'ServerReady' };
  const [, name, end] = MODEL.exec(path) ?? [];
  if (name === undefined) return { rpc: 'ServerMetadata' };
  const rpc = end === 'infer' ? 'ModelInfer' : end === 'ready' ? 'ModelReady' : 'ModelMetadata';
  return { rpc, model: decodeURIComponent(name) };
}

/** Asks every caller over HTTP who it is before anything is read of the request's body. */
export function guardedHttp(
  runtime: ReferenceRuntime,
  listener: RequestListener,
  certificateOf: CertificateOf,
): RequestListener {
  return (request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const { rpc, model } = rpcOf(pathname);
    const incoming = {
      ...{ rpc, model, query },
      authorization: request.headers.authorization,
      authorizations: request.headersDistinct.authorization ?? [],
      header: (name: string) => request.headers[name]?.toString(),
      certificate: certificateOf(peerOf(request)),
    };
    runtime
      .guard(incoming, async () => listener(request, response))
      .catch((thrown) => {
        const { status, headers } = runtime.httpRefusal(thrown);
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify({ error: DeepHealthError.from(thrown).message }));
      });
  };
}

function peerOf({ socket }: IncomingMessage): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}
