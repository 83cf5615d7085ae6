import type { runtimeV1 } from '@deephealth/proto';
import { type ServiceError, status } from '@grpc/grpc-js';
import type { Expectation, PredictSpec } from '../cases/case-types.js';
import { buildPredict } from '../run/build-predict.js';
import { TargetFailure } from '../run/case-result.js';
import { checkOutcome } from '../run/check-outcome.js';
import type { Outcome, TargetClient } from '../targets/target-client.js';
import type { ProbeContext } from './probe.js';

type Event = runtimeV1.PredictStreamResponse__Output;
export type ItemResult = NonNullable<Event['result']>;

const NO_DIGESTS = { package: '', onnx: '' };

/** A PredictStream whose events can be waited for, one after the other. */
export class OpenStream {
  readonly #call: ReturnType<TargetClient['stream']>;
  readonly #waitMs: number;
  readonly results: ItemResult[] = [];
  #maxInFlight: number | undefined;
  #ended: string | undefined;
  #onEvent: () => void = () => undefined;

  /** @param waitMs longest wait for the next event */
  constructor(client: TargetClient, waitMs: number) {
    this.#waitMs = waitMs;
    this.#call = client.stream(waitMs * 10);
    this.#call.on('data', (event: Event) => {
      if (event.ready) this.#maxInFlight = event.ready.maxInFlight;
      if (event.result) this.results.push(event.result);
      this.#onEvent();
    });
    this.#call.on('error', (error: ServiceError) => this.#end(status[error.code] ?? `status ${error.code}`));
    this.#call.on('end', () => this.#end('OK'));
  }

  /** Name of the status that ended it; undefined while it is open. */
  get ended(): string | undefined {
    return this.#ended;
  }

  send(itemId: string, request: runtimeV1.PredictRequest | null): void {
    this.#call.write({ itemId, request });
  }

  /** No more items come. */
  halfClose(): void {
    this.#call.end();
  }

  cancel(): void {
    this.#call.cancel();
  }

  /** What the first message says. Throws TargetFailure if it does not come, or another does. */
  async ready(): Promise<number> {
    await this.#until(() => this.#maxInFlight !== undefined || this.results.length > 0, 'Ready does not come');
    if (this.#maxInFlight === undefined) throw new TargetFailure('the first message of the stream must be Ready');
    if (this.#maxInFlight < 1) throw new TargetFailure('Ready allows no item at all');
    return this.#maxInFlight;
  }

  /** Resolves when so many items are answered. Throws TargetFailure if they are not. */
  async answered(count: number): Promise<void> {
    await this.#until(
      () => this.results.length >= count,
      () => `${this.results.length} of ${count} items are answered`,
    );
  }

  /** Resolves when the server has ended the stream as it must. Throws TargetFailure if it does not. */
  async closed(): Promise<void> {
    await this.#until(() => this.#ended !== undefined, 'the stream does not end', true);
    if (this.#ended !== 'OK') throw new TargetFailure(`the stream ended with ${this.#ended}`);
  }

  #end(name: string): void {
    this.#ended ??= name;
    this.#onEvent();
  }

  /** Waits for as long as something comes now and then. */
  async #until(isDone: () => boolean, late: string | (() => string), isEndFine = false): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const say = () => (typeof late === 'string' ? late : late());
      const timer = setTimeout(
        () => reject(new TargetFailure(`${say()}, and nothing came within ${Math.round(this.#waitMs)} ms`)),
        this.#waitMs,
      );
      this.#onEvent = () => {
        timer.refresh();
        if (!isDone() && (this.#ended === undefined || isEndFine)) return;
        clearTimeout(timer);
        if (isDone()) resolve();
        else reject(new TargetFailure(`${say()} before the stream ended with ${this.#ended}`));
      };
      this.#onEvent();
    });
  }
}

export function itemOutcome({ response, status: failed }: ItemResult): Outcome {
  if (failed === null || failed === undefined) {
    return { status: 'OK', message: '', reason: '', domain: '', metadata: {}, response };
  }
  const { code, message, reason, metadata } = failed;
  return { status: status[code] ?? `status ${code}`, message, reason, domain: 'deephealth', metadata };
}

/** A request of the suite for a stream. */
export function requestOf(predict: PredictSpec): runtimeV1.PredictRequest {
  return buildPredict(predict, '').request;
}

/** Checks the answer to one item like that of a call; throws TargetFailure. */
export function checkItem(
  result: ItemResult,
  predict: PredictSpec,
  expect: Expectation,
  { profile }: Pick<ProbeContext, 'profile'>,
): void {
  const { tensors } = buildPredict(predict, '');
  try {
    checkOutcome(itemOutcome(result), expect, { model: predict.model, tensors, digests: NO_DIGESTS, profile });
  } catch (thrown) {
    if (thrown instanceof TargetFailure) throw new TargetFailure(`item "${result.itemId}": ${thrown.message}`);
    throw thrown;
  }
}

/** The one answer to an item. Throws TargetFailure if there is none, or more than one. */
export function resultOf(results: readonly ItemResult[], itemId: string): ItemResult {
  const [found, ...more] = results.filter((result) => result.itemId === itemId);
  if (found === undefined) throw new TargetFailure(`item "${itemId}" was not answered`);
  if (more.length > 0) throw new TargetFailure(`item "${itemId}" was answered ${more.length + 1} times`);
  return found;
}
