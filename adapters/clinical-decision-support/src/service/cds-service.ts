import { randomUUID } from 'node:crypto';
import { DeepHealthError, type PlatformCall, type PlatformOutput } from '@deephealth/sdk';
import { languagesFor } from '../cards/languages.js';
import { errorAnswer } from '../errors.js';
import { parseFeedback } from '../feedback/parse-feedback.js';
import { type Answer, type HttpAnswer, type HttpRequest, jsonAnswer } from '../transport/http-message.js';
import type { ClientTrust, TrustedClient } from '../trust/client-trust.js';
import { type CorsAnswer, corsHeaders } from '../trust/cors.js';
import { answerRegion } from './answer-region.js';
import { type CallLogEntry, describeFailure } from './call-log.js';
import { type CallOptions, callService, type ServiceAnswer } from './call-service.js';
import { byDeadline } from './deadline.js';
import { describeServices } from './discovery.js';
import { type AlteredFile, checkHealth, type Health } from './health.js';
import type { KillSwitch } from './kill-switch.js';
import { parseBody } from './parse-body.js';
import { parseRequest } from './parse-request.js';
import { endpointUrl, METHODS, type Route, routeOf } from './routes.js';
import type { CatalogService, ServiceCatalog } from './service-catalog.js';
import { withoutEmpty } from './without-empty.js';

export interface CdsServiceOptions extends CallOptions {
  readonly catalog: ServiceCatalog;
  readonly trust: ClientTrust;
  readonly killSwitch: KillSwitch;
  readonly allowedOrigins: readonly string[];
  readonly languages: readonly string[];
  readonly altered: readonly AlteredFile[];
  readonly deadlineMs: number;
  readonly maxInFlight: number;
  readonly maxBodyBytes: number;
  readonly log: (entry: CallLogEntry) => void;
}

/** The routes of CDS Hooks, the model cards and the health of the service. */
export class CdsService {
  readonly #options: CdsServiceOptions;
  readonly #basePath: string;
  #inFlight = 0;
  #health: { readonly at: number; readonly found: Promise<Health> } | undefined;

  constructor(options: CdsServiceOptions) {
    this.#options = options;
    this.#basePath = new URL(options.baseUrl).pathname;
  }

  /** Answers everything, and never throws. */
  readonly answer: Answer = async (request) => {
    const startedMs = performance.now();
    const requestId = randomUUID();
    const route = routeOf(request.path, this.#basePath);
    const cors = this.#corsOf(request, route);
    let answer: Responded;
    let failure: Failure = {};
    try {
      answer = await this.#respond(request, route, cors, requestId);
    } catch (thrown) {
      answer = errorAnswer(thrown);
      failure = describeFailure(thrown);
    }
    this.#logged({ requestId, startedMs, status: answer.status, failure, region: answer.region }, route);
    // A page of another origin has to be able to read what went wrong, too.
    return withHeaders(answer, { ...cors?.headers, 'x-request-id': requestId });
  };

  /** For a body that is too large to be read. */
  readonly tooLarge = (request: Omit<HttpRequest, 'body'>): HttpAnswer => {
    const error = bodyTooLarge(this.#options.maxBodyBytes);
    const cors = this.#corsOf(request, routeOf(request.path, this.#basePath));
    return withHeaders(errorAnswer(error), cors?.headers ?? {});
  };

  /**
   * A call by `PlatformAdapter.RunBinding` in the place of HTTP: the same trust, admission, deadline, kill switch and
   * refusals. A token counts if it is meant for the address of the service, and once, whichever way it comes.
   */
  async run(given: PlatformCall): Promise<PlatformOutput> {
    const { bindingId: serviceId, input, mediaType, caller, deadlineMs, signal } = given;
    const startedMs = performance.now();
    const requestId = randomUUID();
    const route: ServiceRoute = { kind: 'call', serviceId };
    const { address, certificate } = caller;
    const request: HttpRequest = {
      method: 'POST',
      path: `/cds-services/${serviceId}`,
      headers: { authorization: caller.header('authorization'), 'content-type': mediaType },
      body: input,
      signal,
      peer: { address, ...(certificate && { certificate }) },
    };
    const log = (status: number, failure: Failure, region?: ServiceAnswer['region']) =>
      this.#logged({ requestId, startedMs, status, failure, region, by: 'contract-face' }, route);
    try {
      if (input.byteLength > this.#options.maxBodyBytes) throw bodyTooLarge(this.#options.maxBodyBytes);
      const { runs, ...answer } = await this.#served(request, route, requestId, deadlineMs - Date.now());
      log(200, {}, answer.region);
      return { output: bodyOf(answer).body, runs };
    } catch (thrown) {
      log(errorAnswer(thrown).status, describeFailure(thrown));
      throw thrown;
    }
  }

  /** Whether as many calls are under way as are taken at a time. */
  get isOverloaded(): boolean {
    return this.#inFlight >= this.#options.maxInFlight;
  }

  /** Of a moment ago: a flood of questions does not reach the runtime. */
  health(): Promise<Health> {
    const now = performance.now();
    if (this.#health === undefined || now - this.#health.at > 1_000) {
      this.#health = { at: now, found: this.#askHealth() };
    }
    return this.#health.found;
  }

  async #askHealth(): Promise<Health> {
    const { catalog, runtime, killSwitch, writeBack, audit, altered } = this.#options;
    return {
      ...(await checkHealth(catalog, runtime, killSwitch)),
      ...(writeBack === undefined ? {} : { writeBack: writeBack.state }),
      ...(audit === undefined ? {} : { auditWaiting: audit.waiting }),
      ...(audit === undefined || audit.refused === 0 ? {} : { auditRefused: audit.refused }),
      ...(altered.length === 0 ? {} : { altered }),
    };
  }

  async #respond(
    request: HttpRequest,
    route: Route | undefined,
    cors: CorsAnswer | undefined,
    requestId: string,
  ): Promise<Responded> {
    if (route === undefined) throw noSuchAddress();
    const allow = METHODS[route.kind].join(', ');
    if (!METHODS[route.kind].includes(request.method)) {
      throw new DeepHealthError('DH_CDS_METHOD_NOT_ALLOWED', `This address answers ${allow}.`, { details: { allow } });
    }
    if (cors?.kind === 'refused') {
      throw new DeepHealthError(
        'DH_CDS_ORIGIN_REFUSED',
        'Pages of this origin may not make this request. The operator lists the origins that may.',
      );
    }
    if (request.method === 'OPTIONS') return { status: 204, headers: { allow }, body: Buffer.alloc(0) };
    switch (route.kind) {
      case 'live':
        return jsonAnswer(200, { status: 'live' });
      case 'ready':
        return this.#ready();
      case 'model-card':
        return this.#modelCard(route.model);
      case 'region':
        return answerRegion(route, request, requestId, this.#options);
      case 'discovery':
        return this.#discovery(request, route);
      case 'feedback':
        return this.#feedback(request, route);
      case 'call':
        return this.#call(request, route, requestId);
    }
  }

  /** Of the addresses that pages call; the others are for programs and for following a link. */
  #corsOf({ headers, method }: Omit<HttpRequest, 'body'>, route: Route | undefined): CorsAnswer | undefined {
    const isCalledByPages = route !== undefined && ['discovery', 'call', 'feedback'].includes(route.kind);
    return isCalledByPages ? corsHeaders(headers.origin, method, headers, this.#options.allowedOrigins) : undefined;
  }

  async #ready(): Promise<HttpAnswer> {
    const health = await this.health();
    return jsonAnswer(health.isReady ? 200 : 503, health, health.isReady ? {} : { 'retry-after': '5' });
  }

  #modelCard(model: string): HttpAnswer {
    const text = this.#options.catalog.modelCards.get(model);
    if (text === undefined) throw noSuchAddress();
    const headers = {
      'content-type': 'text/markdown; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    };
    return { status: 200, headers, body: Buffer.from(text) };
  }

  async #discovery(request: HttpRequest, route: Route): Promise<HttpAnswer> {
    await this.#verify(request, route);
    const { catalog, killSwitch } = this.#options;
    const on = [...catalog.services.values()].filter(({ binding }) => !killSwitch.isOff(binding.id));
    return jsonAnswer(200, describeServices(on));
  }

  async #call(request: HttpRequest, route: ServiceRoute, requestId: string): Promise<Responded> {
    const answer = await this.#served(request, route, requestId);
    return { ...bodyOf(answer), region: answer.region };
  }

  /** @param leftMs what the caller gives, where it says so */
  async #served(
    request: HttpRequest,
    route: ServiceRoute,
    requestId: string,
    leftMs = Number.POSITIVE_INFINITY,
  ): Promise<ServiceAnswer> {
    const { killSwitch, languages, deadlineMs } = this.#options;
    const release = this.#admit();
    try {
      return await byDeadline(Math.min(deadlineMs, leftMs), request.signal, async (deadline) => {
        const { issuer } = await this.#verify(request, route);
        const service = this.#serviceOf(route);
        if (killSwitch.isOff(service.binding.id)) {
          throw new DeepHealthError('DH_CDS_SERVICE_OFF', 'The operator has switched this service off.', {
            retryAfterMs: 300_000,
          });
        }
        const call = {
          service,
          request: parseRequest(parseBody(request), service.binding.hook),
          client: issuer,
          requestId,
          languages: languagesFor(request.headers['accept-language'], languages),
        };
        return callService(call, deadline, this.#options);
      });
    } finally {
      release();
    }
  }

  async #feedback(request: HttpRequest, route: ServiceRoute): Promise<HttpAnswer> {
    const { records, now } = this.#options;
    const { issuer } = await this.#verify(request, route);
    const { binding } = this.#serviceOf(route);
    const items = parseFeedback(parseBody(request));
    const reasons = new Set((binding.cards.overrideReasons ?? []).map(({ system, code }) => `${system}|${code}`));
    return jsonAnswer(200, await records.feedback(binding.id, issuer, items, reasons, now()));
  }

  #logged({ requestId, startedMs, status, failure, region, by }: Served, route: Route | undefined): void {
    const serviceId = route !== undefined && 'serviceId' in route ? route.serviceId : undefined;
    this.#options.log({
      level: status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info',
      event: 'cds-request',
      requestId,
      ...(by && { by }),
      ...(route === undefined ? {} : { route: route.kind }),
      ...(serviceId !== undefined && this.#options.catalog.services.has(serviceId) ? { service: serviceId } : {}),
      status,
      ...failure,
      ...(region && { region: region.state }),
      ...(region?.code && { regionCode: region.code }),
      tookMs: Math.round(performance.now() - startedMs),
    });
  }

  #verify({ headers, peer }: HttpRequest, route: Route): Promise<TrustedClient> {
    const { trust, baseUrl, now } = this.#options;
    return trust.verify(headers.authorization, endpointUrl(route, baseUrl), now(), peer);
  }

  #serviceOf({ serviceId }: ServiceRoute): CatalogService {
    const service = this.#options.catalog.services.get(serviceId);
    if (service === undefined) throw new DeepHealthError('DH_CDS_SERVICE_NOT_FOUND', 'There is no service of this id.');
    return service;
  }

  #admit(): () => void {
    const { maxInFlight } = this.#options;
    if (this.#inFlight >= maxInFlight) {
      throw new DeepHealthError('DH_CDS_OVERLOADED', `More than ${maxInFlight} calls are under way. Ask again later.`, {
        retryAfterMs: 1_000,
      });
    }
    this.#inFlight += 1;
    return () => {
      this.#inFlight -= 1;
    };
  }
}

interface Served {
  readonly requestId: string;
  readonly startedMs: number;
  readonly status: number;
  readonly failure: Failure;
  readonly region: ServiceAnswer['region'];
  readonly by?: 'contract-face';
}

/** An answer with what of it is for the log alone. */
type Responded = HttpAnswer & Pick<ServiceAnswer, 'region'>;

type Failure = ReturnType<typeof describeFailure>;
type ServiceRoute = Extract<Route, { readonly serviceId: string }>;

const noSuchAddress = () => new DeepHealthError('DH_CDS_SERVICE_NOT_FOUND', 'There is no such address.');

const bodyOf = ({ cards }: Pick<ServiceAnswer, 'cards'>) => jsonAnswer(200, { cards: cards.map(withoutEmpty) });

function bodyTooLarge(maxBodyBytes: number): DeepHealthError {
  return new DeepHealthError(
    'DH_MESSAGE_TOO_LARGE',
    `The body is larger than ${maxBodyBytes} bytes, which is all that this service reads. Send less prefetch.`,
    { details: { of: 'body', limit: String(maxBodyBytes) } },
  );
}

function withHeaders({ status, body, ...answer }: HttpAnswer, more: Readonly<Record<string, string>>): HttpAnswer {
  return { status, headers: { ...answer.headers, ...more }, body };
}
