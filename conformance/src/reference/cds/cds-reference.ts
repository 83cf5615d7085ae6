import { randomUUID } from 'node:crypto';
import type { runtimeV1 } from '@deephealth/proto';
import { createRuntimeClient, DeepHealthError, ERROR_CATALOG, type RuntimeClient } from '@deephealth/sdk';
import type { CdsService } from '../../cds/cds-binding.js';
import { cdsModelOf } from '../../cds/cds-models.js';
import type { LooseJson } from '../../cds/loose-json.js';
import type { CdsSettings } from '../../cds/suite-clients.js';
import { operationOutcome, type Resource } from '../../cds/suite-patient.js';
import type { JsonAnswer, JsonRequest } from '../../simulators/http-json.js';
import { CdsRefusal, dataMissing, invalid } from './cds-refusal.js';
import { type Card, type CardContext, ReferenceCards } from './reference-cards.js';
import { type Feature, ReferenceFeatures } from './reference-features.js';
import { ReferenceTrust } from './reference-trust.js';

export type Answer = NonNullable<JsonAnswer>;

export interface CdsReferenceOptions extends CdsSettings {
  readonly runtime: string;
  readonly services: readonly CdsService[];
  /** SHA-256 of the packages that the services are of, by their models. */
  readonly digests: Readonly<Record<string, string>>;
  readonly Trust?: typeof ReferenceTrust;
  readonly Features?: typeof ReferenceFeatures;
  readonly Cards?: typeof ReferenceCards;
}

/** A call whose form is right. */
export interface Call {
  readonly service: CdsService;
  readonly hookInstance: string;
  readonly patientId: string;
  readonly prefetch: Readonly<Record<string, Resource | null>>;
  readonly fhir?: { readonly server: string; readonly token: string };
  readonly signal: AbortSignal;
  /** As performance.now(). */
  readonly arrivedAt: number;
}

const SERVICES = '/cds-services';
const ROUTE = /^\/cds-services\/(?<id>[^/]+)(?<feedback>\/feedback)?$/;

/**
 * A service of CDS Hooks 2.0 in its plainest form, for the suite's own bindings. Each behaviour is a method
 * of its own, so that a mutant can change one of them and nothing else.
 */
export class CdsReference {
  readonly settings: CdsReferenceOptions;
  readonly runtime: RuntimeClient;
  readonly trust: ReferenceTrust;
  readonly features: ReferenceFeatures;
  readonly cards: ReferenceCards;
  /** What a log of a product would hold. */
  readonly log: string[] = [];
  readonly feedback: unknown[] = [];
  baseUrl = '';
  #inFlight = 0;

  constructor(options: CdsReferenceOptions) {
    const { Trust = ReferenceTrust, Features = ReferenceFeatures, Cards = ReferenceCards } = options;
    this.settings = options;
    this.runtime = createRuntimeClient({ address: options.runtime });
    this.trust = new Trust(options.clients);
    this.features = new Features();
    this.cards = new Cards();
  }

  stop(): void {
    this.runtime.close();
  }

  async answer(request: JsonRequest): Promise<JsonAnswer> {
    const cors = this.corsHeaders(request);
    try {
      const { headers, ...answer } = await this.route(request);
      return { ...answer, headers: { ...headers, ...cors } };
    } catch (thrown) {
      const { headers, ...answer } = this.refused(this.refusalOf(thrown));
      return { ...answer, headers: { ...headers, ...cors } };
    }
  }

  async route(request: JsonRequest): Promise<Answer> {
    const { method, path } = request;
    if (path === '/health/live') return { status: 200 };
    if (path === '/health/ready') return { status: (await this.isReady()) ? 200 : 503 };
    if (path.startsWith('/models/')) return this.modelCard();
    const { id, feedback } = ROUTE.exec(path)?.groups ?? {};
    const isKnown = path === SERVICES || this.settings.services.some((service) => service.id === id);
    if (!isKnown) throw this.notFound();
    if (method === 'OPTIONS') return this.preflight(request);
    if (method !== (path === SERVICES ? 'GET' : 'POST')) throw new CdsRefusal(405, 'UNIMPLEMENTED', 'Another method.');
    await this.authenticate(request);
    if (path === SERVICES) return this.discovery();
    this.checkBody(request);
    if (feedback !== undefined) return this.takeFeedback(this.parse(request.body));
    return this.within(() => this.invoke(id as string, request));
  }

  async isReady(): Promise<boolean> {
    try {
      return (await this.runtime.getServerInfo({ deadlineMs: 1_000 })).isReady;
    } catch {
      return false;
    }
  }

  authenticate({ path, headers }: JsonRequest): Promise<void> {
    return this.trust.check(headers.authorization, `${this.baseUrl}${path}`);
  }

  notFound(): CdsRefusal {
    return new CdsRefusal(404, 'CDS_SERVICE_NOT_FOUND', 'There is no such service.');
  }

  // Discovery.

  discovery(): Answer {
    return { status: 200, body: { services: this.settings.services.map((service) => this.describe(service)) } };
  }

  describe({ hook, id, title, description, prefetch }: CdsService): Record<string, unknown> {
    const templates = Object.entries(prefetch).map(([key, { query }]) => [key, query]);
    return { hook, id, title, description, prefetch: Object.fromEntries(templates) };
  }

  modelCard(): Answer {
    return { status: 200, text: '# A model for tests\n', headers: { 'content-type': 'text/markdown' } };
  }

  // A call.

  checkBody({ headers, body }: JsonRequest): void {
    if (!/^application\/json\b/.test(headers['content-type'] ?? '')) {
      throw new CdsRefusal(415, 'CDS_REQUEST_INVALID', 'Only JSON is taken.');
    }
    if (Buffer.byteLength(body) > this.settings.maxBodyBytes) {
      throw new CdsRefusal(413, 'CDS_REQUEST_INVALID', 'The call is too large.');
    }
  }

  /** One of a limited number of calls at a time. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inFlight >= this.settings.maxInFlight) {
      throw new CdsRefusal(503, 'CDS_OVERLOADED', 'Too many calls at a time.', { isRetryable: true });
    }
    this.#inFlight++;
    try {
      return await work();
    } finally {
      this.#inFlight--;
    }
  }

  parse(body: string): LooseJson {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      throw invalid('The body is no JSON.');
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalid('The body is no object.');
    return parsed;
  }

  async invoke(id: string, request: JsonRequest): Promise<Answer> {
    const service = this.settings.services.find((one) => one.id === id) as CdsService;
    const late = AbortSignal.timeout(this.deadlineMs());
    const signal = AbortSignal.any([late, request.signal]);
    const call = this.read(service, this.parse(request.body), signal);
    const cards = await this.cardsFor(call);
    return { status: 200, body: { cards: service.isShadow ? this.shadowed(cards) : cards } };
  }

  deadlineMs(): number {
    return this.settings.deadlineMs;
  }

  shadowed(_cards: readonly Card[]): readonly Card[] {
    return [];
  }

  read(service: CdsService, body: LooseJson, signal: AbortSignal): Call {
    const { hook, hookInstance, context, fhirServer, fhirAuthorization } = body;
    const prefetch = this.prefetchOf(body);
    if (typeof hook !== 'string' || typeof hookInstance !== 'string') throw invalid('hook or hookInstance is missing.');
    this.checkHook(service, hook);
    this.checkContext(service, context);
    if (typeof prefetch !== 'object' || prefetch === null) throw invalid('prefetch is no object.');
    this.checkAuthorization(fhirServer, fhirAuthorization);
    const token = fhirAuthorization?.access_token;
    return {
      service,
      hookInstance,
      patientId: context.patientId,
      prefetch,
      ...(fhirServer !== undefined && token !== undefined && { fhir: { server: fhirServer, token } }),
      signal,
      arrivedAt: performance.now(),
    };
  }

  prefetchOf({ prefetch = {} }: LooseJson): LooseJson {
    return prefetch;
  }

  checkHook(service: CdsService, hook: string): void {
    if (hook !== service.hook) throw new CdsRefusal(400, 'CDS_HOOK_MISMATCH', 'The service is of another hook.');
  }

  checkContext({ hook }: CdsService, context: LooseJson): void {
    const wanted = ['userId', 'patientId'];
    for (const field of wanted) {
      if (typeof context?.[field] !== 'string' || context[field] === '') throw invalid(`context.${field} is missing.`);
    }
    if (context.patientId.includes('/')) throw invalid('context.patientId is no id.');
    if (hook === 'order-sign' && context.draftOrders?.resourceType !== 'Bundle') {
      throw invalid('context.draftOrders is missing.');
    }
  }

  checkAuthorization(fhirServer: unknown, authorization: LooseJson): void {
    if (authorization !== undefined && typeof fhirServer !== 'string') throw invalid('fhirServer is missing.');
  }

  async cardsFor(call: Call): Promise<readonly Card[]> {
    const data = await this.gather(call);
    this.checkPatient(call, data);
    const features = this.features.features(call.service, data, new Date());
    this.checkRefused(call, features);
    const context: CardContext = {
      service: call.service,
      features,
      patientId: call.patientId,
      baseUrl: this.baseUrl,
    };
    const isShort = features.some((one) => 'unusable' in one && one.missing === 'abstain');
    if (isShort) return this.abstained(context);
    return this.cards.cards(await this.ask(call, features), context);
  }

  abstained(context: CardContext): readonly Card[] {
    return [this.cards.withoutScore('A value that the model needs is missing.', context)];
  }

  checkRefused({ service }: Call, features: readonly Feature[]): void {
    const refused = features.filter((one) => 'unusable' in one && one.missing === 'refuse');
    if (refused.length === 0) return;
    throw dataMissing(
      refused
        .map(({ column, ...rest }) => {
          const { from, codes = [] } = service.features[column] ?? { from: '' };
          const named = codes.map(({ system, code }) => `${system}|${code}`).join(', ');
          return `${column} (prefetch key ${from}${named === '' ? '' : `, ${named}`}): ${'unusable' in rest ? rest.unusable : ''}`;
        })
        .join(' '),
    );
  }

  /** What there is of each prefetch key; a key is left out where it is not to be had. */
  async gather(call: Call): Promise<Map<string, readonly Resource[]>> {
    const found = await Promise.all(
      Object.entries(call.service.prefetch).map(async ([key, { query, isRequired = true }]) => {
        const resources = await this.gatherOne(call, key, query);
        if (resources === undefined && isRequired) throw this.notToBeHad(call.service, key);
        return [key, resources] as const;
      }),
    );
    return new Map(found.flatMap(([key, resources]) => (resources === undefined ? [] : [[key, resources] as const])));
  }

  notToBeHad({ features }: CdsService, key: string): CdsRefusal {
    const codes = Object.values(features)
      .filter(({ from }) => from === key)
      .flatMap(({ codes: some = [] }) => some.map(({ system, code }) => `${system}|${code}`));
    return dataMissing(`Prefetch key ${key} (${codes.join(', ')}) was not supplied and cannot be read.`);
  }

  async gatherOne(call: Call, key: string, query: string): Promise<readonly Resource[] | undefined> {
    const supplied = this.supplied(call.prefetch[key]);
    if (supplied === undefined) return call.fhir && this.search(call, query);
    return supplied === null ? [] : this.resourcesOf(call, supplied);
  }

  /** An error in the place of data is none. */
  supplied(value: Resource | null | undefined): Resource | null | undefined {
    return value?.resourceType === 'OperationOutcome' ? undefined : value;
  }

  search(call: Call, query: string): Promise<readonly Resource[] | undefined> {
    const path = query.replaceAll('{{context.patientId}}', encodeURIComponent(call.patientId));
    return this.readPages(call, `${call.fhir?.server}/${path}`);
  }

  async resourcesOf(call: Call, value: Resource): Promise<readonly Resource[] | undefined> {
    if (value.resourceType !== 'Bundle') return [value];
    const { entry = [], link = [] } = value as LooseJson;
    const here = entry.map((one: LooseJson) => one.resource);
    const next = link.find((one: LooseJson) => one.relation === 'next')?.url;
    if (next === undefined) return here;
    const rest = await this.follow(call, next);
    return rest === undefined ? undefined : [...here, ...rest];
  }

  /** The next page, where it is the FHIR server's own: the token is for nobody else. */
  async follow(call: Call, url: string): Promise<readonly Resource[] | undefined> {
    if (call.fhir === undefined || !url.startsWith(`${call.fhir.server}/`)) return undefined;
    return this.readPages(call, url);
  }

  async readPages(call: Call, url: string): Promise<readonly Resource[] | undefined> {
    const read = await this.readFhir(call, url);
    if (read === undefined || read.resourceType === 'OperationOutcome') return undefined;
    return this.resourcesOf(call, read);
  }

  async readFhir({ fhir, signal }: Call, url: string): Promise<Resource | undefined> {
    try {
      const response = await fetch(url, { headers: this.fhirHeaders(fhir?.token ?? ''), signal });
      return response.ok ? ((await response.json()) as Resource) : undefined;
    } catch {
      return undefined;
    }
  }

  fhirHeaders(token: string): Record<string, string> {
    return { accept: 'application/fhir+json', authorization: `Bearer ${token}` };
  }

  checkPatient({ patientId }: Call, data: ReadonlyMap<string, readonly Resource[]>): void {
    const isOther = ({ resourceType, id, subject }: LooseJson) =>
      resourceType === 'Patient' ? id !== patientId : subject?.reference !== `Patient/${patientId}`;
    if ([...data.values()].flat().some(isOther)) {
      throw new CdsRefusal(400, 'CDS_PATIENT_MISMATCH', 'The data are of another patient.');
    }
  }

  /** Of the time that a call has from its arrival on, what is left. */
  remainingMs(arrivedAt: number): number {
    return Math.max(1, this.deadlineMs() - (performance.now() - arrivedAt));
  }

  async ask(
    { service, signal, arrivedAt }: Call,
    features: readonly Feature[],
  ): Promise<runtimeV1.PredictResponse__Output> {
    const modelName = cdsModelOf(service.id);
    try {
      return await this.runtime.predict(
        {
          requestId: this.requestId(),
          modelName,
          expectedPackageSha256: this.settings.digests[modelName] ?? '',
          inputs: [{ name: service.input, table: { values: this.features.table(features) } }],
        },
        { deadlineMs: this.remainingMs(arrivedAt), signal },
      );
    } catch (thrown) {
      // The call is given up once its time is over; what the runtime says of itself is another thing.
      throw this.ofRuntime(
        signal.aborted
          ? new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The time of the call is over.')
          : DeepHealthError.from(thrown),
      );
    }
  }

  requestId(): string {
    return randomUUID();
  }

  ofRuntime({ reason, retryable, code }: DeepHealthError): CdsRefusal {
    return new CdsRefusal(503, reason, ERROR_CATALOG[code].docs, { isRetryable: retryable });
  }

  // Feedback.

  takeFeedback({ feedback }: LooseJson): Answer {
    if (!Array.isArray(feedback) || feedback.length === 0) throw invalid('feedback is no list.');
    for (const one of feedback) this.checkFeedback(one);
    this.feedback.push(...feedback);
    return { status: 200, body: {} };
  }

  checkFeedback({ card, outcome, outcomeTimestamp, acceptedSuggestions }: LooseJson): void {
    if (typeof card !== 'string' || Number.isNaN(Date.parse(outcomeTimestamp))) throw invalid('feedback of no card.');
    if (outcome !== 'accepted' && outcome !== 'overridden') throw invalid('outcome is another word.');
    if (outcome === 'accepted' && !acceptedSuggestions?.length) throw invalid('acceptedSuggestions is missing.');
  }

  // Around all.

  refusalOf(thrown: unknown): CdsRefusal {
    return thrown instanceof CdsRefusal ? thrown : new CdsRefusal(500, 'INTERNAL', 'The service failed.');
  }

  refused({ status, reason, message, isRetryable }: CdsRefusal): Answer {
    const { issue, ...outcome } = operationOutcome(message) as LooseJson;
    const details = { coding: [{ system: 'https://deephealth.example/error-reasons', code: reason }] };
    return {
      status,
      body: { ...outcome, issue: [{ ...issue[0], details }] },
      headers: isRetryable ? { 'retry-after': '1' } : {},
    };
  }

  isAllowed(origin: string): boolean {
    return this.settings.allowedOrigins.includes(origin);
  }

  corsHeaders({ headers: { origin } }: JsonRequest): Record<string, string> {
    if (origin === undefined || !this.isAllowed(origin)) return {};
    return { 'access-control-allow-origin': origin, vary: 'origin' };
  }

  preflight({ path, headers: { origin } }: JsonRequest): Answer {
    if (origin === undefined || !this.isAllowed(origin)) return { status: 204 };
    return {
      status: 204,
      headers: {
        'access-control-allow-methods': path === SERVICES ? 'GET' : 'POST',
        'access-control-allow-headers': 'authorization, content-type',
      },
    };
  }
}
