import { Agent, type IncomingHttpHeaders, request as startRequest } from 'node:http';
import { connect } from 'node:net';
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../http-server.js';
import { metricsRoute } from '../metrics-route.js';
import { openInferenceRoutes } from '../open-inference-routes.js';
import { createFakeOpenInference, type FakeOpenInference } from './fake-open-inference.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON, by the parser of JavaScript. */
  json(): unknown;
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** A server over the fake, and ways to talk to it. */
export interface HttpFixture {
  readonly server: HttpServer;
  readonly fake: FakeOpenInference;
  readonly errors: unknown[];
  send(path: string, options?: SendOptions): Promise<Answer>;
  /** POSTs to the infer path of the model "identity"; an object is sent as JSON. */
  infer(body: object | string | Uint8Array, headers?: Record<string, string>): Promise<Answer>;
  /** Sends bytes as they are and collects what comes until the server closes. */
  sendRaw(text: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server on a free port of loopback. One connection is kept for all of `send`. */
export async function startFixture(options: Partial<HttpServerOptions> = {}): Promise<HttpFixture> {
  const fake = createFakeOpenInference();
  const errors: unknown[] = [];
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 1024 * 1024,
    routes: [...openInferenceRoutes(fake), metricsRoute(async () => ({ contentType: 'text/plain', body: 'up 1\n' }))],
    onError: (thrown) => errors.push(thrown),
    ...options,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  const send = (path: string, { method, headers = {}, body }: SendOptions = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const request = startRequest(
        {
          host: '127.0.0.1',
          port: server.port,
          path,
          method: method ?? (body === undefined ? 'GET' : 'POST'),
          agent,
          headers: {
            ...(body === undefined || 'transfer-encoding' in headers
              ? {}
              : { 'content-length': Buffer.byteLength(body) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const whole = Buffer.concat(chunks);
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: whole,
              json: () => JSON.parse(whole.toString()),
            });
          });
        },
      );
      request.on('error', reject);
      request.end(body);
    });

  return {
    server,
    fake,
    errors,
    send,
    infer: (body, headers = {}) =>
      send('/v2/models/identity/infer', {
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
        headers,
      }),
    sendRaw: (text) =>
      new Promise((resolve, reject) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
        let received = '';
        socket.setEncoding('utf8');
        socket.on('data', (chunk) => {
          received += chunk;
        });
        socket.on('error', reject);
        socket.on('close', () => resolve(received));
      }),
    stop: async () => {
      agent.destroy();
      await server.close(0);
    },
  };
}

/** A request with binary tensors: the body, and the header that goes with it. */
export function binaryRequest(json: object, ...tensors: Uint8Array[]): [body: Buffer, headers: Record<string, string>] {
  const header = Buffer.from(JSON.stringify(json));
  return [Buffer.concat([header, ...tensors]), { 'inference-header-content-length': String(header.byteLength) }];
}
