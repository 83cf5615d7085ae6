import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { runtimeV1 } from '@deephealth/proto';
import { createRuntimeClient, DeepHealthError, type RuntimeClient, readInputFile, sha256 } from '@deephealth/sdk';
import type { ChainSettings, ChainTenant } from '../../chain/write-chain-folder.js';
import { invalid, notFound, statusOf } from './chain-refusals.js';
import { ReferenceCallbacks } from './reference-callbacks.js';
import { ReferenceChainStore } from './reference-chain-store.js';
import { ReferenceCleaner } from './reference-cleaner.js';
import type { ReferenceOgc } from './reference-ogc.js';
import { digestOf, type PartItem, type ReferencePart, ReferenceResults } from './reference-results.js';
import { FINAL_STATES, type ReferenceRun, type ReferenceTask, type RunWish } from './reference-run.js';
import type { ReferenceWes } from './reference-wes.js';
import { type ChainParameter, chunksOf, describedInputs, readChains, type ServedChain } from './served-chain.js';

/** What the service is made of; a mutant replaces one. */
export interface ChainParts {
  readonly Cleaner?: typeof ReferenceCleaner;
  readonly Results?: typeof ReferenceResults;
  readonly Callbacks?: typeof ReferenceCallbacks;
  readonly Service?: typeof ReferenceChains;
  readonly Wes?: typeof ReferenceWes;
  readonly Ogc?: typeof ReferenceOgc;
}

const RETRY_MS = 100;

/**
 * Runs of chains in their plainest form, over files: one after the other in each run, item by item. Each behaviour is a
 * method of its own, so that a mutant can change one of them and nothing else.
 */
export class ReferenceChains {
  readonly settings: ChainSettings;
  readonly chains: readonly ServedChain[];
  readonly store: ReferenceChainStore;
  readonly cleaner: ReferenceCleaner;
  readonly results: ReferenceResults;
  readonly callbacks: ReferenceCallbacks;
  readonly client: RuntimeClient;
  /** By their ids, in the order in which they came. */
  readonly runs = new Map<string, ReferenceRun>();
  readonly working = new Map<string, AbortController>();
  /** How often a runtime that is away is asked. */
  readonly tries: number = 40;
  /** What it has written. */
  readonly log: string[] = [];

  constructor(settings: ChainSettings, runtime: string, parts: ChainParts = {}) {
    const { Cleaner = ReferenceCleaner, Results = ReferenceResults, Callbacks = ReferenceCallbacks } = parts;
    this.settings = settings;
    this.chains = settings.packages.flatMap(readChains);
    this.store = new ReferenceChainStore(settings.stateFolder);
    this.cleaner = new Cleaner();
    this.results = new Results();
    this.callbacks = new Callbacks(settings.callbackHosts);
    this.client = createRuntimeClient({ address: runtime });
    for (const run of this.store.all()) this.runs.set(run.id, run);
  }

  /** Goes on with what was under way when an earlier process ended. */
  resume(): void {
    for (const run of this.runs.values()) if (!FINAL_STATES.includes(run.state)) this.begin(run);
  }

  /** As if the process were killed: nothing is written any more, and calls end. */
  die(): void {
    this.store.isDead = true;
    for (const controller of this.working.values()) controller.abort();
    this.client.close();
  }

  stop(): void {
    this.die();
  }

  tenantOf(authorization = ''): ChainTenant {
    const key = authorization.replace(/^Bearer /, '');
    const found = this.settings.tenants.find((tenant) => isEqual(tenant.key, key));
    if (found === undefined)
      throw new DeepHealthError('DH_CALLER_UNAUTHENTICATED', 'The call carries no key that is known here.');
    return found;
  }

  submit(wish: RunWish): ReferenceRun {
    const chain = this.chainOf(wish.chain);
    const parameters = this.checkParameters(chain, wish.parameters);
    if (wish.inputs.length === 0) throw invalid('studies', 'at least one file');
    for (const url of Object.values(wish.callbacks ?? {})) this.callbacks.check(url);
    const fingerprint = this.fingerprintOf(wish);
    const same = this.sameKey(wish);
    if (same !== undefined) {
      this.checkSame(same, fingerprint);
      return same;
    }
    this.checkQuota(wish.tenant);
    const run: ReferenceRun = {
      id: this.newId(),
      sequence: this.runs.size + 1,
      ...{ tenant: wish.tenant, chain: chain.id, packageSha256: chain.packageSha256, parameters },
      ...{ request: wish.request, fingerprint, itemCount: wish.inputs.length, state: 'QUEUED', progress: 0 },
      ...(wish.idempotencyKey !== undefined && { idempotencyKey: wish.idempotencyKey }),
      ...(wish.callbacks !== undefined && { callbacks: wish.callbacks }),
      checksums: wish.inputs.map(({ checksum }) => checksum),
      submittedAt: new Date().toISOString(),
      tasks: [],
    };
    for (const [index, { bytes }] of wish.inputs.entries()) this.store.write(run.id, `inputs/${index}`, bytes);
    this.runs.set(run.id, run);
    this.store.save(run);
    this.begin(run);
    return run;
  }

  newId(): string {
    return randomBytes(16).toString('hex');
  }

  chainOf(id: string): ServedChain {
    const found = this.chains.find((chain) => chain.id === id);
    if (found === undefined) throw new DeepHealthError('DH_WORKFLOW_UNSUPPORTED', 'There is no such chain.');
    return found;
  }

  checkParameters(chain: ServedChain, given: Readonly<Record<string, unknown>>): Record<string, number | boolean> {
    const values: Record<string, number | boolean> = {};
    for (const { name, default: value } of chain.parameters) if (value !== undefined) values[name] = value;
    for (const [name, value] of Object.entries(given)) {
      const declared = chain.parameters.find((one) => one.name === name);
      if (declared === undefined) throw invalid(name, 'a parameter of the chain');
      values[name] = this.checkValue(declared, value);
    }
    return values;
  }

  checkValue({ name, minimum = -Infinity, maximum = Infinity }: ChainParameter, value: unknown): number {
    if (typeof value !== 'number' || !Number.isInteger(value)) throw invalid(name, 'a whole number');
    if (value < minimum || value > maximum) throw invalid(name, 'a number within its limits');
    return value;
  }

  fingerprintOf({ chain, parameters, inputs }: RunWish): string {
    return digestOf(JSON.stringify([chain, parameters, inputs.map(({ bytes }) => sha256(bytes))]));
  }

  sameKey({ tenant, idempotencyKey }: RunWish): ReferenceRun | undefined {
    if (idempotencyKey === undefined) return undefined;
    return [...this.runs.values()].find((run) => run.tenant === tenant && run.idempotencyKey === idempotencyKey);
  }

  checkSame(run: ReferenceRun, fingerprint: string): void {
    if (run.fingerprint !== fingerprint) {
      throw new DeepHealthError('DH_RUN_CONFLICT', 'The idempotency key was used for another request.');
    }
  }

  checkQuota(name: string): void {
    const { maxActiveRuns = Infinity } = this.settings.tenants.find((tenant) => tenant.name === name) ?? {};
    const active = [...this.runs.values()].filter((run) => run.tenant === name && !FINAL_STATES.includes(run.state));
    if (active.length >= maxActiveRuns) {
      throw new DeepHealthError('DH_RUN_QUOTA_EXCEEDED', 'The tenant has as many runs as it may have.', {
        retryAfterMs: 1000,
      });
    }
  }

  get(tenant: string, id: string): ReferenceRun {
    const run = this.runs.get(id);
    if (run === undefined || run.tenant !== tenant) throw notFound();
    return run;
  }

  /** Newest first, those before `before` in their order of coming. */
  list(tenant: string, count: number, before = Infinity): ReferenceRun[] {
    const own = [...this.runs.values()].filter((run) => run.tenant === tenant && run.sequence < before);
    return own.reverse().slice(0, count);
  }

  counts(tenant: string): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const run of this.runs.values()) if (run.tenant === tenant) counts[run.state] = (counts[run.state] ?? 0) + 1;
    return counts;
  }

  cancel(tenant: string, id: string): ReferenceRun {
    const run = this.get(tenant, id);
    if (FINAL_STATES.includes(run.state)) return run;
    this.enter(run, 'CANCELING');
    this.working.get(id)?.abort();
    return run;
  }

  artefact(tenant: string, id: string, path: string): Buffer {
    const run = this.get(tenant, id);
    const bytes = /^[\w.-]+(?:\/[\w.-]+)*$/.test(path) && !path.includes('..') ? this.resultFile(run, path) : undefined;
    if (bytes === undefined)
      throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', 'The run has no artefact of this name.');
    return bytes;
  }

  resultFile(run: ReferenceRun, path: string): Buffer | undefined {
    return run.state === 'COMPLETE' ? this.store.read(run.id, `result/${path}`) : undefined;
  }

  /** Paths of what came of a run. */
  artefactsOf({ id, state }: ReferenceRun): string[] {
    if (state !== 'COMPLETE') return [];
    const sums = this.store.read(id, 'result/SHA256SUMS')?.toString('utf8') ?? '';
    const named = sums.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(66)]));
    return [...named, 'SHA256SUMS', 'ro-crate-metadata.json'];
  }

  begin(run: ReferenceRun): void {
    const controller = new AbortController();
    this.working.set(run.id, controller);
    this.work(run, controller.signal)
      .catch((thrown: unknown) => this.fail(run, DeepHealthError.from(thrown)))
      .finally(() => this.working.delete(run.id));
  }

  async work(run: ReferenceRun, signal: AbortSignal): Promise<void> {
    const chain = this.chainOf(run.chain);
    run.startedAt ??= new Date().toISOString();
    if (run.state === 'CANCELING') throw new DeepHealthError('DH_RUN_CANCELED', 'The run was cancelled.');
    if (run.state === 'QUEUED') this.enter(run, 'INITIALIZING');
    // Whoever submitted it has its answer first.
    await delay(0);
    const staged = await this.task(run, 'stage-in', async () => this.stage(run, chain));
    if (signal.aborted) throw new DeepHealthError('DH_RUN_CANCELED', 'The run was cancelled.');
    this.enter(run, 'RUNNING');
    this.callbacks.tell(run.callbacks?.inProgress, this.told(run));
    const chunks = chunksOf(staged, chain.itemsPerChunk);
    const parts: ReferencePart[] = [];
    for (const [index, items] of chunks.entries()) {
      const name = `chunk-${String(index).padStart(5, '0')}`;
      parts.push(await this.task(run, name, () => this.chunk(run, chain, name, items, signal)));
      if (signal.aborted) throw new DeepHealthError('DH_RUN_CANCELED', 'The run was cancelled.');
      this.advance(run, Math.floor((99 * (index + 1)) / chunks.length));
    }
    await this.task(run, 'merge', async () => this.merge(run, parts, staged));
    this.end(run);
  }

  advance(run: ReferenceRun, progress: number): void {
    run.progress = Math.max(run.progress, progress);
    this.store.save(run);
  }

  end(run: ReferenceRun): void {
    run.progress = 100;
    this.finish(run, 'COMPLETE');
  }

  async task<Made>(run: ReferenceRun, name: string, make: () => Promise<Made>): Promise<Made> {
    const known = run.tasks.find((task) => task.name === name);
    const task: ReferenceTask = known ?? { name, state: 'RUNNING' };
    if (known === undefined) run.tasks.push(task);
    task.startedAt ??= new Date().toISOString();
    task.state = 'RUNNING';
    this.store.save(run);
    try {
      const made = await make();
      task.state = 'COMPLETE';
      return made;
    } catch (thrown) {
      task.state = 'EXECUTOR_ERROR';
      throw thrown;
    } finally {
      task.endedAt ??= new Date().toISOString();
    }
  }

  /** Paths of the cleaned copies. */
  async stage(run: ReferenceRun, chain: ServedChain): Promise<string[]> {
    const known = this.store.read(run.id, 'staged/items.json');
    if (known !== undefined) return JSON.parse(known.toString('utf8')) as string[];
    const inputs = Array.from({ length: run.itemCount }, (_, index) => this.store.read(run.id, `inputs/${index}`));
    for (const [index, bytes = Buffer.alloc(0)] of inputs.entries()) this.checkSum(bytes, run.checksums[index]);
    const staged = inputs.map((bytes = Buffer.alloc(0), index) => {
      const item = `item-${String(index + 1).padStart(6, '0')}`;
      const cleaned = this.cleaner.clean(bytes, chain.mediaTypes, chain.manifest, item);
      this.store.write(run.id, `staged/${item}.${cleaned.extension}`, cleaned.bytes);
      return `staged/${item}.${cleaned.extension}`;
    });
    this.store.write(run.id, 'staged/items.json', Buffer.from(JSON.stringify(staged)));
    this.store.remove(run.id, 'inputs');
    return staged;
  }

  checkSum(bytes: Buffer, checksum: string | undefined): void {
    if (checksum === undefined) return;
    const [algorithm = '', digest] = checksum.split('$');
    if (!['sha1', 'sha256'].includes(algorithm) || createHash(algorithm).update(bytes).digest('hex') !== digest) {
      throw new DeepHealthError('DH_CHAIN_INPUT_CHANGED', 'An input does not have the checksum that was stated.');
    }
  }

  async chunk(
    run: ReferenceRun,
    chain: ServedChain,
    name: string,
    staged: readonly string[],
    signal: AbortSignal,
  ): Promise<ReferencePart> {
    const known = this.store.read(run.id, `parts/${name}.json`);
    if (known !== undefined) return JSON.parse(known.toString('utf8')) as ReferencePart;
    const items: PartItem[] = [];
    for (const path of staged) items.push(await this.item(run, chain, path, signal));
    const part: ReferencePart = { items };
    this.store.write(run.id, `parts/${name}.json`, Buffer.from(JSON.stringify(part)));
    return part;
  }

  async item(run: ReferenceRun, chain: ServedChain, path: string, signal: AbortSignal): Promise<PartItem> {
    const item = path.replace(/^staged\/(.*)\.\w+$/, '$1');
    const inputSha256 = sha256(this.store.read(run.id, path) ?? Buffer.alloc(0));
    const head = { item, inputSha256, regions: {}, findings: [] };
    try {
      const answer = await this.ask(run, chain, path, signal);
      this.checkAnswer(run, answer);
      const regions = Object.fromEntries(
        answer.findings.flatMap(({ name, mask }) =>
          mask?.labels ? [[name, Buffer.from(mask.labels.data).toString('base64')]] : [],
        ),
      );
      const findings = answer.findings.map(({ name, mask, regression }) =>
        mask ? { name, mask: { labels: { file: `files/${item}/${name}.bin` } } } : { name, regression },
      );
      return { ...head, regions, findings, ...(answer.provenance && { provenance: answer.provenance }) };
    } catch (thrown) {
      const error = DeepHealthError.from(thrown);
      if (!chain.records || statusOf(error) !== 'INVALID_ARGUMENT') throw error;
      return { ...head, error: { code: error.code, message: error.message } };
    }
  }

  /** A runtime that is away is asked again for a while. */
  async ask(
    run: ReferenceRun,
    chain: ServedChain,
    path: string,
    signal: AbortSignal,
  ): Promise<runtimeV1.PredictResponse__Output> {
    const inputs = await readInputFile(this.store.path(run.id, path), describedInputs(chain.manifest) as never);
    const request = this.request(run, chain, inputs);
    for (let tries = 1; ; tries++) {
      try {
        return await this.client.predict(request, { signal, deadlineMs: this.deadlineMs(chain) });
      } catch (thrown) {
        if (signal.aborted || statusOf(DeepHealthError.from(thrown)) !== 'UNAVAILABLE' || tries >= this.tries)
          throw thrown;
        await delay(RETRY_MS);
      }
    }
  }

  deadlineMs({ timeLimitS }: ServedChain): number {
    return timeLimitS * 1000;
  }

  request(
    { packageSha256 }: ReferenceRun,
    { manifest }: ServedChain,
    inputs: runtimeV1.NamedInput[],
  ): runtimeV1.PredictRequest {
    return {
      ...{
        requestId: randomBytes(8).toString('hex'),
        modelName: manifest.name,
        modelVersion: manifest.version,
        inputs,
      },
      ...{ expectedPackageSha256: packageSha256, priority: 'PRIORITY_BATCH' as const },
    };
  }

  checkAnswer({ packageSha256 }: ReferenceRun, { provenance }: runtimeV1.PredictResponse__Output): void {
    if (provenance?.packageSha256 !== packageSha256) {
      throw new DeepHealthError('DH_PACKAGE_DIGEST_MISMATCH', 'The answer is of another package than the run.');
    }
  }

  merge(run: ReferenceRun, parts: readonly ReferencePart[], staged: readonly string[]): void {
    const files = this.results.merge(run, parts);
    const inputs = staged.map((path) => sha256(this.store.read(run.id, path) ?? Buffer.alloc(0)));
    const crate = Buffer.from(JSON.stringify(this.results.crate(run, files, inputs)));
    for (const [path, bytes] of files) this.store.write(run.id, `result/${path}`, bytes);
    this.store.write(run.id, 'result/ro-crate-metadata.json', crate);
  }

  fail(run: ReferenceRun, error: DeepHealthError): void {
    if (this.store.isDead) return;
    if (run.state === 'CANCELING') {
      this.finish(run, 'CANCELED');
      return;
    }
    run.failure = { code: error.code, message: this.reasonOf(error) };
    this.say(`run ${run.id} failed: ${error.code}`);
    this.finish(run, this.failedState(error));
  }

  reasonOf({ code, message }: DeepHealthError): string {
    return `${code}: ${message}`;
  }

  failedState(error: DeepHealthError): string {
    const isOurs = error.code === 'DH_CHAIN_INPUT_CHANGED' || statusOf(error) === 'UNAVAILABLE';
    return isOurs ? 'SYSTEM_ERROR' : 'EXECUTOR_ERROR';
  }

  finish(run: ReferenceRun, state: string): void {
    run.endedAt = new Date().toISOString();
    this.enter(run, state);
    const { success, failed } = run.callbacks ?? {};
    if (state === 'COMPLETE') this.callbacks.tell(success, this.resultsOf(run));
    else this.callbacks.tell(failed, this.told(run));
  }

  /** What a callback is told of a run. */
  told({ id, state }: ReferenceRun): object {
    return { jobID: id, type: 'process', status: state === 'RUNNING' ? 'running' : 'failed' };
  }

  resultsOf(run: ReferenceRun): object {
    return Object.fromEntries(this.artefactsOf(run).map((path) => [path, { title: path }]));
  }

  enter(run: ReferenceRun, state: string): void {
    run.state = state;
    this.store.save(run);
  }

  say(line: string): void {
    this.log.push(line);
  }
}

function isEqual(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
