import type { runtimeV1 } from '@deephealth/proto';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { isErrorCode } from '../errors/catalog.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { fromGrpcError } from '../errors/grpc-status.js';

/** Items over one stream. Results come in any order; a failed item rejects only its own promise. */
export interface PredictStream {
  /** Items that may be unanswered at once; further ones wait here. */
  readonly maxInFlight: number;
  /** Sends one item when the stream has room for it and resolves with its result. Not after {@link end}. */
  predict(itemId: string, request: runtimeV1.PredictRequest): Promise<runtimeV1.PredictResponse__Output>;
  /** Says that no more items follow and resolves when all are answered. */
  end(): Promise<void>;
  cancel(): void;
}

type Call = ClientDuplexStream<runtimeV1.PredictStreamRequest, runtimeV1.PredictStreamResponse__Output>;

interface Waiting {
  resolve(response: runtimeV1.PredictResponse__Output): void;
  reject(error: DeepHealthError): void;
}

/** Waits for the server's Ready message, then hands the stream over. */
export function openPredictStream(call: Call): Promise<PredictStream> {
  const unanswered = new Map<string, Waiting>();
  const queue: (() => void)[] = [];
  let maxInFlight = 1;
  let isEnding = false;
  let failure: DeepHealthError | undefined;

  const pump = () => {
    while (queue.length > 0 && unanswered.size < maxInFlight) queue.shift()?.();
  };

  return new Promise((resolveOpen, rejectOpen) => {
    let resolveEnd: (() => void) | undefined;
    let rejectEnd: ((error: DeepHealthError) => void) | undefined;
    const ended = new Promise<void>((resolve, reject) => {
      resolveEnd = resolve;
      rejectEnd = reject;
    });
    // The failure also reaches every open item; nobody has to wait for end() to hear of it.
    ended.catch(() => undefined);

    const fail = (error: DeepHealthError) => {
      // The first failure is the cause of what follows from it.
      if (failure !== undefined) return;
      failure = error;
      rejectOpen(error);
      for (const waiting of unanswered.values()) waiting.reject(error);
      unanswered.clear();
      for (const send of queue.splice(0)) send();
      rejectEnd?.(error);
    };

    const stream: PredictStream = {
      get maxInFlight() {
        return maxInFlight;
      },
      predict(itemId, request) {
        return new Promise((resolve, reject) => {
          // Written behind the end, it would break the stream under all other items.
          if (isEnding) return reject(ending());
          queue.push(() => {
            if (failure !== undefined) return reject(failure);
            if (unanswered.has(itemId)) {
              return reject(
                new DeepHealthError('DH_ITEM_ID_DUPLICATE', 'An unanswered item of this stream has the same id.', {
                  details: { item: itemId },
                }),
              );
            }
            unanswered.set(itemId, { resolve, reject });
            call.write({ itemId, request });
          });
          pump();
        });
      },
      end() {
        isEnding = true;
        const finish = () => call.end();
        if (queue.length === 0) finish();
        else queue.push(finish);
        return ended;
      },
      cancel: () => call.cancel(),
    };

    call.on('data', (message: runtimeV1.PredictStreamResponse__Output) => {
      if (message.ready) {
        maxInFlight = Math.max(1, message.ready.maxInFlight);
        resolveOpen(stream);
      } else if (message.result) {
        settle(message.result, unanswered);
      }
      pump();
    });
    call.on('error', (error: ServiceError) => fail(fromGrpcError(error)));
    call.on('end', () => {
      if (unanswered.size === 0) resolveEnd?.();
      // Also where nothing is open: what is sent from now on would never be answered.
      fail(new DeepHealthError('DH_RESPONSE_INVALID', 'The server ended the stream before every item was answered.'));
    });
  });
}

function ending(): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', 'The stream takes no more items after end(). Open another one.');
}

function settle(
  result: NonNullable<runtimeV1.PredictStreamResponse__Output['result']>,
  unanswered: Map<string, Waiting>,
): void {
  const waiting = unanswered.get(result.itemId);
  if (waiting === undefined) return;
  unanswered.delete(result.itemId);
  if (result.response) {
    waiting.resolve(result.response);
    return;
  }
  const code = `DH_${result.status?.reason ?? ''}`;
  waiting.reject(
    new DeepHealthError(
      isErrorCode(code) ? code : 'DH_RESPONSE_INVALID',
      result.status?.message ?? 'The item has neither result nor status.',
      {
        details: result.status?.metadata ?? {},
      },
    ),
  );
}
