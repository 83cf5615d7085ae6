import { tmpdir } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { seededRandom } from './seeded-random.js';

/** What every reader of foreign bytes promises of an input: it is read, or refused as documented. */
export interface InputPromise {
  /** Reads one input. What it throws must be a refusal; `random` is for what else may vary. */
  read(bytes: Buffer, random: () => number): unknown;
  isRefusal(thrown: unknown): boolean;
  /** Longest that one input may keep the processor busy, in ms. Default: 1000. */
  readonly limitMs?: number;
  /** What the sound inputs say of a patient: no refusal may repeat it. */
  readonly secrets?: readonly string[];
  /** False for what answers with times, identifiers or counters of its own. Default: true. */
  readonly isRepeatable?: boolean;
}

export interface Judgement {
  readonly isRefused: boolean;
  /** Time of the processor, whatever else the machine does. */
  readonly tookMs: number;
}

/** A promise that was not kept. Its `kind` stays the same while the input is made smaller. */
export class Finding extends Error {
  readonly kind: string;
  constructor(kind: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Finding';
    this.kind = kind;
  }
}

/** Of the processor, for one input, unless its target says otherwise. */
export const LIMIT_MS = 1000;
// Beyond what the process has ever had at once: pictures of the largest size that tests allow are far below.
const PEAK_GROWTH_LIMIT_KIB = 512 * 1024;

/** Reads an input, or throws a Finding. The same bytes and seed give the same judgement. */
export async function judgeInput(promise: InputPromise, bytes: Buffer, readSeed: number): Promise<Judgement> {
  const limitMs = promise.limitMs ?? LIMIT_MS;
  const peakKiB = process.resourceUsage().maxRSS;
  let [judgement] = await attempt(promise, bytes, readSeed);
  // What loads a codec or compiles it the first time takes longer once; it does not do so twice.
  if (judgement.tookMs > limitMs) [judgement] = await attempt(promise, bytes, readSeed);
  if (judgement.tookMs > limitMs) {
    throw new Finding('slow', `took ${Math.round(judgement.tookMs)} ms of the processor, more than ${limitMs}`);
  }
  const grownKiB = process.resourceUsage().maxRSS - peakKiB;
  if (grownKiB > PEAK_GROWTH_LIMIT_KIB) throw new Finding('memory', `took ${Math.round(grownKiB / 1024)} MiB at once`);
  return judgement;
}

/** Throws a Finding if an input that is read twice does not come to the same both times. */
export async function judgeTwice(promise: InputPromise, bytes: Buffer, readSeed: number): Promise<void> {
  if (promise.isRepeatable === false) return;
  const [first, second] = [
    (await attempt(promise, Buffer.from(bytes), readSeed))[1],
    (await attempt(promise, Buffer.from(bytes), readSeed))[1],
  ];
  if (!isDeepStrictEqual(first, second)) throw new Finding('not repeatable', 'came to something else the second time');
}

async function attempt(
  { read, isRefusal, secrets = [] }: InputPromise,
  bytes: Buffer,
  readSeed: number,
): Promise<[judgement: Judgement, result: unknown]> {
  // A sound input is read as nothing else: with 0 for all that may vary.
  const random = readSeed === 0 ? () => 0 : seededRandom(readSeed);
  const started = process.cpuUsage();
  let result: unknown;
  let isRefused = false;
  try {
    result = await read(bytes, random);
  } catch (thrown) {
    if (!isRefusal(thrown)) throw new Finding(kindOf(thrown), 'was not refused as it should be', { cause: thrown });
    isRefused = true;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const told = [...secrets, tmpdir(), process.cwd()].find((text) => message.includes(text));
    if (told !== undefined)
      throw new Finding('told', 'is refused with a value of the input, or a path, in the message');
    result = message;
  }
  const { user, system } = process.cpuUsage(started);
  return [{ isRefused, tookMs: (user + system) / 1000 }, result];
}

/** By its type and the place that it was thrown at, without what differs from input to input. */
function kindOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const code = 'code' in thrown ? String(thrown.code) : '';
  const place = /\n\s+at ([^\n]*)/.exec(thrown.stack ?? '')?.[1] ?? '';
  return `${thrown.name} ${code} ${place}`;
}
