import { DeepHealthError, deliverUntilTaken, fetchBounded, jsonOf } from '@deephealth/sdk';
import { type InputsByRequest, toInputs } from '../mapping/inputs.js';
import type { PlatformResult } from '../mapping/result.js';

const MAX_INPUT_BYTES = 128 * 1024 * 1024;
/** For one attempt. */
const DELIVERY_TIMEOUT_MS = 30_000;

/** The platform, as the adapter asks it: with the token of the event, and with no other. */
export class PlatformClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws DH_PLATFORM_UNREACHABLE, DH_PLATFORM_REFUSED, DH_DEADLINE_EXCEEDED, DH_REQUEST_MALFORMED */
  async inputs(event: string, token: string, deadlineAt: number, signal: AbortSignal): Promise<InputsByRequest> {
    const timeoutMs = Math.max(1, Math.min(deadlineAt - Date.now(), 2 ** 31 - 1));
    const url = `${this.#url}/events/${encodeURIComponent(event)}/inputs`;
    try {
      const { status, body } = await fetchBounded(url, {
        ...{ headers: { authorization: `Bearer ${token}` }, signal, timeoutMs, maxBytes: MAX_INPUT_BYTES },
      });
      if (status === 200) return toInputs(jsonOf(body));
      throw refused('the inputs', status);
    } catch (thrown) {
      if (Date.now() < deadlineAt) throw thrown;
      throw new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The inputs did not come in the time that the event had.');
    }
  }

  /** Until the platform takes it; throws if it does not, and then the result is undelivered. */
  async deliver(result: PlatformResult, token: string, signal: AbortSignal): Promise<void> {
    const request = {
      method: 'POST',
      // The same key for each attempt, so that a platform that took it already keeps one.
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': result.event,
      },
      body: JSON.stringify(result),
      timeoutMs: DELIVERY_TIMEOUT_MS,
    };
    await deliverUntilTaken(
      async (aborted) => {
        const { status } = await fetchBounded(`${this.#url}/results`, { ...request, signal: aborted });
        if (status < 200 || status > 299) throw refused('the result', status);
      },
      { signal },
    );
  }
}

/** What another attempt may change is retryable. */
function refused(what: string, status: number): DeepHealthError {
  const details = { status: String(status) };
  const message = `The platform refuses ${what} with HTTP ${status}.`;
  if (status >= 500 || status === 429) return new DeepHealthError('DH_PLATFORM_UNREACHABLE', message, { details });
  if (status === 401) return new DeepHealthError('DH_PLATFORM_UNAUTHENTICATED', message, { details });
  return new DeepHealthError('DH_PLATFORM_REFUSED', message, { details });
}
