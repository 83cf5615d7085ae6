import type { RequestListener } from 'node:http';
import { inferenceService, modelRuntimeService, platformAdapterService } from '@deephealth/proto';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';

export interface NullImplementation {
  readonly id: string;
  readonly title: string;
  readonly handlers: UntypedServiceImplementation;
  /** The same over HTTP. */
  readonly http: RequestListener;
}

/** What grpc-js hands to a method: unary ones get a callback, streams do not. */
interface Call {
  readonly request?: unknown;
  write(message: unknown): void;
  end(): void;
  emit(event: 'error', error: unknown): void;
}
type Callback = ((error: unknown, message?: unknown) => void) | undefined;
type Handler = (call: Call, callback: Callback) => void;

const UNIMPLEMENTED = { code: 12, details: 'nothing is here' };
const JSON_TYPE = { 'content-type': 'application/json' };
const UNAVAILABLE = { code: 14, details: '' };

/** What answers without doing anything. None of them may pass a single MUST. */
export const NULL_IMPLEMENTATIONS: readonly NullImplementation[] = [
  nothing(
    'N-1',
    'answers UNIMPLEMENTED to all',
    (call, callback) => fail(call, callback, UNIMPLEMENTED),
    (_, response) => void response.writeHead(404, JSON_TYPE).end('{"error": "nothing is here"}'),
  ),
  nothing(
    'N-2',
    'answers every call with an empty success',
    (call, callback) => succeed(call, callback, {}),
    (_, response) => void response.writeHead(200, JSON_TYPE).end('{}'),
  ),
  nothing(
    'N-3',
    'answers with what it was sent',
    (call, callback) => succeed(call, callback, call.request ?? {}),
    (request, response) => void request.pipe(response.writeHead(200, JSON_TYPE)),
  ),
  nothing(
    'N-4',
    'never answers',
    () => undefined,
    () => undefined,
  ),
  nothing(
    'N-5',
    'ends every call',
    (call, callback) => fail(call, callback, UNAVAILABLE),
    (request) => void request.socket.destroy(),
  ),
];

function nothing(id: string, title: string, handler: Handler, http: RequestListener): NullImplementation {
  const services = [modelRuntimeService(), inferenceService(), platformAdapterService()];
  const names = services.flatMap((service) => Object.keys(service));
  return { id, title, handlers: Object.fromEntries(names.map((name) => [name, handler as never])), http };
}

function fail(call: Call, callback: Callback, error: object): void {
  if (callback) callback(error);
  else call.emit('error', error);
}

function succeed(call: Call, callback: Callback, message: unknown): void {
  if (callback) callback(null, message);
  else {
    call.write(message);
    call.end();
  }
}
