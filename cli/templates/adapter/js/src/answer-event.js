import { randomUUID } from 'node:crypto';
import { askModel, DeepHealthError } from '@deephealth/sdk';

/** From an event to what the models say about it, whichever face it came by. */
export class EventAnswers {
  #runtime;
  #platform;
  #defaultDeadlineMs;
  constructor(runtime, platform, defaultDeadlineMs) {
    this.#runtime = runtime;
    this.#platform = platform;
    this.#defaultDeadlineMs = defaultDeadlineMs;
  }

  /** Counted from the event on, not from when its inputs were there. */
  deadlineOf({ respondWithinMs = this.#defaultDeadlineMs }, arrivedAt) {
    return arrivedAt + respondWithinMs;
  }

  /** Rejects nothing: what failed is the outcome of its part. */
  async answer(event, asking) {
    const { token, deadlineAt, signal } = asking;
    const runs = [];
    let inputs;
    try {
      inputs = await this.#platform.inputs(event.id, token, deadlineAt, signal);
    } catch (thrown) {
      // Nothing is asked with inputs that nobody gave.
      const outcome = DeepHealthError.from(thrown);
      return { parts: event.requests.map(({ id }) => ({ request: id, requestId: '', outcome })), runs };
    }
    const ask = async (request) => {
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

function toQuestion({ id, model, expectedPackageSha256 = '' }, requestId, all) {
  return { requestId, modelName: model, expectedPackageSha256, inputs: [...(all.get(id) ?? [])] };
}
