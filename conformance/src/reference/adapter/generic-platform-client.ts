import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import {
  fromGenericTensor,
  type GenericInputs,
  type GenericResult,
  toGenericTensor,
} from '../../simulators/generic-protocol.js';
import type { PlatformResult } from '../../simulators/platform-simulator.js';

/** What became of a result. */
export interface Delivery {
  readonly isTaken: boolean;
  /** Why the platform does not want it. */
  readonly problem: string;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** The generic platform, as an adapter asks it. */
export class GenericPlatformClient {
  readonly #url: string;
  readonly #stopped = new AbortController();

  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Tensors by input, by request. Throws DeepHealthError where they are not to be had. */
  async inputs(
    eventId: string,
    token: string,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Readonly<Record<string, RawTensor>>>>> {
    const answer = await this.#ask(`/events/${encodeURIComponent(eventId)}/inputs`, { headers: bearer(token), signal });
    if (answer === undefined) {
      throw new DeepHealthError('DH_CONNECT_FAILED', 'The platform does not answer when it is asked for the inputs.');
    }
    if (!answer.ok) {
      throw new DeepHealthError('DH_RESPONSE_INVALID', `The platform refuses the inputs with HTTP ${answer.status}.`);
    }
    const { inputs } = (await answer.json()) as GenericInputs;
    return Object.fromEntries(
      Object.entries(inputs).map(([request, tensors]) => [
        request,
        Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, fromGenericTensor(tensor)])),
      ]),
    );
  }

  /**
   * Brings a result until the platform takes it or refuses it for good, which a later attempt would not change;
   * `attempts` times at most.
   */
  async deliver(
    result: PlatformResult,
    token: string,
    signal: AbortSignal,
    attempts = Number.POSITIVE_INFINITY,
  ): Promise<Delivery> {
    const body = JSON.stringify(toGenericResult(result));
    let pauseMs = FIRST_PAUSE_MS;
    for (let made = 0; made < attempts && !signal.aborted && !this.#stopped.signal.aborted; made++) {
      const headers = { ...bearer(token), 'content-type': 'application/json', 'idempotency-key': result.event };
      const answer = await this.#ask('/results', { method: 'POST', headers, body, signal });
      if (answer?.ok) return { isTaken: true, problem: '' };
      if (answer !== undefined && answer.status < 500) {
        return { isTaken: false, problem: `The platform refuses the result with HTTP ${answer.status}.` };
      }
      await delay(pauseMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
    return { isTaken: false, problem: 'The platform did not take the result while it was tried.' };
  }

  /** Undefined where nobody answers. */
  async #ask(path: string, init: RequestInit): Promise<Response | undefined> {
    try {
      return await fetch(`${this.#url}${path}`, init);
    } catch {
      return undefined;
    }
  }
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** A result as it goes over the wire. */
export function toGenericResult({ parts, ...result }: PlatformResult): GenericResult {
  return {
    ...result,
    parts: parts.map(({ findings, ...part }) => ({
      ...part,
      findings: findings.map(({ samples, ...finding }) => ({
        ...finding,
        ...(samples !== undefined && { samples: toGenericTensor(samples) }),
      })),
    })),
  };
}
