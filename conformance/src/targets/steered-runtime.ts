import type { runtimeV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError, type ErrorCode } from '@deephealth/sdk';
import { ReferenceRuntime } from '../reference/reference-runtime.js';
import type { ServedModel } from '../reference/served-model.js';
import { firstSeen, type Wanted } from './first-seen.js';

/** A question as it came to the runtime, over Predict or as an item of a stream. */
export interface ObservedQuestion {
  readonly request: runtimeV1.PredictRequest__Output;
  /** Until the deadline when it came, in ms; Infinity without one. */
  readonly remainingMs: number;
  /** As performance.now(). */
  readonly receivedAt: number;
  /** When the caller left, unless it was answered before. */
  cancelledAt?: number;
  /** What was answered, unless it was refused. */
  response?: runtimeV1.PredictResponse;
}

/** What the runtime does with some questions instead of answering them at once. */
export interface QuestionBehaviour<Question> {
  /** By their number since it began to behave so. Default all. */
  isFor?(number: number, question: Question): boolean;
  readonly delayMs?: number;
  /** Never answers. */
  readonly hang?: true;
  readonly refuse?: { readonly code: ErrorCode; readonly message: string };
  change?(response: runtimeV1.PredictResponse, number: number): runtimeV1.PredictResponse;
}

/** Answers can be told apart by it. */
const BATCH_SIZES = 7;

/**
 * The runtime behind an adapter of one platform: it knows each question about the platform's models, and can refuse,
 * wait and hang question by question, however they are sent.
 */
export abstract class SteeredRuntime<Question extends ObservedQuestion> extends ReferenceRuntime {
  /** In the order in which they came. */
  readonly questions: Question[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #behaviours: { readonly behaviour: QuestionBehaviour<Question>; count: number }[] = [];

  /** Whether questions about a model are looked at. */
  abstract isOfPlatform(model: string): boolean;
  /** What is seen of a question. Throws what it is refused with. */
  abstract seen(request: runtimeV1.PredictRequest__Output): Omit<Question, keyof ObservedQuestion>;
  abstract answer(
    served: ServedModel,
    question: Question,
    context: CallContext,
  ): Promise<runtimeV1.PredictResponse> | runtimeV1.PredictResponse;

  /** With the runtime behaving so. */
  async while<T>(behaviour: QuestionBehaviour<Question>, run: () => Promise<T>): Promise<T> {
    const one = { behaviour, count: 0 };
    this.#behaviours.push(one);
    try {
      return await run();
    } finally {
      this.#behaviours.splice(this.#behaviours.indexOf(one), 1);
    }
  }

  /** The first question since number `from` that is as wanted, at once or within the time; else undefined. */
  waitFor(isWanted: (question: Question) => boolean, wanted: Wanted): Promise<Question | undefined> {
    return firstSeen(this.questions, this.#watchers, isWanted, wanted);
  }

  // Not async: an answer would come a turn later, and after that of an unload that waits for it.
  override predict(
    request: runtimeV1.PredictRequest__Output,
    context: CallContext,
  ): Promise<runtimeV1.PredictResponse> {
    return this.isOfPlatform(request.modelName) ? this.#steered(request, context) : super.predict(request, context);
  }

  /** An answer as that of any other model. */
  protected plainAnswer(
    request: runtimeV1.PredictRequest__Output,
    context: CallContext,
  ): Promise<runtimeV1.PredictResponse> {
    return super.predict(request, context);
  }

  /** Batch size of the next answer. */
  protected get batchSize(): number {
    return 1 + (this.questions.length % BATCH_SIZES);
  }

  async #steered(request: runtimeV1.PredictRequest__Output, context: CallContext): Promise<runtimeV1.PredictResponse> {
    const served = this.admit(request);
    const question = this.#record(request, context);
    const used = this.#behaviours.at(-1);
    const number = used === undefined ? 0 : used.count++;
    const behaviour = used?.behaviour.isFor?.(number, question) === false ? undefined : used?.behaviour;
    if (behaviour?.hang) await ended(context.signal);
    if (behaviour?.delayMs !== undefined) await this.wait(behaviour.delayMs, context.signal);
    if (context.signal.aborted) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
    if (behaviour?.refuse !== undefined) throw new DeepHealthError(behaviour.refuse.code, behaviour.refuse.message);
    const own = await this.answer(served, question, context);
    question.response = behaviour?.change?.(own, number) ?? own;
    this.#changed();
    return question.response;
  }

  #record(request: runtimeV1.PredictRequest__Output, { deadlineMs, signal }: CallContext): Question {
    const question = {
      ...this.seen(request),
      ...{ request, remainingMs: deadlineMs - Date.now(), receivedAt: performance.now() },
    } as unknown as Question;
    signal.addEventListener('abort', () => {
      if (question.response === undefined) question.cancelledAt ??= performance.now();
      this.#changed();
    });
    this.questions.push(question);
    this.#changed();
    return question;
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
