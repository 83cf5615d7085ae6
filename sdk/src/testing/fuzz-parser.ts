import { setImmediate as nextTurn } from 'node:timers/promises';
import { keepInput, readKept } from './fuzz-corpus.js';
import { FuzzReport } from './fuzz-report.js';
import { type FuzzSettings, fuzzSettings, isAskedFor } from './fuzz-settings.js';
import { requireListed } from './fuzz-targets.js';
import { Finding, type InputPromise, judgeInput, judgeTwice, LIMIT_MS } from './judge-input.js';
import { liveMemory } from './live-memory.js';
import { minimiseInput } from './minimise-input.js';
import { mutateBytes } from './mutate-bytes.js';
import { ReachedCode } from './reached-code.js';
import { seededRandom } from './seeded-random.js';

export interface FuzzOptions extends InputPromise {
  /** What is read, as `fuzz/targets.json` and the report name it. */
  readonly parser: string;
  /** The same seed gives the same inputs. */
  readonly seed: number;
  /** Sound inputs, which are broken in turn. */
  readonly corpus: readonly Uint8Array[];
  /** Inputs, unless `DEEPHEALTH_FUZZ` says how many: as many as take about a quarter of a second. */
  readonly usual: number;
  /** Breaks a sound input. Default: mutateBytes. */
  mutate?(random: () => number, sound: Uint8Array): Buffer;
  /** Puts the broken bytes into what is read, such as a compressed file; they are read as they are by default. */
  wrap?(broken: Buffer): Buffer;
}

export interface FuzzOutcome {
  readonly inputs: number;
  readonly refused: number;
  /** Time of the processor. */
  readonly slowestMs: number;
  /** Bytes alive after the last input beyond those after the first tenth, which fills caches. */
  readonly liveGrowthBytes: number;
  /** The same of the resident memory of the process. */
  readonly residentGrowthBytes: number;
}

const LIVE_GROWTH_LIMIT_BYTES = 16 * 2 ** 20;
// Allocators keep what they were given; a leak of a few hundred bytes an input shows in a long run.
const RESIDENT_GROWTH_LIMIT_BYTES = 256 * 2 ** 20;
/** One input of so many is read twice more, which must come to the same. */
const REPEATED = 16;
/** Inputs that a guided run holds: more are never broken again. */
const MOST_HELD = 2000;

/**
 * Lets a parser read broken inputs, each of which must be read or refused: in time, with the same outcome again,
 * and without anything that stays. Throws for the first that is not, naming its round and, if it is small, the
 * input; and if a sound input is refused, before or after them. The kept inputs of its corpus are read first.
 * Inputs, seeds and the folder of outcomes are those of FuzzSettings; a run that writes outcomes makes its
 * finding smaller and saves it in the corpus.
 */
export async function fuzzParser(options: FuzzOptions): Promise<FuzzOutcome> {
  const settings = fuzzSettings();
  const { parser } = options;
  requireListed(settings.folder, parser);
  // Enough of both for what tests expect: whoever asks for some targets reads the outcomes.
  if (!isAskedFor(settings, parser)) return { inputs: 100, refused: 50, slowestMs: 0, ...NOTHING_GROWN };
  return new FuzzRun(options, settings).run();
}

/** How many inputs a fuzzing test reads: `DEEPHEALTH_FUZZ`, or those of every run of the tests. */
export function fuzzInputs(usual: number): number {
  return fuzzSettings().inputs ?? usual;
}

/** Time limit of such a test, in ms, on a machine that does other things too. */
export function fuzzTimeoutMs(usual: number): number {
  return 900_000 + 50 * fuzzInputs(usual) + 2000 * (fuzzSettings().seconds ?? 0);
}

/** From so many inputs on: what stays of fewer is lost among caches, and to collect takes longer than to read them. */
const MEASURED_INPUTS = 1000;
const NOTHING_MEASURED = { liveBytes: 0, residentBytes: 0 };
const NOTHING_GROWN = { liveGrowthBytes: 0, residentGrowthBytes: 0 };

class FuzzRun {
  readonly #options: FuzzOptions;
  readonly #settings: FuzzSettings;
  readonly #seed: number;
  readonly #report: FuzzReport | undefined;
  #pool: Uint8Array[];
  #reached: ReachedCode | undefined;
  #refused = 0;
  #slowestMs = 0;

  constructor(options: FuzzOptions, settings: FuzzSettings) {
    // Counting makes code slower, since less of it is compiled.
    const limitMs = (options.limitMs ?? LIMIT_MS) * (settings.isGuided ? 10 : 1);
    this.#options = { ...options, limitMs };
    this.#settings = settings;
    this.#seed = options.seed + 1_000_003 * settings.seed;
    this.#report = FuzzReport.open(settings.reportFolder);
    this.#pool = [...options.corpus];
  }

  async run(): Promise<FuzzOutcome> {
    const { parser, corpus, usual } = this.#options;
    const { seconds, round: only, isGuided } = this.#settings;
    // Before anything is read: only what is compiled from now on is counted block by block.
    if (isGuided) this.#reached = await ReachedCode.start();
    // Sound inputs first and last: what a parser keeps ready for the next one is then there both times.
    const most = fuzzInputs(usual);
    const measure = () => (most < MEASURED_INPUTS ? NOTHING_MEASURED : liveMemory());
    await this.#readSound();
    let before = await measure();
    await this.#readKept();
    if (isGuided) await this.#startGuidance();
    const startedMs = performance.now();
    let inputs = 0;
    for (let round = only ?? 0; inputs < (only === undefined ? most : 1); round++, inputs++) {
      if (seconds !== undefined && performance.now() - startedMs > seconds * 1000) break;
      // What is let go in a later turn of the event loop, as the handles of zlib are, needs one.
      if (inputs % 256 === 255) await nextTurn();
      if (inputs === Math.floor(most / 10)) {
        await this.#readSound();
        before = await measure();
      }
      await this.#readRound(round);
    }
    const tookS = (performance.now() - startedMs) / 1000;
    const reached = this.#reached;
    await reached?.stop();
    await this.#readSound();
    const after = await measure();
    const outcome = {
      ...{ inputs, refused: this.#refused, slowestMs: this.#slowestMs },
      liveGrowthBytes: after.liveBytes - before.liveBytes,
      residentGrowthBytes: after.residentBytes - before.residentBytes,
    };
    const guided = reached && { blocks: reached.blocks, held: this.#pool.length };
    this.#report?.end(
      { parser, seed: this.#seed, corpus: corpus.length, ...outcome, tookS, ...guided },
      reached?.functions,
    );
    // What a guided run holds is alive, and the profiler beside it.
    if (isGuided) return outcome;
    requireBelow(parser, 'live', outcome.liveGrowthBytes, LIVE_GROWTH_LIMIT_BYTES);
    requireBelow(parser, 'resident', outcome.residentGrowthBytes, RESIDENT_GROWTH_LIMIT_BYTES);
    return outcome;
  }

  /** One input, made of its number alone, so that the number brings it back. */
  async #readRound(round: number): Promise<void> {
    const { wrap = (broken: Buffer) => broken } = this.#options;
    const random = seededRandom(this.#seed + Math.imul(round + 1, 0x9e3779b1));
    const pool = this.#pool;
    const place = this.#reached === undefined ? round % pool.length : Math.floor(random() * pool.length);
    const broken = this.#mutate(random, pool[place] as Uint8Array);
    // Before it is read, which may write into it.
    const copy = this.#reached && Buffer.from(broken);
    const bytes = wrap(broken);
    const readSeed = 1 + Math.floor(random() * 2 ** 30);
    this.#report?.begin({ parser: this.#options.parser, round, seed: this.#seed, readSeed }, bytes);
    const { isRefused, tookMs } = await this.#judge(bytes, readSeed, `input ${round} of seed ${this.#seed}`, round);
    if (isRefused) this.#refused++;
    this.#slowestMs = Math.max(this.#slowestMs, tookMs);
    if (this.#reached === undefined || copy === undefined) return;
    if ((await this.#reached.takeNew()) > 0 && pool.length < MOST_HELD) pool.push(copy);
  }

  #mutate(random: () => number, sound: Uint8Array): Buffer {
    const { mutate = mutateBytes } = this.#options;
    if (this.#reached === undefined) return mutate(random, sound);
    try {
      return mutate(random, sound);
    } catch {
      // What was kept need not be what the own way of breaking starts from, such as a text of JSON.
      return mutateBytes(random, sound);
    }
  }

  async #judge(bytes: Buffer, readSeed: number, name: string, round: number) {
    const copy = this.#report && Buffer.from(bytes);
    try {
      if (round % REPEATED === REPEATED - 1) await judgeTwice(this.#options, bytes, readSeed);
      return await judgeInput(this.#options, bytes, readSeed);
    } catch (thrown) {
      if (!(thrown instanceof Finding)) throw thrown;
      const { parser } = this.#options;
      const saved = copy && (await this.#save(copy, readSeed, thrown));
      const where = saved ?? describeInput(bytes);
      const error = new Error(`${parser}: ${name} (${where}) ${thrown.message}`, { cause: thrown.cause });
      const cause = thrown.cause instanceof Error ? thrown.cause.stack : undefined;
      this.#report?.finding({ parser, name, kind: thrown.kind, saved, message: error.message, cause });
      throw error;
    }
  }

  /** The smallest input with the same finding, in the corpus. Gives its name there. */
  async #save(bytes: Buffer, readSeed: number, { kind }: Finding): Promise<string> {
    const judge = kind === 'not repeatable' ? judgeTwice : judgeInput;
    const fails = async (candidate: Buffer) => {
      try {
        await judge(this.#options, candidate, readSeed);
        return false;
      } catch (thrown) {
        return thrown instanceof Finding && thrown.kind === kind;
      }
    };
    // Memory that was taken stays the highest mark: there is no second time.
    const smallest = kind === 'memory' ? bytes : await minimiseInput(bytes, fails);
    return keepInput(this.#settings.folder, this.#options.parser, smallest, readSeed);
  }

  async #readKept(): Promise<void> {
    const { folder } = this.#settings;
    for (const { name, bytes, readSeed } of readKept(folder, this.#options.parser)) {
      try {
        await judgeTwice(this.#options, Buffer.from(bytes), readSeed);
        await judgeInput(this.#options, bytes, readSeed);
      } catch (cause) {
        throw new Error(`${this.#options.parser}: kept input ${name}`, { cause });
      }
    }
  }

  /** What sound and kept inputs reach is known before the first broken one. */
  async #startGuidance(): Promise<void> {
    const { corpus, parser, wrap = (sound: Buffer) => sound } = this.#options;
    const kept = readKept(this.#settings.folder, parser).map(({ bytes }) => bytes);
    for (const sound of corpus) await this.#options.read(wrap(Buffer.from(sound)), () => 0);
    await this.#reached?.takeNew();
    this.#pool = [...corpus, ...kept];
  }

  /** Throws if a sound input is refused: before the broken ones it is no corpus, after them they have broken the parser. */
  async #readSound(): Promise<void> {
    const { parser, corpus, read, wrap = (sound: Buffer) => sound } = this.#options;
    for (const [place, file] of corpus.entries()) {
      try {
        await read(wrap(Buffer.from(file)), () => 0);
      } catch (cause) {
        throw new Error(`${parser}: sound input ${place} was not read`, { cause });
      }
    }
  }
}

function requireBelow(parser: string, kind: string, bytes: number, limit: number): void {
  if (bytes > limit) throw new Error(`${parser}: ${kind} memory grew by ${bytes} bytes, more than ${limit}`);
}

const SHOWN_BYTES = 4096;

function describeInput(bytes: Buffer): string {
  return bytes.length > SHOWN_BYTES ? `${bytes.length} bytes` : bytes.toString('base64');
}
