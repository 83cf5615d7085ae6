import type { runtimeV1 } from '@deephealth/proto';
import { callContext, DeepHealthError, toGrpcFailure } from '@deephealth/sdk';
import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import { monotonicDeadline } from '../lifecycle/deadline-clock.js';
import { DrainGate } from './drain-gate.js';
import type { Predictor } from './predictor.js';
import { endUnreadable, isUnreadable } from './unreadable-item.js';

type Item = runtimeV1.PredictStreamRequest__Output;
type Call = Parameters<
  handleBidiStreamingCall<runtimeV1.PredictStreamRequest__Output, runtimeV1.PredictStreamResponse>
>[0];

/**
 * PredictStream: each item is answered on its own; results leave as they are ready. Back-pressure
 * is HTTP/2's: while the caller does not read, no further item is read from it.
 */
export function predictStreamHandler(predictor: Predictor, maxInFlight: number, onError: (thrown: unknown) => void) {
  return (call: Call): void => {
    const context = { ...callContext(call), transport: 'stream' as const };
    monotonicDeadline(context);
    const unanswered = new Set<string>();
    /** Items that came and are not answered yet, those that are refused at once included. */
    let underWay = 0;
    let isEnded = false;
    let isBroken = false;

    const drain = new DrainGate(call, context.signal);
    const write = async (response: runtimeV1.PredictStreamResponse) => {
      if (isBroken || context.signal.aborted || call.write(response)) return;
      call.pause();
      await drain.wait();
      call.resume();
    };
    const finishIfDone = () => {
      if (isEnded && underWay === 0 && !isBroken) call.end();
    };
    const fail = (itemId: string, thrown: unknown) => {
      onError(thrown);
      return write({ result: { itemId, status: toItemStatus(thrown) } });
    };

    /** No later item of its sequence may run as if this one had never come. */
    const refuse = async (itemId: string, request: Item['request'], refusal: DeepHealthError) => {
      if (request === null) return fail(itemId, refusal);
      return predictor.refuse(request, context, refusal).catch((thrown) => fail(itemId, thrown));
    };

    const onItem = async ({ itemId, request }: runtimeV1.PredictStreamRequest__Output) => {
      if (!/^[\x20-\x7e]{1,128}$/.test(itemId)) {
        return refuse(
          '',
          request,
          new DeepHealthError('DH_ITEM_ID_INVALID', 'Field "item_id" must be 1 to 128 printable ASCII characters.', {
            details: { field: 'item_id' },
          }),
        );
      }
      if (unanswered.has(itemId)) {
        return refuse(
          itemId,
          request,
          new DeepHealthError('DH_ITEM_ID_DUPLICATE', 'An unanswered item of this stream has the same "item_id".', {
            details: { field: 'item_id' },
          }),
        );
      }
      if (unanswered.size >= maxInFlight) {
        return refuse(
          itemId,
          request,
          new DeepHealthError(
            'DH_STREAM_LIMIT_EXCEEDED',
            `More than ${maxInFlight} items of this stream are unanswered.`,
            { details: { expected: `at most ${maxInFlight}` } },
          ),
        );
      }
      unanswered.add(itemId);
      try {
        if (request === null)
          throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The item holds no "request".', {
            details: { field: 'request' },
          });
        const response = await predictor.predict(request, context);
        unanswered.delete(itemId);
        await write({ result: { itemId, response } });
      } catch (thrown) {
        unanswered.delete(itemId);
        await fail(itemId, thrown);
      }
      return undefined;
    };

    call.on('data', (message: Item) => {
      if (isBroken) return;
      if (isUnreadable(message)) {
        isBroken = true;
        endUnreadable(call);
        return;
      }
      underWay += 1;
      void onItem(message).finally(() => {
        underWay -= 1;
        finishIfDone();
      });
    });
    call.on('end', () => {
      isEnded = true;
      finishIfDone();
    });
    call.on('error', () => undefined);
    void write({ ready: { maxInFlight } });
  };
}

function toItemStatus(thrown: unknown): runtimeV1.ItemStatus {
  const error = DeepHealthError.from(thrown);
  return {
    code: toGrpcFailure(error).code,
    message: error.message,
    reason: error.reason,
    metadata: { ...error.details, source: error.source, retryable: String(error.retryable) },
  };
}
