import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RawTensor } from '@deephealth/sdk';
import { ADAPTER_TIMES_MS } from '../run/timeouts.js';
import { namedTensor } from '../tensors/named-tensor.js';
import {
  fromGenericTensor,
  type GenericEvent,
  type GenericInputs,
  type GenericRefusal,
  type GenericResult,
  type GenericState,
  toGenericTensor,
} from './generic-protocol.js';
import { type JsonAnswer, type JsonRequest, serveJson } from './http-json.js';
import {
  type EventAnswer,
  type EventState,
  FINDING_KINDS,
  type PlatformError,
  type PlatformEvent,
  type PlatformFault,
  type PlatformResult,
  type PlatformRun,
  type PlatformSimulator,
} from './platform-simulator.js';

export interface GenericPlatformOptions {
  /** On loopback; default a free one. */
  readonly port?: number;
  /** How long it waits for an answer of the adapter, in ms. */
  readonly patienceMs?: number;
}

/** What the adapter answered, read to its end. */
interface Answered {
  readonly status: number;
  readonly body: string;
}

/** The plainest platform: it posts events, gives tensors, and keeps whatever is posted as their result. */
export async function startGenericPlatform({
  port = 0,
  patienceMs = ADAPTER_TIMES_MS.delivery,
}: GenericPlatformOptions = {}): Promise<PlatformSimulator> {
  const platform = new GenericPlatform(patienceMs);
  const server = await serveJson((request) => platform.answer(request), port);
  platform.url = server.url;
  platform.stop = server.stop;
  return platform;
}

class GenericPlatform implements PlatformSimulator {
  readonly name = 'generic';
  readonly carries = new Set(FINDING_KINDS);
  readonly asks = [
    { model: 'conformance-network', inputs: { features: namedTensor('noise1-1x16.fp32') } },
    { model: 'conformance-tanh', inputs: { x: namedTensor('noise2-2x6.fp32') } },
    { model: 'conformance-relu', inputs: { x: namedTensor('noise2-2x6.fp32') } },
    { model: 'conformance-sigmoid', inputs: { x: namedTensor('noise2-2x6.fp32') } },
  ] as const;
  readonly answersEvents = false;
  readonly choosesPackages = true;
  readonly givesTensors = true;
  readonly maxRequests = 16;
  readonly received: string[] = [];
  readonly credentials: readonly string[];
  url = '';
  stop: () => Promise<void> = async () => undefined;
  readonly #token = `platform-token-${randomBytes(12).toString('hex')}`;
  readonly #inputs = new Map<string, Readonly<Record<string, Readonly<Record<string, RawTensor>>>>>();
  readonly #results = new Map<string, PlatformResult[]>();
  readonly #attempts = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #faults = new Set<PlatformFault>();
  readonly #held: (() => void)[] = [];
  readonly #patienceMs: number;
  #adapter = '';

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
    this.credentials = [this.#token];
  }

  connect(adapterUrl: string): void {
    this.#adapter = adapterUrl.replace(/\/$/, '');
  }

  async send(event: PlatformEvent): Promise<EventAnswer> {
    const answer = await this.#ask('POST', '/events', this.#prepare(event));
    return isFine(answer) ? { isAccepted: true } : { isAccepted: false, error: refusalOf(answer) };
  }

  asRun(event: PlatformEvent): PlatformRun {
    return {
      input: Buffer.from(JSON.stringify(this.#prepare(event))),
      mediaType: 'application/json',
      authorization: `Bearer ${this.#token}`,
      refused: { nothing: undefined, 'no token': 'Bearer', 'another scheme': `Basic ${this.#token}` },
    };
  }

  readRun(event: PlatformEvent, output: Buffer): PlatformResult {
    const result = parsed(output.toString()) as Partial<GenericResult> | null | undefined;
    if (!Array.isArray(result?.parts)) return { event: event.id, state: 'failed', parts: [] };
    return fromGenericResult(result as GenericResult);
  }

  /** The event as it goes over the wire, with its inputs ready to be asked for. */
  #prepare({ id, subject, respondWithinMs, requests }: PlatformEvent): GenericEvent {
    this.#inputs.set(id, Object.fromEntries(requests.map((request) => [request.id, request.inputs])));
    return {
      id,
      subject,
      ...(respondWithinMs !== undefined && { respondWithinMs }),
      requests: requests.map(({ id: request, model, expectedPackageSha256 }) => ({
        id: request,
        model,
        ...(expectedPackageSha256 !== undefined && { expectedPackageSha256 }),
      })),
    };
  }

  async cancel(eventId: string): Promise<void> {
    await this.#ask('DELETE', `/events/${encodeURIComponent(eventId)}`);
  }

  async state(eventId: string): Promise<EventState> {
    const answer = await this.#ask('GET', `/events/${encodeURIComponent(eventId)}`);
    const said = isFine(answer) ? parsed(answer.body) : undefined;
    return said === undefined ? { state: 'unknown' } : (said as GenericState);
  }

  async health(): Promise<{ isLive: boolean; isReady: boolean }> {
    const says = async (path: string) => {
      try {
        return isFine(await this.#ask('GET', path));
      } catch {
        return false;
      }
    };
    return { isLive: await says('/health/live'), isReady: await says('/health/ready') };
  }

  results(eventId: string): readonly PlatformResult[] {
    return this.#results.get(eventId) ?? [];
  }

  attempts(eventId: string): number {
    return this.#attempts.get(eventId) ?? 0;
  }

  waitForResult(eventId: string, withinMs: number): Promise<PlatformResult | undefined> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(this.results(eventId)[0]);
      };
      const look = () => {
        if (this.results(eventId).length > 0) finish();
      };
      const timer = setTimeout(finish, withinMs);
      this.#waiting.add(look);
      look();
    });
  }

  misbehave(fault: PlatformFault): () => void {
    this.#faults.add(fault);
    return () => {
      this.#faults.delete(fault);
      for (const release of this.#held.splice(0)) release();
    };
  }

  /** Answers the adapter. */
  async answer({ method, path, headers, body }: JsonRequest): Promise<JsonAnswer> {
    this.received.push(body);
    const [, place, eventId = '', what] = path.split('/').map(decodeURIComponent);
    const isInputs = method === 'GET' && place === 'events' && what === 'inputs';
    const isResults = method === 'POST' && path === '/results';
    if (!isInputs && !isResults) return { status: 404 };
    const result = isResults ? (JSON.parse(body) as GenericResult) : undefined;
    if (result !== undefined) this.#attempts.set(result.event, this.attempts(result.event) + 1);
    const fault = [...this.#faults].find(({ at }) => at === (isInputs ? 'inputs' : 'results'))?.fault;
    if (fault === 'down') return undefined;
    if (typeof fault === 'number') return { status: fault };
    if (fault === 'hold') await new Promise<void>((resolve) => this.#held.push(resolve));
    else if (fault !== undefined) await delay(fault.delayMs);
    if (headers.authorization !== `Bearer ${this.#token}`) return { status: 401 };
    return result === undefined ? this.#giveInputs(eventId) : this.#keep(result);
  }

  #giveInputs(eventId: string): JsonAnswer {
    const known = this.#inputs.get(eventId);
    if (known === undefined) return { status: 404 };
    const tensors = (inputs: Readonly<Record<string, RawTensor>>) =>
      Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toGenericTensor(tensor)]));
    const body: GenericInputs = {
      inputs: Object.fromEntries(Object.entries(known).map(([request, inputs]) => [request, tensors(inputs)])),
    };
    return { status: 200, body };
  }

  #keep(result: GenericResult): JsonAnswer {
    const { event } = result;
    if (!this.#inputs.has(event)) return { status: 404 };
    this.#results.set(event, [...this.results(event), fromGenericResult(result)]);
    for (const look of this.#waiting) look();
    return { status: 201 };
  }

  async #ask(method: string, path: string, body?: unknown): Promise<Answered> {
    const answer = await fetch(`${this.#adapter}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // An adapter says at once that it has heard; what never answers must not hold the suite.
      signal: AbortSignal.timeout(this.#patienceMs),
    });
    const text = await answer.text();
    this.received.push(text);
    return { status: answer.status, body: text };
  }
}

function fromGenericResult({ event, state, parts }: GenericResult): PlatformResult {
  return {
    event,
    state,
    parts: parts.map(({ findings, ...part }) => ({
      ...part,
      findings: findings.map(({ samples, ...finding }) => ({
        ...finding,
        ...(samples !== undefined && { samples: fromGenericTensor(samples) }),
      })),
    })),
  };
}

function isFine({ status }: Answered): boolean {
  return status >= 200 && status < 300;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function refusalOf({ status, body }: Answered): PlatformError {
  const said = parsed(body) as Partial<GenericRefusal> | null | undefined;
  return said?.error ?? { reason: `HTTP_${status}`, message: '', retryable: status >= 500 };
}
