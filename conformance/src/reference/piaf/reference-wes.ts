import { DeepHealthError } from '@deephealth/sdk';
import { SUITE_VERSION } from '../../version.js';
import { failureOf, type HttpReply, type HttpRequest } from './chain-http.js';
import { invalid, notFound } from './chain-refusals.js';
import type { ReferenceChains } from './reference-chains.js';
import type { ReferenceRun, ReferenceTask, RunWish } from './reference-run.js';

export const WES_ROOT = '/ga4gh/wes/v1';
const TYPE = 'CWL';
const VERSION = 'v1.2';
const DEFAULT_PAGE = 50;
const TOKEN = /^before-(\d{1,9})$/;
const STATES = [
  ...['QUEUED', 'INITIALIZING', 'RUNNING', 'COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR'],
  ...['CANCELED', 'CANCELING', 'PAUSED', 'PREEMPTED', 'UNKNOWN'],
];

interface Attachment {
  readonly name: string;
  readonly bytes: Buffer;
}

/** GA4GH WES 1.1 over the runs. Each behaviour is a method of its own, so that a mutant can change one and nothing else. */
export class ReferenceWes {
  readonly chains: ReferenceChains;

  constructor(chains: ReferenceChains) {
    this.chains = chains;
  }

  async handle(request: HttpRequest): Promise<HttpReply> {
    try {
      return await this.answer(request);
    } catch (thrown) {
      const { status, error, headers } = failureOf(thrown);
      return { status, headers, body: this.failure(error, status) };
    }
  }

  failure({ message }: DeepHealthError, status: number): object {
    return { msg: message, status_code: status };
  }

  async answer({ method, url, headers, body }: HttpRequest): Promise<HttpReply> {
    const [what = '', id = '', more = '', ...rest] = url.pathname.slice(WES_ROOT.length + 1).split('/');
    const tenant = this.tenantOf(headers.authorization);
    const asked = `${method} ${what}`;
    if (asked === 'GET service-info' && id === '') return { status: 200, body: this.serviceInfo(tenant) };
    if (asked === 'POST runs' && id === '') {
      const wish = await this.wish(tenant, headers, body);
      return { status: 200, body: { run_id: this.chains.submit(wish).id } };
    }
    if (asked === 'GET runs' && id === '') return { status: 200, body: this.list(tenant, url.searchParams) };
    if (what !== 'runs') throw notFound();
    if (method === 'POST' && more === 'cancel') return { status: 200, body: this.cancel(tenant, id) };
    if (method !== 'GET') throw notFound();
    if (more === 'artefacts') {
      const path = rest.map(decodeURIComponent).join('/');
      return { status: 200, body: this.chains.artefact(tenant, id, path) };
    }
    const run = this.chains.get(tenant, id);
    if (more === 'status') return { status: 200, body: { run_id: run.id, state: this.stateOf(run) } };
    if (more === 'tasks') return { status: 200, body: { task_logs: this.tasks(run), next_page_token: '' } };
    if (more === '') return { status: 200, body: this.log(run, url) };
    throw notFound();
  }

  tenantOf(authorization: string | undefined): string {
    return this.chains.tenantOf(authorization).name;
  }

  stateOf({ state }: ReferenceRun): string {
    return state;
  }

  cancel(tenant: string, id: string): object {
    return { run_id: this.chains.cancel(tenant, id).id };
  }

  serviceInfo(tenant: string): object {
    return {
      ...{ id: 'org.example.conformance', name: 'Reference of the conformance suite', version: SUITE_VERSION },
      ...{ type: { group: 'org.ga4gh', artifact: 'wes', version: '1.1.0' } },
      ...{ organization: { name: 'None', url: 'https://example.org' } },
      ...this.supported(),
      supported_filesystem_protocols: [],
      workflow_engine_versions: { reference: { workflow_engine_version: [SUITE_VERSION] } },
      default_workflow_engine_parameters: [],
      system_state_counts: this.stateCounts(tenant),
      ...{ auth_instructions_url: 'https://example.org/keys', tags: {} },
    };
  }

  supported(): object {
    return {
      workflow_type_versions: { [TYPE]: { workflow_type_version: [VERSION] } },
      supported_wes_versions: ['1.1.0'],
    };
  }

  stateCounts(tenant: string): Record<string, number> {
    const counts = this.chains.counts(tenant);
    return Object.fromEntries(STATES.map((state) => [state, counts[state] ?? 0]));
  }

  list(tenant: string, query: URLSearchParams): object {
    const size = Number(query.get('page_size') ?? DEFAULT_PAGE);
    if (!Number.isInteger(size) || size < 1) throw invalid('page_size', 'a whole number from 1');
    const found = this.chains.list(tenant, size + 1, this.before(query.get('page_token')));
    const shown = found.slice(0, size);
    return {
      runs: shown.map((run) => this.summary(run)),
      next_page_token: found.length > size ? this.tokenAfter(shown) : '',
    };
  }

  tokenAfter(shown: readonly ReferenceRun[]): string {
    return `before-${shown.at(-1)?.sequence}`;
  }

  before(token: string | null): number {
    if (token === null || token === '') return Number.POSITIVE_INFINITY;
    const [, sequence] = TOKEN.exec(token) ?? [];
    if (sequence === undefined) throw invalid('page_token', 'what an answer named');
    return Number(sequence);
  }

  summary(run: ReferenceRun): object {
    const { id, startedAt, endedAt } = run;
    return { run_id: id, state: this.stateOf(run), start_time: startedAt, end_time: endedAt, tags: this.tagsOf(run) };
  }

  tagsOf({ request }: ReferenceRun): unknown {
    return request.tags ?? {};
  }

  log(run: ReferenceRun, url: URL): object {
    const { id, chain, request, startedAt, endedAt, failure } = run;
    return {
      ...{ run_id: id, state: this.stateOf(run), request },
      run_log: {
        ...{ name: chain, start_time: startedAt, end_time: endedAt },
        system_logs: failure === undefined ? [] : [failure.message],
      },
      task_logs_url: new URL(`${WES_ROOT}/runs/${id}/tasks`, url).href,
      task_logs: this.tasks(run),
      outputs: this.outputs(run, url),
    };
  }

  outputs(run: ReferenceRun, url: URL): object {
    const files = this.chains.artefactsOf(run).map((path) => ({
      ...{ class: 'File', basename: path.split('/').at(-1) },
      location: new URL(`${WES_ROOT}/runs/${run.id}/artefacts/${path}`, url).href,
    }));
    return files.length === 0 ? {} : { artefacts: files };
  }

  tasks(run: ReferenceRun): object[] {
    return run.tasks.map((task) => this.taskLog(task));
  }

  taskLog({ name, startedAt, endedAt }: ReferenceTask): object {
    return { id: name, name, start_time: startedAt, end_time: endedAt, system_logs: [] };
  }

  async wish(tenant: string, headers: HttpRequest['headers'], body: Buffer): Promise<RunWish> {
    const { fields, attachments } = await readForm(headers['content-type'] ?? '', body);
    for (const { name } of attachments) this.checkName(name);
    this.checkWorkflow(fields);
    const params = parsedField(fields, 'workflow_params') ?? {};
    const tags = parsedField(fields, 'tags');
    const { studies, ...parameters } = params as { studies?: unknown };
    const inputs = this.inputs(studies, attachments);
    const key = headers['idempotency-key'];
    return {
      ...{ tenant, chain: fields.workflow_url ?? '', parameters, inputs },
      ...(typeof key === 'string' && { idempotencyKey: key }),
      request: {
        workflow_params: params,
        ...(tags !== undefined && { tags }),
        ...{ workflow_type: TYPE, workflow_type_version: VERSION, workflow_url: fields.workflow_url },
      },
    };
  }

  checkWorkflow(fields: Readonly<Record<string, string>>): void {
    this.checkType(fields);
    if (fields.workflow_type_version !== VERSION) throw unsupported('workflow_type_version');
  }

  checkType({ workflow_type: type }: Readonly<Record<string, string>>): void {
    if (type !== TYPE) throw unsupported('workflow_type');
  }

  /** Relative, and below the folder of the run. */
  checkName(name: string): void {
    const parts = name.split(/[\\/]/);
    if (name === '' || parts[0] === '' || /^[A-Za-z]:/.test(name) || parts.includes('..') || name.includes('\0')) {
      throw invalid('workflow_attachment', 'a name that stays in the folder of the run');
    }
  }

  inputs(studies: unknown, attachments: readonly Attachment[]): RunWish['inputs'] {
    if (!Array.isArray(studies) || studies.length === 0) throw invalid('studies', 'a list of files');
    return studies.map((one: { location?: unknown; checksum?: unknown } | null, index) => {
      const found = attachments.find(({ name }) => name === one?.location);
      if (found === undefined) throw invalid(`studies[${index}]`, 'a file that is attached');
      return { bytes: found.bytes, ...(typeof one?.checksum === 'string' && { checksum: one.checksum }) };
    });
  }
}

function unsupported(field: string): DeepHealthError {
  return new DeepHealthError('DH_WORKFLOW_UNSUPPORTED', `"${field}" is none that is run here.`, { details: { field } });
}

function parsedField(fields: Readonly<Record<string, string>>, name: string): object | undefined {
  const text = fields[name];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw invalid(name, 'an object in JSON');
}

async function readForm(type: string, body: Buffer) {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => {
    throw invalid('body', 'multipart/form-data');
  });
  const fields: Record<string, string> = {};
  const attachments: Attachment[] = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else attachments.push({ name: value.name, bytes: Buffer.from(await value.arrayBuffer()) });
  }
  return { fields, attachments };
}
