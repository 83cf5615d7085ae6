import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inferenceService, type inferenceV2 } from '@deephealth/proto';
import type { handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { type RunningServer, serve } from '../serve-reference.js';
import { type HttpReply, OipJson } from './oip-json.js';
import type { OipReference } from './oip-reference.js';

export interface RunningOip extends RunningServer {
  /** `http://127.0.0.1:port`. */
  readonly http: string;
  /** As its metadata name them. */
  readonly extensions: readonly string[];
}

/** Serves a reference of the protocol, or a mutant of it, on loopback. */
export async function serveOip(oip: OipReference, Json: typeof OipJson = OipJson): Promise<RunningOip> {
  const { extensions = [] } = oip.serverMetadata();
  return serveBoth(oipHandlers(oip), oipListener(oip, new Json(oip)), extensions);
}

/** Something on gRPC and something on HTTP. */
export async function serveBoth(
  handlers: UntypedServiceImplementation,
  listen: RequestListener,
  extensions: readonly string[] = [],
): Promise<RunningOip> {
  const grpc = await serve(inferenceService() as never, handlers);
  const http = createServer(listen);
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve));
  return { address: grpc.address, http: originOf(http), extensions, stop: () => stopBoth(grpc, http) };
}

function originOf(http: Server): string {
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

function stopBoth(grpc: RunningServer, http: Server): void {
  grpc.stop();
  http.close();
  http.closeAllConnections();
}

/** The methods of the protocol over gRPC. */
export function oipHandlers(oip: OipReference): UntypedServiceImplementation {
  const unary =
    <Request, Response>(
      answer: (request: Request) => Response | Promise<Response>,
    ): handleUnaryCall<Request, Response> =>
    (call, callback) => {
      Promise.resolve()
        .then(() => answer(call.request))
        .then(
          (response) => callback(null, response),
          (thrown) => callback(oip.failure(thrown)),
        );
    };
  type Named = { readonly name: string; readonly version: string };
  return {
    ServerLive: unary(() => ({ live: oip.live() })),
    ServerReady: unary(() => ({ ready: oip.ready() })),
    ModelReady: unary(({ name, version }: Named) => ({ ready: oip.modelReady(name, version) })),
    ServerMetadata: unary(() => oip.serverMetadata()),
    ModelMetadata: unary(({ name, version }: Named) => oip.modelMetadata(name, version)),
    ModelInfer: unary(async (message: inferenceV2.ModelInferRequest__Output) =>
      oip.toMessage(await oip.infer(oip.readMessage(message))),
    ),
  };
}

const MODEL = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(ready|infer))?$/;

/** And over HTTP. */
export function oipListener(oip: OipReference, json: OipJson): RequestListener {
  const object = (value: unknown, status = 200): HttpReply => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value) ?? '',
  });
  const route = async (request: IncomingMessage): Promise<HttpReply> => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/v2/health/live') return object(oip.healthBody({ live: oip.live() }), oip.live() ? 200 : 503);
    if (pathname === '/v2/health/ready') return object(oip.healthBody({ ready: oip.ready() }), oip.ready() ? 200 : 503);
    if (pathname === '/v2') return object(oip.serverMetadata());
    const [, encodedModel, encodedVersion = '', end] = MODEL.exec(pathname) ?? [];
    if (encodedModel === undefined) return json.notOffered(404);
    const [model, version] = [decodeURIComponent(encodedModel), decodeURIComponent(encodedVersion)];
    if (end === undefined) return object(oip.modelMetadata(model, version));
    if (end === 'ready') {
      const ready = oip.modelReady(model, version);
      return object(oip.healthBody({ name: model, ready }), ready ? 200 : 503);
    }
    if (request.method !== 'POST') return json.notOffered(405);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const header = request.headers['inference-header-content-length'];
    const read = json.read(model, version, Buffer.concat(parts), header === undefined ? undefined : Number(header));
    return json.write(await oip.infer(read.request), read.wantsBinary);
  };
  return (request, response) => {
    route(request)
      .catch((thrown): HttpReply => {
        const { status, body } = oip.httpFailure(thrown);
        return { status, headers: { 'content-type': 'application/json' }, body };
      })
      .then((reply) => send(response, reply));
  };
}

function send(response: ServerResponse, { status, headers, body }: HttpReply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
