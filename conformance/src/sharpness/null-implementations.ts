import { modelRuntimeService } from '@deephealth/proto';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';

export interface NullImplementation {
  readonly id: string;
  readonly title: string;
  readonly handlers: UntypedServiceImplementation;
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
const UNAVAILABLE = { code: 14, details: '' };

/** What answers without doing anything. None of them may pass a single MUST. */
export const NULL_IMPLEMENTATIONS: readonly NullImplementation[] = [
  nothing('N-1', 'answers UNIMPLEMENTED to all', (call, callback) => fail(call, callback, UNIMPLEMENTED)),
  nothing('N-2', 'answers every call with an empty success', (call, callback) => succeed(call, callback, {})),
  nothing('N-3', 'answers with what it was sent', (call, callback) => succeed(call, callback, call.request ?? {})),
  nothing('N-4', 'never answers', () => undefined),
  nothing('N-5', 'ends every call', (call, callback) => fail(call, callback, UNAVAILABLE)),
];

function nothing(id: string, title: string, handler: Handler): NullImplementation {
  const names = Object.keys(modelRuntimeService());
  return { id, title, handlers: Object.fromEntries(names.map((name) => [name, handler as never])) };
}

function fail(call: Call, callback: Callback, error: object): void {
  if (callback) callback(error);
  else call.emit('error', error);
}

function succeed(call: Call, callback: Callback, message: unknown): void {
  if (callback) {
    callback(null, message);
  } else {
    call.write(message);
    call.end();
  }
}
