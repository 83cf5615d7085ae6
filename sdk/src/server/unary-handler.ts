import { setMaxListeners } from 'node:events';
import type { handleUnaryCall, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { Caller } from '../access/caller.js';
import { callerOf } from '../access/grpc-access.js';
import { toGrpcFailure } from '../errors/grpc-status.js';

/** What a handler is told of its call: deadline, signal, caller. */
export interface CallContext {
  /** Aborted when the caller cancels, disconnects or its deadline passes. */
  readonly signal: AbortSignal;
  /** Absolute deadline in ms since the epoch; Infinity if the caller set none. */
  readonly deadlineMs: number;
  /** What the caller sent along, by its lower-case name: gRPC metadata or an HTTP header. */
  readonly header?: (name: string) => string | undefined;
  /** Who calls. Absent on a server that asks nobody, which counts as {@link ANONYMOUS}. */
  readonly caller?: Caller;
  /** How the request came, where it is no gRPC call of its own. */
  readonly transport?: 'stream' | 'http';
}

/**
 * A promise-returning function as a grpc-js handler: the only place where what it throws becomes a
 * status. `onError` sees the original error, for the log.
 */
export function unaryHandler<Request, Response>(
  run: (
    request: Request,
    context: CallContext,
    call: ServerUnaryCall<Request, Response>,
  ) => Promise<Response> | Response,
  onError: (thrown: unknown) => void,
): handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    const { context, forget } = watchCall(call);
    Promise.resolve()
      .then(() => run(call.request, context, call))
      .then(
        (response) => {
          forget();
          callback(null, response);
        },
        (thrown) => {
          forget();
          try {
            onError(thrown);
          } catch {
            // A log that cannot be written is no reason to leave the caller without an answer.
            process.emitWarning('The error of a call could not be logged.', 'DeepHealthWarning');
          }
          callback(toGrpcFailure(thrown));
        },
      );
  };
}

interface CancellableCall {
  readonly metadata?: { get(name: string): (string | Buffer)[] };
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  on(event: 'cancelled', listener: () => void): unknown;
  off(event: 'cancelled', listener: () => void): unknown;
}

// Shared, because a reason of each call's own costs a stack trace, and nobody reads it.
const CALL_ENDED = new Error('the caller has cancelled the call, or is gone');

/** Signal and deadline of any server call. */
export function callContext(call: CancellableCall): CallContext {
  return watchCall(call).context;
}

/** `forget` is for a call that was answered: grpc-js calls its end a cancellation, too. */
function watchCall(call: CancellableCall): { context: CallContext; forget(): void } {
  const controller = new AbortController();
  // Every unanswered item of a stream listens to the stream's own signal; that is no leak.
  setMaxListeners(0, controller.signal);
  const abort = () => controller.abort(CALL_ENDED);
  if (call.cancelled) abort();
  else call.on('cancelled', abort);
  const deadline = call.getDeadline();
  const deadlineMs = deadline instanceof Date ? deadline.getTime() : deadline;
  const header = (name: string) => call.metadata?.get(name)[0]?.toString();
  const caller = call.metadata && callerOf(call.metadata);
  const context = { signal: controller.signal, deadlineMs, header, ...(caller !== undefined && { caller }) };
  return { context, forget: () => call.off('cancelled', abort) };
}
