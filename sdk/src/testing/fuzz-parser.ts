import { setImmediate as nextTurn } from 'node:timers/promises';
import { FuzzReport } from './fuzz-report.js';
import { liveMemory } from './live-memory.js';
import { mutateBytes } from './mutate-bytes.js';
import { seededRandom } from './seeded-random.js';

export interface FuzzOptions {
  /** What is read, as the report names it. */
  readonly parser: string;
  /** The same seed gives the same inputs. */
  readonly seed: number;
  /** Sound inputs, which are broken in turn. */
  readonly corpus: readonly Uint8Array[];
  /** Inputs, unless `DEEPHEALTH_FUZZ` says how many: as many as take about a second. */
  readonly usual: number;
  /** Reads one input. What it throws must be a refusal; `random` is for what else may vary, and gives 0 for sound inputs. */
  read(bytes: Buffer, random: () => number): unknown;
  isRefusal(thrown: unknown): boolean;
  /** Breaks a sound input. Default: mutateBytes. */
  mutate?(random: () => number, sound: Uint8Array): Buffer;
  /** Puts the broken bytes into what is read, such as a compressed file; they are read as they are by default. */
  wrap?(broken: Buffer): Buffer;
  /** Longest that one input may take. Default: 1000. */
  readonly limitMs?: number;
}

export interface FuzzOutcome {
  readonly inputs: number;
  readonly refused: number;
  readonly slowestMs: number;
  /** Bytes alive after the last input beyond those after the first tenth, which fills caches. */
  readonly liveGrowthBytes: number;
  /** The same of the resident memory of the process. */
  readonly residentGrowthBytes: number;
}

const LIMIT_MS = 1000;
const LIVE_GROWTH_LIMIT_BYTES = 16 * 2 ** 20;
// Allocators keep what they were given; a leak of a few hundred bytes an input shows in a long run.
const RESIDENT_GROWTH_LIMIT_BYTES = 256 * 2 ** 20;

/**
 * Lets a parser read broken inputs, each of which must be read or refused: in time, and without anything
 * that stays. Throws for the first that is not, naming its round and, if it is small, the input; and if a
 * sound input is refused, before or after them.
 *
 * `DEEPHEALTH_FUZZ` is the number of inputs, `DEEPHEALTH_FUZZ_SEED` tries others, and
 * `DEEPHEALTH_FUZZ_REPORT` names a folder for the outcomes, see FuzzReport.
 */
export async function fuzzParser(options: FuzzOptions): Promise<FuzzOutcome> {
  const { parser, corpus, mutate = mutateBytes, wrap = (broken) => broken } = options;
  const inputs = fuzzInputs(options.usual);
  const seed = options.seed + 1_000_003 * Number(process.env.DEEPHEALTH_FUZZ_SEED ?? 0);
  // Sound inputs first and last: what a parser keeps ready for the next one is then there both times.
  const measure = async () => {
    await readSound(options, wrap);
    return liveMemory();
  };
  let before = await measure();
  const report = FuzzReport.open(parser);
  const startedMs = performance.now();
  const random = seededRandom(seed);
  let refused = 0;
  let slowestMs = 0;
  for (let round = 0; round < inputs; round++) {
    // What is let go in a later turn of the event loop, as the handles of zlib are, needs one.
    if (round % 256 === 255) await nextTurn();
    if (round === Math.floor(inputs / 10)) before = await measure();
    const bytes = wrap(mutate(random, corpus[round % corpus.length] as Uint8Array));
    report?.begin(round, seed);
    const where = () => `${parser}: input ${round} of seed ${seed} (${describeInput(bytes)})`;
    let [isRefused, tookMs] = await readOnce(options, bytes, random, where);
    const limitMs = options.limitMs ?? LIMIT_MS;
    // A busy machine may hold up an input once; it does not do so twice.
    if (tookMs > limitMs) [isRefused, tookMs] = await readOnce(options, bytes, random, where);
    if (tookMs > limitMs) throw new Error(`${where()} took ${Math.round(tookMs)} ms, more than ${limitMs}`);
    if (isRefused) refused++;
    slowestMs = Math.max(slowestMs, tookMs);
  }
  const tookS = (performance.now() - startedMs) / 1000;
  const after = await measure();
  const outcome = {
    ...{ inputs, refused, slowestMs },
    liveGrowthBytes: after.liveBytes - before.liveBytes,
    residentGrowthBytes: after.residentBytes - before.residentBytes,
  };
  report?.end({ parser, seed, corpus: corpus.length, ...outcome, tookS });
  requireBelow(parser, 'live', outcome.liveGrowthBytes, LIVE_GROWTH_LIMIT_BYTES);
  requireBelow(parser, 'resident', outcome.residentGrowthBytes, RESIDENT_GROWTH_LIMIT_BYTES);
  return outcome;
}

/** How many inputs a fuzzing test reads: `DEEPHEALTH_FUZZ`, or those of every run of the tests. */
export function fuzzInputs(usual: number): number {
  return Number(process.env.DEEPHEALTH_FUZZ ?? usual);
}

/** Time limit of such a test, in ms, on a machine that does other things too. */
export function fuzzTimeoutMs(usual: number): number {
  return 900_000 + 50 * fuzzInputs(usual);
}

/** Throws if one is refused: before the broken ones it is no corpus, and after them they have broken the parser. */
async function readSound({ parser, corpus, read }: FuzzOptions, wrap: (sound: Buffer) => Buffer): Promise<void> {
  for (const [place, file] of corpus.entries()) {
    try {
      await read(wrap(Buffer.from(file)), () => 0);
    } catch (cause) {
      throw new Error(`${parser}: sound input ${place} was not read`, { cause });
    }
  }
}

async function readOnce(
  { read, isRefusal }: FuzzOptions,
  bytes: Buffer,
  random: () => number,
  where: () => string,
): Promise<[isRefused: boolean, tookMs: number]> {
  const startedMs = performance.now();
  let isRefused = false;
  try {
    await read(bytes, random);
  } catch (thrown) {
    if (!isRefusal(thrown)) throw new Error(`${where()} was not refused as it should be`, { cause: thrown });
    isRefused = true;
  }
  return [isRefused, performance.now() - startedMs];
}

function requireBelow(parser: string, kind: string, bytes: number, limit: number): void {
  if (bytes > limit) throw new Error(`${parser}: ${kind} memory grew by ${bytes} bytes, more than ${limit}`);
}

const SHOWN_BYTES = 4096;

function describeInput(bytes: Buffer): string {
  return bytes.length > SHOWN_BYTES ? `${bytes.length} bytes` : bytes.toString('base64');
}
