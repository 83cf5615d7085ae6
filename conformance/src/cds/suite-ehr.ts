import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type JsonAnswer, type JsonRequest, type JsonServer, serveJson } from '../simulators/http-json.js';
import { STRANGER_JWK } from './cds-tokens.js';
import {
  bundleOf,
  CATEGORIES,
  operationOutcome,
  type Resource,
  type SearchKey,
  type SuitePatient,
} from './suite-patient.js';

/** What the FHIR server does instead of its part. */
export type FhirFault = 'down' | 'hang' | 'outcome' | 401 | 403 | 404 | 409 | 500 | { readonly delayMs: number };

/** A request of the adapter to the EHR. */
export interface SeenRequest {
  readonly path: string;
  readonly authorization: string;
}

const FHIR_JSON = { 'content-type': 'application/fhir+json' };
const FOREIGN_KEYS = '/foreign-jwks.json';

/** The EHR's own servers: FHIR, with a token for each call, and a key set that nobody was told of. */
export class SuiteEhr {
  /** All that was asked for, in order. */
  readonly seen: SeenRequest[] = [];
  readonly #patients = new Map<string, SuitePatient>();
  /** Patients by the access tokens of the calls about them. */
  readonly #tokens = new Map<string, string>();
  #fault: FhirFault | undefined;
  #pageSize = Number.POSITIVE_INFINITY;
  #server: JsonServer | undefined;

  async start(port = 0): Promise<void> {
    this.#server = await serveJson((request) => this.answer(request), port);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  get fhirUrl(): string {
    return `${this.url}/fhir`;
  }

  get foreignJku(): string {
    return `${this.url}${FOREIGN_KEYS}`;
  }

  /** Patients are read with this token, which is for one of them. */
  admit(patient: SuitePatient): string {
    this.#patients.set(patient.id, patient);
    const token = `access-${randomUUID()}`;
    this.#tokens.set(token, patient.id);
    return token;
  }

  /** Until the function that it gives is called. */
  misbehave(fault: FhirFault | undefined, pageSize = Number.POSITIVE_INFINITY): () => void {
    this.#fault = fault;
    this.#pageSize = pageSize;
    return () => {
      this.#fault = undefined;
      this.#pageSize = Number.POSITIVE_INFINITY;
    };
  }

  /** Address of the rest of a search, after its first resources. */
  pageUrl(patientId: string, key: SearchKey, from: number): string {
    return `${this.fhirUrl}/Observation?patient=${patientId}&category=${CATEGORIES[key]}&_from=${from}`;
  }

  async answer({ method, path, headers, signal }: JsonRequest): Promise<JsonAnswer> {
    const { authorization = '' } = headers;
    this.seen.push({ path, authorization });
    if (path === FOREIGN_KEYS) return { status: 200, body: { keys: [STRANGER_JWK] } };
    if (!path.startsWith('/fhir/') || method !== 'GET') return { status: 404 };
    const fault = this.#fault;
    if (fault === 'down') return undefined;
    if (fault === 'hang') {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return undefined;
    }
    if (typeof fault === 'object') await delay(fault.delayMs);
    else if (fault !== undefined) {
      const status = fault === 'outcome' ? 200 : fault;
      return { status, body: operationOutcome('The record cannot be had.'), headers: FHIR_JSON };
    }
    const patientId = this.#tokens.get(authorization.replace(/^Bearer /, ''));
    const patient = patientId === undefined ? undefined : this.#patients.get(patientId);
    if (patient === undefined) {
      return { status: 401, body: operationOutcome('No token for this.'), headers: FHIR_JSON };
    }
    const found = this.#find(new URL(path, this.url), patient);
    if (found === undefined) return { status: 404, body: operationOutcome('Not here.'), headers: FHIR_JSON };
    return { status: 200, body: found, headers: FHIR_JSON };
  }

  #find({ pathname, searchParams }: URL, { id, patient, observations }: SuitePatient): Resource | undefined {
    if (pathname === `/fhir/Patient/${id}`) return patient;
    const asked = searchParams.get('patient') ?? searchParams.get('subject') ?? '';
    if (pathname !== '/fhir/Observation' || asked.replace(/^Patient\//, '') !== id) return undefined;
    const category = (searchParams.get('category') ?? '').replace(/^.*\|/, '');
    const key = (Object.keys(CATEGORIES) as SearchKey[]).find((one) => CATEGORIES[one] === category);
    if (key === undefined) return undefined;
    const from = Number(searchParams.get('_from') ?? 0);
    const until = from + this.#pageSize;
    const isMore = until < observations[key].length;
    return bundleOf(observations[key].slice(from, until), isMore ? this.pageUrl(id, key, until) : undefined);
  }
}
