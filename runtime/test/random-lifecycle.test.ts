import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nativeStatus } from '@deephealth/native';
import type { ModelVersion } from '@deephealth/runtime';
import { DeepHealthError } from '@deephealth/sdk';
import { buildTestPackage, seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { eventually, reached } from './eventually.js';
import { startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';
import { ENDLESS, timed, timedPackageOf } from './timed-model.js';

// A seed decides what is done, in which order; what meets what is up to the machine.
const SEEDS = process.env.DEEPHEALTH_RANDOM_SEED ? [Number(process.env.DEEPHEALTH_RANDOM_SEED)] : [1, 2];
const STEPS = 20;
const KILLS_PER_VERSION = 3;

type Rule = 'READY' | 'DISCOVERED' | 'UNLOADED' | 'ABSENT';

/** What the rules say of one version, from one moment on. */
interface Fact {
  readonly from: number;
  readonly rule: Rule;
  /** What a READY version adds to its input. */
  readonly offset: number;
}

/** Something that was done to a version; requests that meet it may end as it allows. */
interface Deed {
  readonly version: string;
  readonly what: 'load' | 'unload' | 'kill' | 'rescan';
  readonly from: number;
  to: number;
}

interface Outcome {
  readonly asked: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly mayCancel: boolean;
  readonly mayExpire: boolean;
  readonly result: { readonly offset: number; readonly version: string } | DeepHealthError;
}

/** The rules, as far as a caller can see them: what a version may answer between two moments. */
class Rules {
  readonly #facts = new Map<string, Fact[]>();
  readonly #deeds: Deed[] = [];
  #now = 0;

  get now(): number {
    return this.#now;
  }

  get versions(): string[] {
    return [...this.#facts.keys()];
  }

  is(version: string): Fact {
    return this.#facts.get(version)?.at(-1) ?? { from: 0, rule: 'ABSENT', offset: 0 };
  }

  set(version: string, rule: Rule, offset = this.is(version).offset): void {
    const facts = this.#facts.get(version) ?? [];
    this.#facts.set(version, facts);
    facts.push({ from: this.#now, rule, offset });
  }

  begin(what: Deed['what'], version: string): Deed {
    const deed = { version, what, from: ++this.#now, to: Number.POSITIVE_INFINITY };
    this.#deeds.push(deed);
    return deed;
  }

  end(deed: Deed): void {
    deed.to = ++this.#now;
  }

  /** Facts that held at some moment between the two; before the first one, a version is absent. */
  #between(version: string, from: number, to: number): Fact[] {
    const facts: Fact[] = [{ from: -1, rule: 'ABSENT', offset: 0 }, ...(this.#facts.get(version) ?? [])];
    return facts.filter((fact, i) => fact.from <= to && (facts[i + 1]?.from ?? Number.POSITIVE_INFINITY) >= from);
  }

  /** Why the outcome breaks the rules; undefined if it does not. */
  objection({ asked, from, to, mayCancel, mayExpire, result }: Outcome): string | undefined {
    const met = this.#deeds.filter((deed) => deed.from <= to && deed.to >= from);
    const concerned = asked === '' ? this.versions : [asked];
    const facts = concerned.flatMap((version) => this.#between(version, from, to));
    if (!(result instanceof DeepHealthError)) {
      if (asked !== '' && result.version !== asked) return `version ${result.version} answered`;
      const ready = this.#between(result.version, from, to).filter(({ rule }) => rule === 'READY');
      // A version that is being loaded answers before its load is.
      const isRight = ready.some(({ offset }) => offset === result.offset);
      return isRight ? undefined : `version ${result.version} added ${result.offset}, and may not have`;
    }
    const meets = (...what: Deed['what'][]) =>
      met.some((deed) => what.includes(deed.what) && concerned.includes(deed.version));
    const holds = (rule: Rule) => facts.some((fact) => fact.rule === rule);
    const allowed: Record<string, boolean> = {
      DH_CANCELLED: mayCancel,
      DH_DEADLINE_EXCEEDED: mayExpire,
      DH_MODEL_HOST_LOST: meets('kill'),
      DH_MODEL_NOT_READY: holds('DISCOVERED') || meets('load', 'unload', 'rescan'),
      DH_MODEL_UNLOADED: holds('UNLOADED') || meets('unload', 'rescan'),
      // One that has just been published is unknown until the look at the store has come to it.
      DH_MODEL_VERSION_NOT_FOUND: asked !== '' && (holds('ABSENT') || holds('DISCOVERED')),
      DH_MODEL_NOT_FOUND: concerned.every((version) =>
        this.#between(version, from, to).some((f) => f.rule === 'ABSENT'),
      ),
    };
    // Without a version, a request goes to one that serves, if there is one all the time.
    const serves = (version: string) => this.#between(version, from, to).every(({ rule }) => rule === 'READY');
    const isCalm = asked === '' && met.length === 0 && this.versions.some(serves);
    if (isCalm && !mayCancel && !mayExpire) return `${result.code}, and one serves all the time`;
    return allowed[result.code] === true ? undefined : `${result.code}: ${result.message}`;
  }
}

class Life {
  readonly #random: () => number;
  /** What callers do is drawn apart, so that it does not change what is done. */
  readonly #callers: () => number;
  readonly #rules = new Rules();
  readonly #test: TestServer;
  readonly #kills = new Map<string, number>();
  readonly #open = new Set<Promise<void>>();
  readonly outcomes: Outcome[] = [];
  #asked = 0;
  #published = 0;
  #isOver = false;
  #isQuiet = false;

  constructor(test: TestServer, seed: number) {
    this.#test = test;
    this.#random = seededRandom(seed);
    this.#callers = seededRandom(1000 + seed);
  }

  async run(): Promise<void> {
    this.#publish();
    this.#publish();
    await this.#rescan();
    const callers = this.#call();
    try {
      for (let step = 0; step < STEPS; step++) await this.#deed();
    } finally {
      this.#isOver = true;
    }
    await callers;
    await Promise.all(this.#open);
    await this.#expectRest();
  }

  /** Callers who ask all the time, whatever is done. */
  async #call(): Promise<void> {
    while (!this.#isOver) {
      if (!this.#isQuiet && this.#open.size < 20) this.#predict();
      await new Promise((resolve) => setTimeout(resolve, this.#callers() * 20));
    }
  }

  #model(version: string): ModelVersion {
    return this.#test.server.store.find('timed', version);
  }

  #with(...rules: Rule[]): string[] {
    return this.#rules.versions.filter((version) => rules.includes(this.#rules.is(version).rule));
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  /** One thing that an operator or the world does. */
  async #deed(): Promise<void> {
    const present = this.#with('READY', 'DISCOVERED', 'UNLOADED');
    const ready = this.#with('READY');
    const dice = this.#random();
    if (dice < 0.22 && present.length > 0) await this.#load(this.#pick(present));
    else if (dice < 0.44 && present.length > 0) await this.#unload(this.#pick(present));
    else if (dice < 0.62 && ready.length > 0) await this.#kill(this.#pick(ready));
    else if (dice < 0.7 && ready.length > 0) await this.#hang(this.#pick(ready));
    else if (dice < 0.78 && this.#published < 4) {
      this.#publish();
      await this.#rescan();
    } else if (dice < 0.84 && ready.length > 0) await this.#change(this.#pick(ready));
    else if (dice < 0.88 && present.length > 1) await this.#remove(this.#pick(present));
    else await new Promise((resolve) => setTimeout(resolve, this.#random() * 60));
  }

  #oneOf<T>(from: readonly T[]): T {
    return from[Math.floor(this.#callers() * from.length)] as T;
  }

  /** A request for one version or the default one, of up to some 40 ms; some callers leave before its end. */
  #predict(): void {
    const mark = ++this.#asked;
    const which = this.#callers();
    const asked = which < 0.55 ? '' : which < 0.95 ? this.#oneOf(this.#rules.versions) : '99';
    const mayCancel = this.#callers() < 0.2;
    const mayExpire = !mayCancel && this.#callers() < 0.2;
    const abort = new AbortController();
    const patienceMs = this.#callers() * 80;
    const request = {
      modelName: 'timed',
      modelVersion: asked,
      priority: this.#oneOf(['PRIORITY_STAT', 'PRIORITY_ROUTINE', 'PRIORITY_BATCH'] as const),
      inputs: [tensorInput('x', timed(this.#callers() * 0.4, mark))],
    };
    const from = this.#rules.now;
    if (mayCancel) setTimeout(() => abort.abort(), patienceMs);
    const settle = (result: Outcome['result']) => {
      this.outcomes.push({ asked, value: mark, from, to: this.#rules.now, mayCancel, mayExpire, result });
    };
    const call = this.#test.client
      .predict(request, { signal: abort.signal, deadlineMs: mayExpire ? 5 + patienceMs : 30_000 })
      .then(
        (response) => {
          const offset = (valuesOf(response)[0] as number) - mark;
          settle({ offset, version: response.provenance?.modelVersion as string });
        },
        (error: DeepHealthError) => settle(error),
      )
      .finally(() => this.#open.delete(call));
    this.#open.add(call);
  }

  async #load(version: string): Promise<void> {
    const deed = this.#rules.begin('load', version);
    this.#rules.set(version, 'READY');
    await this.#test.client.loadModel('timed', version);
    this.#rules.end(deed);
  }

  async #unload(version: string): Promise<void> {
    const deed = this.#rules.begin('unload', version);
    await this.#test.client.unloadModel('timed', version);
    this.#rules.set(version, 'UNLOADED');
    this.#rules.end(deed);
  }

  async #kill(version: string): Promise<void> {
    const kills = this.#kills.get(version) ?? 0;
    const model = this.#model(version);
    if (kills >= KILLS_PER_VERSION || model.state !== 'READY') return;
    this.#kills.set(version, kills + 1);
    const deed = this.#rules.begin('kill', version);
    const gone = reached(model, 'VERIFYING');
    process.kill(model.hostPid as number, 'SIGKILL');
    await gone;
    this.#rules.end(deed);
  }

  /** A run that does not end, whose caller leaves: it is stopped, or its host replaced. */
  async #hang(version: string): Promise<void> {
    this.#isQuiet = true;
    await Promise.all(this.#open);
    const model = this.#model(version);
    await reached(model, 'READY');
    // A request whose caller has left may still run.
    await eventually('nothing runs', () => model.running + model.queueLength === 0);
    const restarts = model.hostRestarts;
    const deed = this.#rules.begin('kill', version);
    const inputs = [tensorInput('x', timed(ENDLESS, ++this.#asked))];
    const abort = new AbortController();
    const request = { modelName: 'timed', modelVersion: version, inputs };
    const code = this.#test.client.predict(request, { signal: abort.signal }).then(
      () => 'answered',
      (error: DeepHealthError) => error.code,
    );
    await eventually('it runs', () => model.running === 1);
    abort.abort();
    expect(await code).toBe('DH_CANCELLED');
    if (nativeStatus().isLoaded) {
      await eventually('the run is stopped', () => model.running === 0);
      expect(model.hostRestarts).toBe(restarts);
    } else await eventually('the host is replaced', () => model.hostRestarts === restarts + 1);
    await reached(model, 'READY');
    this.#rules.end(deed);
    this.#isQuiet = false;
  }

  /** Writes the next version into the store. */
  #publish(): void {
    this.#published += 1;
    const version = String(this.#published);
    buildTestPackage(this.#test.store, timedPackageOf({ version, offset: this.#published * 1000 }));
    this.#rules.set(version, 'DISCOVERED', this.#published * 1000);
  }

  /** New files for a version that serves. */
  async #change(version: string): Promise<void> {
    await reached(this.#model(version), 'READY');
    const offset = this.#rules.is(version).offset + 100;
    const deed = this.#rules.begin('rescan', version);
    // Beside the store and then into it: a host that starts meanwhile sees the old files or the new ones.
    buildTestPackage(join(this.#test.store, '.new'), timedPackageOf({ version, offset }));
    renameSync(join(this.#test.store, 'timed', version), join(this.#test.store, '.old'));
    renameSync(join(this.#test.store, '.new', 'timed', version), join(this.#test.store, 'timed', version));
    rmSync(join(this.#test.store, '.old'), { recursive: true });
    this.#rules.set(version, 'READY', offset);
    await this.#rescan();
    this.#rules.end(deed);
  }

  async #remove(version: string): Promise<void> {
    const deed = this.#rules.begin('rescan', version);
    rmSync(join(this.#test.store, 'timed', version), { recursive: true });
    await this.#rescan();
    this.#rules.set(version, 'ABSENT');
    this.#rules.end(deed);
  }

  /** Two looks, as files count once they are the same at both. A change brings everything new in. */
  async #rescan(): Promise<void> {
    const loading = this.#with('DISCOVERED').map((version) => this.#rules.begin('load', version));
    for (const { version } of loading) this.#rules.set(version, 'READY');
    await this.#test.server.store.poll();
    await this.#test.server.store.poll();
    for (const deed of loading) this.#rules.end(deed);
  }

  /** When nothing is done any more, everything is as the rules say, and nothing is left over. */
  async #expectRest(): Promise<void> {
    const { store } = this.#test.server;
    for (const version of this.#with('READY')) await reached(this.#model(version), 'READY');
    const states = Object.fromEntries(store.versions('timed').map((model) => [model.version, model.state]));
    const rules = this.#with('READY', 'DISCOVERED', 'UNLOADED').map((v) => [v, this.#rules.is(v).rule] as const);
    expect(states).toEqual(Object.fromEntries(rules));
    for (const version of this.#with('READY')) {
      const inputs = [tensorInput('x', timed(0, 5))];
      const response = await this.#test.client.predict({ modelName: 'timed', modelVersion: version, inputs });
      expect(valuesOf(response)[0]).toBe(5 + this.#rules.is(version).offset);
    }
    for (const model of store.all()) expect([model.running, model.queueLength]).toEqual([0, 0]);
    const serving = this.#with('READY').length;
    await eventually('one process for each version that serves', () => hostProcesses() === serving);
    for (const outcome of this.outcomes) {
      const objection = this.#rules.objection(outcome);
      const { asked, value, from, to } = outcome;
      if (objection !== undefined)
        throw new Error(`request ${value} for "${asked}" from ${from} to ${to}: ${objection}`);
    }
  }
}

/** Model hosts of this process; what has ended and was not waited for is none. */
function hostProcesses(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim();
  return children.split(' ').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('host-main');
    } catch {
      return false;
    }
  }).length;
}

describe('a server that lives through random loads, unloads, deaths, changes and callers', () => {
  it.each(SEEDS)(
    'answers each request as the rules allow, and is as they say in the end (seed %i)',
    async (seed) => {
      const test = await startTestServer([], {
        repository: { mode: 'explicit' },
        // Long enough that no ordinary run of a caller who left is ended on a busy machine.
        limits: { abandonGraceMs: 500 },
        drainGraceMs: 5000,
      });
      const life = new Life(test, seed);
      try {
        await life.run();
      } catch (cause) {
        throw new Error(`seed ${seed} (DEEPHEALTH_RANDOM_SEED=${seed} runs it alone): ${(cause as Error).message}`, {
          cause,
        });
      } finally {
        await test.stop();
      }
      // A run in which nothing was answered would prove nothing. How many are depends on how busy the machine is.
      const answered = life.outcomes.filter(({ result }) => !(result instanceof DeepHealthError));
      expect(answered.length).toBeGreaterThan(life.outcomes.length / 10);
    },
    120_000,
  );
});
