import { setMaxListeners } from 'node:events';
import type { handleUnaryCall, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { toGrpcFailure } from '../errors/grpc-status.js';

export interface CallContext {
  /** Aborted when the caller cancels, disconnects or its deadline passes. */
  readonly signal: AbortSignal;
  /** Absolute deadline in ms since the epoch; Infinity if the caller set none. */
  readonly deadlineMs: number;
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
    const context = callContext(call);
    Promise.resolve()
      .then(() => run(call.request, context, call))
      .then(
        (response) => callback(null, response),
        (thrown) => {
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
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** Signal and deadline of any server call. */
export function callContext(call: CancellableCall): CallContext {
  const controller = new AbortController();
  // Every unanswered item of a stream listens to the stream's own signal; that is no leak.
  setMaxListeners(0, controller.signal);
  if (call.cancelled) controller.abort();
  else call.on('cancelled', () => controller.abort());
  const deadline = call.getDeadline();
  return { signal: controller.signal, deadlineMs: deadline instanceof Date ? deadline.getTime() : deadline };
}
