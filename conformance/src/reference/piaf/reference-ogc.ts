import { DeepHealthError } from '@deephealth/sdk';
import { failureOf, type HttpReply, type HttpRequest } from './chain-http.js';
import { invalid, notFound } from './chain-refusals.js';
import type { ReferenceChains } from './reference-chains.js';
import type { ReferenceRun, RunCallbacks, RunWish } from './reference-run.js';
import type { ServedChain } from './served-chain.js';

export const OGC_ROOT = '/ogc';
const EXCEPTION = 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0';
const CONFORMANCE = 'http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf';
const STATUS: Readonly<Record<string, string>> = {
  ...{ QUEUED: 'accepted', INITIALIZING: 'accepted', RUNNING: 'running', CANCELING: 'running' },
  ...{ COMPLETE: 'successful', CANCELED: 'dismissed', EXECUTOR_ERROR: 'failed', SYSTEM_ERROR: 'failed' },
};
const TYPES: Readonly<Record<string, string>> = {
  DH_RUN_NOT_FOUND: `${EXCEPTION}/no-such-job`,
  DH_WORKFLOW_UNSUPPORTED: `${EXCEPTION}/no-such-process`,
  DH_RUN_NOT_COMPLETE: `${EXCEPTION}/result-not-ready`,
};

/** OGC API - Processes, part 1, over the same runs. Each behaviour is a method of its own, as the mutants need it. */
export class ReferenceOgc {
  readonly chains: ReferenceChains;

  constructor(chains: ReferenceChains) {
    this.chains = chains;
  }

  async handle(request: HttpRequest): Promise<HttpReply> {
    try {
      return await this.answer(request);
    } catch (thrown) {
      const { status, error, headers } = failureOf(thrown);
      const told = this.statusOfFailure(error, status);
      return {
        status: told,
        headers: { ...headers, 'content-type': 'application/problem+json' },
        body: this.failure(error, told),
      };
    }
  }

  statusOfFailure({ code }: DeepHealthError, status: number): number {
    return code === 'DH_WORKFLOW_UNSUPPORTED' || code === 'DH_RUN_NOT_COMPLETE' ? 404 : status;
  }

  failure({ code, message }: DeepHealthError, status: number): object {
    return { type: TYPES[code] ?? 'about:blank', title: code, status, detail: message };
  }

  async answer({ method, url, headers, body }: HttpRequest): Promise<HttpReply> {
    const [what = '', id = '', more = ''] = url.pathname
      .slice(OGC_ROOT.length + 1)
      .split('/')
      .map(decodeURIComponent);
    const tenant = this.tenantOf(headers.authorization);
    if (method === 'GET' && what === '') return { status: 200, body: { links: this.links(url) } };
    if (method === 'GET' && what === 'conformance') return { status: 200, body: { conformsTo: this.conformsTo() } };
    if (method === 'GET' && what === 'processes') {
      if (id !== '') return { status: 200, body: this.process(this.chainOf(id)) };
      return { status: 200, body: { processes: this.chains.chains.map((chain) => this.summary(chain)), links: [] } };
    }
    if (method === 'POST' && what === 'processes' && more === 'execution') {
      const run = this.chains.submit(this.wish(tenant, this.chainOf(id), headers, body));
      const location = new URL(`${OGC_ROOT}/jobs/${run.id}`, url).href;
      return { status: 201, headers: { location }, body: this.info(run) };
    }
    if (what !== 'jobs') throw notFound();
    if (id === '') {
      const jobs = this.chains.list(tenant, 1000).map((run) => this.info(run));
      return { status: 200, body: { jobs, links: [] } };
    }
    if (method === 'DELETE' && more === '') return { status: 200, body: this.dismiss(tenant, id) };
    const run = this.chains.get(tenant, id);
    if (method === 'GET' && more === 'results') return { status: 200, body: this.results(run, url) };
    if (method === 'GET' && more === '') return { status: 200, body: this.info(run) };
    throw notFound();
  }

  tenantOf(authorization: string | undefined): string {
    return this.chains.tenantOf(authorization).name;
  }

  links(url: URL): object[] {
    return ['processes', 'jobs', 'conformance'].map((name) => ({
      ...{ rel: `http://www.opengis.net/def/rel/ogc/1.0/${name}`, type: 'application/json' },
      href: new URL(`${OGC_ROOT}/${name}`, url).href,
    }));
  }

  conformsTo(): string[] {
    return ['core', 'json', 'job-list', 'dismiss', 'callback'].map((name) => `${CONFORMANCE}/${name}`);
  }

  idOf({ id }: ServedChain): string {
    return id.replaceAll('/', '.');
  }

  chainOf(id: string): ServedChain {
    const found = this.chains.chains.find((chain) => this.idOf(chain) === id);
    if (found === undefined) throw new DeepHealthError('DH_WORKFLOW_UNSUPPORTED', 'There is no such process.');
    return found;
  }

  summary(chain: ServedChain): object {
    return {
      ...{ id: this.idOf(chain), title: chain.title, version: chain.manifest.version },
      ...{ jobControlOptions: ['async-execute', 'dismiss'], outputTransmission: ['reference'], links: [] },
    };
  }

  process(chain: ServedChain): object {
    const studies = {
      ...{ title: 'Studies', minOccurs: 1, maxOccurs: 'unbounded' },
      schema: { oneOf: chain.mediaTypes.map((contentMediaType) => ({ type: 'string', contentMediaType })) },
    };
    const parameters = chain.parameters.map(({ name, default: value, minimum, maximum }) => [
      name,
      { title: name, minOccurs: 0, schema: { type: 'integer', default: value, minimum, maximum } },
    ]);
    return {
      ...this.summary(chain),
      inputs: { studies, ...Object.fromEntries(parameters) },
      outputs: { results: { title: 'Results', schema: { type: 'string', contentMediaType: 'application/x-ndjson' } } },
    };
  }

  wish(tenant: string, chain: ServedChain, headers: HttpRequest['headers'], body: Buffer): RunWish {
    const { inputs, subscriber } = parsedBody(body);
    const { studies, ...parameters } = (inputs ?? {}) as { studies?: unknown };
    if (!Array.isArray(studies)) throw invalid('studies', 'a list of files');
    const key = headers['idempotency-key'];
    return {
      ...{ tenant, chain: chain.id, parameters, request: {} },
      inputs: studies.map((one: { value?: unknown } | null) => {
        if (typeof one?.value !== 'string') throw invalid('studies', 'files in base64');
        return { bytes: Buffer.from(one.value, 'base64') };
      }),
      ...(typeof key === 'string' && { idempotencyKey: key }),
      ...(subscriber !== undefined && { callbacks: this.callbacks(subscriber) }),
    };
  }

  callbacks({ successUri, inProgressUri, failedUri }: Readonly<Record<string, string>>): RunCallbacks {
    return {
      ...(successUri !== undefined && { success: successUri }),
      ...(inProgressUri !== undefined && { inProgress: inProgressUri }),
      ...(failedUri !== undefined && { failed: failedUri }),
    };
  }

  info(run: ReferenceRun): Record<string, unknown> {
    const { id, submittedAt, startedAt, endedAt, failure } = run;
    return {
      ...{ jobID: id, id, type: 'process', processID: run.chain.replaceAll('/', '.'), status: this.statusOf(run) },
      ...{ progress: this.progressOf(run), created: submittedAt, started: startedAt, finished: endedAt },
      ...(failure !== undefined && { message: failure.message }),
    };
  }

  statusOf({ state }: ReferenceRun): string {
    return STATUS[state] ?? 'failed';
  }

  progressOf({ progress }: ReferenceRun): number {
    return progress;
  }

  dismiss(tenant: string, id: string): object {
    return { ...this.info(this.chains.cancel(tenant, id)), status: 'dismissed' };
  }

  results(run: ReferenceRun, url: URL): object {
    this.checkComplete(run);
    return Object.fromEntries(
      this.chains
        .artefactsOf(run)
        .map((path) => [
          path.replace(/[^\w]/g, '_'),
          { href: new URL(`/ga4gh/wes/v1/runs/${run.id}/artefacts/${path}`, url).href },
        ]),
    );
  }

  checkComplete({ state }: ReferenceRun): void {
    if (state !== 'COMPLETE') throw new DeepHealthError('DH_RUN_NOT_COMPLETE', 'The job has no results.');
  }
}

function parsedBody(body: Buffer): { inputs?: object; subscriber?: Record<string, string> } {
  try {
    const document: unknown = JSON.parse(body.toString('utf8'));
    if (typeof document === 'object' && document !== null) return document;
  } catch {
    // Said below.
  }
  throw invalid('body', 'an object in JSON');
}
