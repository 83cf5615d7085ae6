import { randomUUID } from 'node:crypto';
import { askModel, DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import type { ModelRun } from '../contract-types.js';
import type { PlatformEvent, PlatformRequest } from './mapping/event.js';
import type { InputsByRequest } from './mapping/inputs.js';
import type { Part } from './mapping/result.js';
import type { PlatformClient } from './transport/platform-client.js';

interface Asking {
  /** Of the event: inputs are asked for with it. */
  readonly token: string;
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
}

/** From an event to what the models say about it, whichever face it came by. */
export class EventAnswers {
  readonly #runtime: RuntimeClient;
  readonly #platform: PlatformClient;
  readonly #defaultDeadlineMs: number;

  constructor(runtime: RuntimeClient, platform: PlatformClient, defaultDeadlineMs: number) {
    this.#runtime = runtime;
    this.#platform = platform;
    this.#defaultDeadlineMs = defaultDeadlineMs;
  }

  /** Counted from the event on, not from when its inputs were there. */
  deadlineOf({ respondWithinMs = this.#defaultDeadlineMs }: PlatformEvent, arrivedAt: number): number {
    return arrivedAt + respondWithinMs;
  }

  /** Rejects nothing: what failed is the outcome of its part. */
  async answer(event: PlatformEvent, asking: Asking): Promise<{ parts: Part[]; runs: ModelRun[] }> {
    const { token, deadlineAt, signal } = asking;
    const runs: ModelRun[] = [];
    let inputs: InputsByRequest;
    try {
      inputs = await this.#platform.inputs(event.id, token, deadlineAt, signal);
    } catch (thrown) {
      // Nothing is asked with inputs that nobody gave.
      const outcome = DeepHealthError.from(thrown);
      return { parts: event.requests.map(({ id }) => ({ request: id, requestId: '', outcome })), runs };
    }
    const ask = async (request: PlatformRequest): Promise<Part> => {
      const requestId = randomUUID();
      try {
        const { response, run } = await askModel(this.#runtime, toQuestion(request, requestId, inputs), asking);
        runs.push(run);
        return { request: request.id, requestId, outcome: response };
      } catch (thrown) {
        return { request: request.id, requestId, outcome: DeepHealthError.from(thrown) };
      }
    };
    return { parts: await Promise.all(event.requests.map(ask)), runs };
  }
}

function toQuestion(
  { id, model, expectedPackageSha256 = '' }: PlatformRequest,
  requestId: string,
  all: InputsByRequest,
) {
  return { requestId, modelName: model, expectedPackageSha256, inputs: [...(all.get(id) ?? [])] };
}
