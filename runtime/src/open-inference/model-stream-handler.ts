import { setMaxListeners } from 'node:events';
import type { inferenceV2 } from '@deephealth/proto';
import { type CallContext, callContext, DeepHealthError, toGrpcFailure } from '@deephealth/sdk';
import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import { monotonicDeadline } from '../lifecycle/deadline-clock.js';
import { DrainGate } from '../services/drain-gate.js';
import { endUnreadable, isUnreadable } from '../services/unreadable-item.js';
import type { OpenInference } from './open-inference.js';

type Request = inferenceV2.ModelInferRequest__Output;
type Call = Parameters<handleBidiStreamingCall<Request, inferenceV2.ModelStreamInferResponse>>[0];

export interface ModelStreamOptions {
  /** Requests of one stream that are under way; further ones are not read until one is answered. */
  readonly maxInFlight: number;
  onError(thrown: unknown): void;
}

/**
 * ModelStreamInfer in Triton's dialect: every request gets one answer, as it is ready, and an error
 * is an answer too. A stream opened with the metadata `triton_grpc_error: true` ends with the status
 * of its first error instead. Requests of one sequence are accepted in their order, and a sequence
 * answers its items one after another.
 */
export function modelStreamHandler(openInference: OpenInference, { maxInFlight, onError }: ModelStreamOptions) {
  return (call: Call): void => {
    const isStrict = call.metadata.get('triton_grpc_error').includes('true');
    const { signal, ...rest } = callContext(call);
    const failed = new AbortController();
    const context: CallContext = { ...rest, transport: 'stream', signal: AbortSignal.any([signal, failed.signal]) };
    monotonicDeadline(context);
    // Every unanswered request of the stream listens to the one signal; that is no leak.
    setMaxListeners(0, context.signal);
    const drain = new DrainGate(call, context.signal);
    let inFlight = 0;
    let isEnded = false;

    /** Resolves once the transport takes more, so that a caller who does not read keeps its place. */
    const write = async (response: inferenceV2.ModelStreamInferResponse) => {
      if (context.signal.aborted || call.write(response)) return;
      await drain.wait();
    };
    const fail = (thrown: unknown, request: Request) => {
      onError(thrown);
      if (!isStrict) return write(toErrorResponse(DeepHealthError.from(thrown), request));
      if (context.signal.aborted) return undefined;
      failed.abort();
      call.emit('error', toGrpcFailure(thrown));
      return undefined;
    };
    const answer = async (request: Request) => {
      try {
        const response = await openInference.modelInfer(request, context);
        await write({ inferResponse: response });
      } catch (thrown) {
        await fail(thrown, request);
      }
    };
    const onRequest = async (request: Request) => {
      if (context.signal.aborted) return;
      inFlight += 1;
      if (inFlight >= maxInFlight) call.pause();
      await answer(request);
      inFlight -= 1;
      if (context.signal.aborted) return;
      if (isEnded && inFlight === 0) call.end();
      else if (inFlight < maxInFlight) call.resume();
    };

    call.on('data', (request: Request) => {
      if (failed.signal.aborted) return;
      if (!isUnreadable(request)) return void onRequest(request);
      failed.abort();
      endUnreadable(call);
    });
    call.on('end', () => {
      isEnded = true;
      if (inFlight === 0 && !failed.signal.aborted) call.end();
    });
    call.on('error', () => undefined);
  };
}

function toErrorResponse(error: DeepHealthError, request: Request): inferenceV2.ModelStreamInferResponse {
  return {
    errorMessage: error.message,
    inferResponse: {
      modelName: request.modelName,
      modelVersion: request.modelVersion,
      id: request.id,
      // The text is for people; programs tell errors apart by the code.
      parameters: { deephealth_error: { stringParam: error.code } },
    },
  };
}
