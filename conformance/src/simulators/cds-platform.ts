import { type ClientRequest, request } from 'node:http';
import { callBody } from '../cds/cds-call.js';
import { CDS_MODEL, CDS_OTHER_MODEL, cdsServiceOf } from '../cds/cds-models.js';
import type { CdsAsk } from '../cds/cds-step.js';
import { BAD_TOKENS, GOOD_TOKENS, type TokenFor } from '../cds/cds-tokens.js';
import { CDS_DEADLINE_MS } from '../cds/suite-clients.js';
import { type FhirFault, SuiteEhr } from '../cds/suite-ehr.js';
import { makePatient } from '../cds/suite-patient.js';
import { ADAPTER_TIMES_MS } from '../run/timeouts.js';
import { type CdsCardAnswer, fromCards, fromRefusal } from './cds-result.js';
import type {
  EventAnswer,
  EventState,
  PlatformEvent,
  PlatformFault,
  PlatformResult,
  PlatformRun,
  PlatformSimulator,
} from './platform-simulator.js';

export interface CdsPlatformOptions {
  /** On loopback; default a free one. */
  readonly port?: number;
  /** How long it waits for an answer of the adapter, in ms. */
  readonly patienceMs?: number;
}

/** Name of the platform in commands and reports. */
export const CDS_PLATFORM = 'clinical-decision-support';

/**
 * An EHR: an event is a call of a service by its hook, with what the service wants to know of the patient; the
 * result is the card that comes as the answer, as far as it is for programs.
 */
export async function startCdsPlatform({
  port = 0,
  patienceMs = ADAPTER_TIMES_MS.delivery,
}: CdsPlatformOptions = {}): Promise<CdsPlatform> {
  const ehr = new SuiteEhr();
  await ehr.start(port);
  return new CdsPlatform(ehr, patienceMs);
}

export class CdsPlatform implements PlatformSimulator {
  readonly name = CDS_PLATFORM;
  readonly carries = new Set(['classification'] as const);
  readonly asks = [
    { model: CDS_MODEL, inputs: {} },
    { model: CDS_OTHER_MODEL, inputs: {} },
  ] as const;
  readonly answersEvents = true;
  readonly fixedTimeMs = CDS_DEADLINE_MS;
  readonly choosesPackages = false;
  readonly givesTensors = false;
  readonly maxRequests = 1;
  readonly received: string[] = [];
  readonly credentials: string[] = [];
  readonly ehr: SuiteEhr;
  readonly #patienceMs: number;
  readonly #results = new Map<string, PlatformResult[]>();
  readonly #calls = new Map<string, ClientRequest>();
  /** Tokens that calls over HTTP were made with, by service: each the last one. */
  readonly #used = new Map<string, string>();
  readonly #waiting = new Set<() => void>();
  #fault: PlatformFault['fault'] | undefined;
  #adapter = '';

  constructor(ehr: SuiteEhr, patienceMs: number) {
    this.ehr = ehr;
    this.#patienceMs = patienceMs;
  }

  get url(): string {
    return this.ehr.url;
  }

  connect(adapterUrl: string): void {
    this.#adapter = adapterUrl.replace(/\/$/, '');
  }

  /** Resolves once the call is under way; its answer is the result. */
  send(event: PlatformEvent): Promise<EventAnswer> {
    const {
      id,
      requests: [asked],
    } = event;
    const service = cdsServiceOf(asked?.model ?? CDS_MODEL);
    const url = `${this.#adapter}/cds-services/${service.id}`;
    const jwt = this.#tokenFor(service.id);
    this.#used.set(service.id, jwt);
    const body = this.#bodyOf(event);
    return new Promise((resolve, reject) => {
      const sent = request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
        timeout: this.#patienceMs,
      });
      this.#calls.set(id, sent);
      sent.on('finish', () => resolve({ isAccepted: true }));
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy());
      sent.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => void parts.push(part));
        response.on('error', () => undefined);
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          const isLater = headers['retry-after'] !== undefined;
          this.#keep(id, asked?.id ?? '', { status, isLater, body: Buffer.concat(parts).toString() });
        });
      });
      sent.end(body);
    });
  }

  asRun(event: PlatformEvent, bindingId: string): PlatformRun {
    const made = this.#tokenMadeFor(bindingId);
    const bad = (name: string) => bearer(BAD_TOKENS[name]?.(made));
    const used = this.#used.get(bindingId);
    return {
      input: Buffer.from(this.#bodyOf(event)),
      mediaType: 'application/json',
      authorization: `Bearer ${this.#tokenFor(bindingId)}`,
      refused: {
        nothing: undefined,
        'a token of a stranger': bad('forged'),
        'a token for another service': bad('audience-of-another-service'),
        'a token that is over': bad('expired'),
        ...(used !== undefined && { 'a token that was used over HTTP': bearer(used) }),
      },
    };
  }

  readRun({ id, requests: [asked] }: PlatformEvent, output: Buffer): PlatformResult {
    const part = fromCards(asked?.id ?? '', { status: 200, isLater: false, body: output.toString() });
    return { event: id, state: 'complete', parts: [part] };
  }

  #tokenMadeFor(serviceId: string): TokenFor {
    const baseUrl = this.#adapter;
    return { url: `${baseUrl}/cds-services/${serviceId}`, baseUrl, foreignJku: this.ehr.foreignJku };
  }

  #tokenFor(serviceId: string): string {
    const jwt = GOOD_TOKENS.sandbox?.(this.#tokenMadeFor(serviceId)) ?? '';
    this.credentials.push(jwt);
    return jwt;
  }

  /** The call of a service about a patient of its own. */
  #bodyOf({ id, subject, requests: [asked] }: PlatformEvent): string {
    const service = cdsServiceOf(asked?.model ?? CDS_MODEL);
    const patient = makePatient({}, subject);
    const accessToken = this.ehr.admit(patient);
    this.credentials.push(accessToken);
    // What cannot be had from the FHIR server is not supplied either.
    const prefetch = this.#fault === undefined ? {} : { prefetch: { vitals: 'absent' as const } };
    const ask: CdsAsk = { what: 'service', service: service.id, fhir: true, ...prefetch };
    return JSON.stringify(callBody(ask, patient, accessToken, this.ehr, id));
  }

  #keep(id: string, request: string, answer: CdsCardAnswer): void {
    this.received.push(answer.body);
    const part = answer.status === 200 ? fromCards(request, answer) : fromRefusal(request, answer);
    const state = part.error === undefined ? 'complete' : 'failed';
    this.#results.set(id, [...this.results(id), { event: id, state, parts: [part] }]);
    for (const look of this.#waiting) look();
  }

  async cancel(eventId: string): Promise<void> {
    this.#calls.get(eventId)?.destroy();
  }

  async state(eventId: string): Promise<EventState> {
    if (this.results(eventId).length > 0) return { state: 'delivered' };
    const call = this.#calls.get(eventId);
    if (call === undefined) return { state: 'unknown' };
    return { state: call.destroyed ? 'cancelled' : 'running' };
  }

  async health(): Promise<{ isLive: boolean; isReady: boolean }> {
    const says = async (path: string) => {
      try {
        const signal = AbortSignal.timeout(this.#patienceMs);
        return (await fetch(`${this.#adapter}${path}`, { signal })).ok;
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
    return this.results(eventId).length;
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

  /** Where it gives inputs; what it gets is the answer to its own call. */
  misbehave({ at, fault }: PlatformFault): () => void {
    if (at === 'results') throw new RangeError('a result of this platform is the answer to its event');
    this.#fault = fault;
    const undo = this.ehr.misbehave(fault === 'hold' ? 'hang' : (fault as FhirFault));
    return () => {
      this.#fault = undefined;
      undo();
    };
  }

  async stop(): Promise<void> {
    for (const call of this.#calls.values()) call.destroy();
    await this.ehr.stop();
  }
}

function bearer(token: string | undefined): string | undefined {
  return token === undefined ? undefined : `Bearer ${token}`;
}
