import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CHAINS, type Chain, chainUrl } from '../../chain/chain-models.js';
import type { Study } from '../../chain/chain-studies.js';
import type { ChainTarget } from '../../chain/chain-target.js';
import { TENANTS, type TenantName } from '../../chain/write-chain-folder.js';
import { type HttpAnswer, httpExchange } from '../../oip/http-exchange.js';
import { TargetFailure } from '../../run/case-result.js';
import { TIMEOUTS_MS } from '../../run/timeouts.js';
import type { ProbeContext } from '../probe.js';

export const WES = '/ga4gh/wes/v1';
export const OGC = '/ogc';
/** States that a run does not leave. */
export const FINAL = ['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED', 'PREEMPTED'];
export const OGC_FINAL = ['successful', 'failed', 'dismissed'];

const FIRST_POLL_MS = 10;
const SLOWEST_POLL_MS = 250;

export interface Question {
  /** Default the first; `nobody` shows no key, `stranger` a wrong one. */
  readonly tenant?: TenantName | 'nobody' | 'stranger';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export interface Submission {
  readonly studies: readonly Study[];
  /** Default `dose`. */
  readonly chain?: Chain;
  readonly tenant?: Question['tenant'];
  /** Names of the attachments; default of the suite's making. */
  readonly names?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Replaces fields of the form; what is undefined is left out. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  /** Beside each location, by its place. */
  readonly checksums?: readonly string[];
  readonly idempotencyKey?: string;
  readonly callbacks?: Readonly<Record<string, string>>;
}

interface RunStatus {
  readonly run_id?: string;
  readonly state?: string;
}

export interface RunLog extends RunStatus {
  readonly outputs?: unknown;
  readonly run_log?: Readonly<Record<string, unknown>>;
  readonly [more: string]: unknown;
}

export interface TaskLog {
  readonly id?: string;
  readonly name?: string;
  readonly start_time?: string;
  readonly end_time?: string;
  readonly system_logs?: readonly string[];
}

export interface StatusInfo {
  readonly status?: string;
  readonly progress?: number;
  readonly message?: string;
  readonly [more: string]: unknown;
}

/** Both faces of the service under test, as a caller has them who knows the standards and the profile's page. */
export class ChainFaces {
  readonly target: ChainTarget;
  readonly callMs: number;
  /** Longest wait for a run. */
  readonly patienceMs: number;

  constructor({ chain, timeScale = 1 }: ProbeContext) {
    if (chain === undefined) throw new RangeError('the target is not one of profile processing-chain');
    this.target = chain;
    this.callMs = TIMEOUTS_MS.call * timeScale;
    this.patienceMs = chain.patienceMs * timeScale;
  }

  ask(method: string, path: string, { tenant = 'first', headers = {}, body }: Question = {}): Promise<HttpAnswer> {
    const key = tenant === 'stranger' ? 'conformance-key-of-nobody' : tenant === 'nobody' ? '' : TENANTS[tenant].key;
    const sent = { ...(key !== '' && { authorization: `Bearer ${key}` }), ...headers };
    return httpExchange(
      this.target.url(),
      { method, path, headers: sent, ...(body !== undefined && { body }) },
      this.callMs,
    );
  }

  /** An answer of status 200 as JSON. */
  async read<Answer>(path: string, question: Question = {}): Promise<Answer> {
    const { status, body } = await this.ask('GET', path, question);
    if (status !== 200) throw new TargetFailure(`GET ${shown(path)}: expected status 200, got ${status}`);
    return parsed<Answer>(body, `GET ${shown(path)}`);
  }

  /** POST of a run to WES, whatever comes of it. */
  submit(submission: Submission): Promise<HttpAnswer> {
    const { tenant = 'first', idempotencyKey, studies } = submission;
    const names = submission.names ?? studies.map(({ extension }, index) => `input-${index}.${extension}`);
    const { chain = CHAINS.dose, parameters = {}, checksums = [], fields = {} } = submission;
    const files = names.map((location, index) => ({
      ...{ class: 'File', location },
      ...(checksums[index] !== undefined && { checksum: checksums[index] }),
    }));
    const form: Record<string, string | undefined> = {
      workflow_url: chainUrl(chain),
      workflow_type: 'CWL',
      workflow_type_version: 'v1.2',
      workflow_params: JSON.stringify({ studies: files, ...parameters }),
      ...fields,
    };
    const boundary = `conformance-${randomUUID()}`;
    const body = Buffer.concat([
      ...Object.entries(form).flatMap(([name, value]) =>
        value === undefined ? [] : [Buffer.from(`--${boundary}\r\n${disposition(name)}\r\n\r\n${value}\r\n`)],
      ),
      ...studies.flatMap(({ bytes, mediaType }, index) => [
        Buffer.from(`--${boundary}\r\n${disposition('workflow_attachment', names[index])}\r\n`),
        Buffer.from(`content-type: ${mediaType}\r\n\r\n`),
        bytes,
        Buffer.from('\r\n'),
      ]),
      Buffer.from(`--${boundary}--\r\n`),
    ]);
    const headers = {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    };
    return this.ask('POST', `${WES}/runs`, { tenant, headers, body });
  }

  /** The id of a run that is taken. */
  async start(submission: Submission): Promise<string> {
    return runIdOf(await this.submit(submission));
  }

  async state(run: string, question: Question = {}): Promise<string> {
    const { state = '' } = await this.read<RunStatus>(`${WES}/runs/${run}/status`, question);
    return state;
  }

  log(run: string, question: Question = {}): Promise<RunLog> {
    return this.read<RunLog>(`${WES}/runs/${run}`, question);
  }

  async tasks(run: string): Promise<readonly TaskLog[]> {
    const all: TaskLog[] = [];
    let token = '';
    do {
      const query = token === '' ? '' : `?page_token=${encodeURIComponent(token)}`;
      const page = await this.read<{ task_logs?: readonly TaskLog[]; next_page_token?: string }>(
        `${WES}/runs/${run}/tasks${query}`,
      );
      all.push(...(page.task_logs ?? []));
      token = page.next_page_token ?? '';
    } while (token !== '' && all.length < 1000);
    return all;
  }

  /** The state of a run once it is as wanted; throws if that is not in time. */
  async until(run: string, wanted: readonly string[], question: Question = {}): Promise<string> {
    const state = await this.poll(
      () => this.state(run, question),
      (one) => wanted.includes(one) || FINAL.includes(one),
    );
    if (!wanted.includes(state)) throw new TargetFailure(`the run became ${state}, expected ${wanted.join(' or ')}`);
    return state;
  }

  /** A run from its submission to COMPLETE. */
  async complete(submission: Submission): Promise<string> {
    const run = await this.start(submission);
    const { tenant } = submission;
    await this.until(run, ['COMPLETE'], { ...(tenant !== undefined && { tenant }) });
    return run;
  }

  cancel(run: string, question: Question = {}): Promise<HttpAnswer> {
    return this.ask('POST', `${WES}/runs/${run}/cancel`, question);
  }

  /** Looks until it is as wanted, ever less often. */
  async poll<Seen>(look: () => Promise<Seen>, isWanted: (seen: Seen) => boolean, limitMs = this.patienceMs) {
    const end = performance.now() + limitMs;
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(SLOWEST_POLL_MS, pause * 1.5)) {
      const seen = await look();
      if (isWanted(seen)) return seen;
      if (performance.now() > end) {
        throw new TargetFailure(`after ${Math.round(limitMs)} ms it is still ${shown(JSON.stringify(seen))}`);
      }
      await delay(pause);
    }
  }

  /** Id of the process of a chain, as it is listed. */
  async processOf(chain: Chain): Promise<string> {
    const { processes = [] } = await this.read<{ processes?: readonly { id?: string }[] }>(`${OGC}/processes`);
    const { model, label } = chain;
    const found = processes.find(({ id = '' }) => id.includes(model) && id.endsWith(`.${label}`));
    if (found?.id === undefined) throw new TargetFailure(`no process is listed for the chain ${label}`);
    return found.id;
  }

  /** Execution of a process, whatever comes of it. */
  async execute(submission: Submission & { readonly process?: string }): Promise<HttpAnswer> {
    const { chain = CHAINS.dose, studies, parameters = {}, tenant = 'first', callbacks, idempotencyKey } = submission;
    const process = submission.process ?? (await this.processOf(chain));
    const body = JSON.stringify({
      inputs: {
        studies: studies.map(({ bytes, mediaType }) => ({
          value: bytes.toString('base64'),
          encoding: 'base64',
          mediaType,
        })),
        ...parameters,
      },
      ...(callbacks !== undefined && { subscriber: callbacks }),
    });
    const headers = {
      ...{ 'content-type': 'application/json', prefer: 'respond-async' },
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    };
    return this.ask('POST', `${OGC}/processes/${encodeURIComponent(process)}/execution`, { tenant, headers, body });
  }

  /** Id of a job that is taken. */
  async startJob(submission: Submission): Promise<string> {
    const answer = await this.execute(submission);
    if (answer.status !== 201) throw new TargetFailure(`the execution: expected status 201, got ${answer.status}`);
    const { jobID, id } = parsed<{ jobID?: string; id?: string }>(answer.body, 'the execution');
    const location = answer.headers.location ?? '';
    const job = jobID ?? id ?? '';
    if (job === '') throw new TargetFailure('the answer to the execution names no job');
    if (!location.endsWith(`/jobs/${job}`)) throw new TargetFailure('the header Location does not lead to the job');
    return job;
  }

  job(job: string): Promise<StatusInfo> {
    return this.read<StatusInfo>(`${OGC}/jobs/${job}`);
  }

  async untilJob(job: string, wanted: string): Promise<StatusInfo> {
    const info = await this.poll(
      () => this.job(job),
      ({ status = '' }) => status === wanted || OGC_FINAL.includes(status),
    );
    if (info.status !== wanted) throw new TargetFailure(`the job became ${info.status}, expected ${wanted}`);
    return info;
  }

  /** Questions that the runtime has seen until now. */
  get asked(): number {
    return this.target.runtime.questions.length;
  }

  /** Until the runtime is asked about a study. */
  async untilAsked(key: string, from: number) {
    const question = await this.target.runtime.waitFor((one) => one.key === key, { from, withinMs: this.patienceMs });
    if (question === undefined) throw new TargetFailure('the runtime was not asked about an item');
    return question;
  }
}

export function runIdOf({ status, body }: HttpAnswer): string {
  if (status !== 200) throw new TargetFailure(`the submission: expected status 200, got ${status}`);
  const { run_id: run = '' } = parsed<RunStatus>(body, 'the submission');
  if (run === '') throw new TargetFailure('the answer to the submission names no run');
  return run;
}

export function parsed<Answer>(body: Buffer, what: string): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch {
    throw new TargetFailure(`${what}: the answer is no JSON`);
  }
  if (typeof answer !== 'object' || answer === null) throw new TargetFailure(`${what}: the answer is no object`);
  return answer as Answer;
}

/** Refused for what the caller sent: neither taken nor a fault of the service. */
export function checkRefused({ status }: HttpAnswer, what: string, statuses: readonly number[] = [400]): void {
  if (!statuses.includes(status)) {
    throw new TargetFailure(`${what}: expected status ${statuses.join(' or ')}, got ${status}`);
  }
}

const disposition = (name: string, file?: string): string =>
  `content-disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}`;

const LONGEST_SHOWN = 160;
const shown = (text = ''): string => text.slice(0, LONGEST_SHOWN);
