import { INDETERMINATE_REASONS, type IndeterminateReason } from '../engine/evaluation.js';
import type { InputValue, InputValues } from '../engine/input-value.js';
import type { InputVariable, KnowledgeBase } from '../knowledge-base.js';

/** How the value of an input is given. */
const MISSING = 0;
const NUMBER = 1;
const DEGREES = 2;
const ABSENT = 3;

type Degrees = Readonly<Record<string, number>>;

/** The inputs of some records as another thread takes them: nothing in them can fail to be copied. */
export type RecordChunk = {
  readonly count: number;
  /** MISSING, NUMBER, DEGREES or ABSENT: the inputs of the first record, then those of the next. */
  readonly kinds: Uint8Array<ArrayBuffer>;
  /** In the same order; NaN for what is no number, and for what is absent the place of the reason. */
  readonly values: Float64Array<ArrayBuffer>;
  /** By place in `kinds`. */
  readonly degrees: ReadonlyMap<number, Degrees>;
};

/**
 * Takes from records what the rule base asks for. A record that is no object has none of it; a value that is
 * neither a number nor degrees, or that cannot be read, is no number.
 */
export function encodeRecords({ inputs }: KnowledgeBase, records: readonly unknown[]): RecordChunk {
  const size = records.length * inputs.length;
  const [kinds, values] = [new Uint8Array(size), new Float64Array(size)];
  const degrees = new Map<number, Degrees>();
  let place = 0;
  for (const record of records) {
    for (const input of inputs) {
      const value = readValue(record, input);
      if (value === undefined) {
        kinds[place] = MISSING;
      } else if (typeof value === 'number') {
        kinds[place] = NUMBER;
        values[place] = value;
      } else if ('absent' in value) {
        kinds[place] = ABSENT;
        values[place] = INDETERMINATE_REASONS.indexOf(value.absent);
      } else {
        kinds[place] = DEGREES;
        degrees.set(place, value.degrees);
      }
      place += 1;
    }
  }
  return { count: records.length, kinds, values, degrees };
}

/** The values of one record of a chunk. */
export function decodeRecord({ inputs }: KnowledgeBase, chunk: RecordChunk, index: number): InputValues {
  // Without a prototype, whatever the inputs are called.
  const values: Record<string, InputValue> = Object.create(null);
  for (const [i, { name }] of inputs.entries()) {
    const place = index * inputs.length + i;
    if (chunk.kinds[place] === NUMBER) values[name] = chunk.values[place];
    else if (chunk.kinds[place] === DEGREES) values[name] = { degrees: chunk.degrees.get(place) as Degrees };
    else if (chunk.kinds[place] === ABSENT) {
      values[name] = { absent: INDETERMINATE_REASONS[chunk.values[place] as number] as IndeterminateReason };
    }
  }
  return values;
}

function readValue(record: unknown, input: InputVariable): InputValue {
  if (typeof record !== 'object' || record === null) return undefined;
  try {
    const value: unknown = Object.hasOwn(record, input.name) ? (record as InputValues)[input.name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object') return asNumber(value);
    if ('absent' in value) return { absent: readReason(value.absent) };
    return { degrees: readDegrees(value, input) };
  } catch {
    return Number.NaN;
  }
}

/** @throws where the value is no set of degrees */
function readDegrees(value: object, { terms }: InputVariable): Degrees {
  const { degrees } = value as { degrees: object };
  const given = terms.filter(({ name }) => Object.hasOwn(degrees, name));
  return Object.fromEntries(given.map(({ name }) => [name, asNumber((degrees as Record<string, unknown>)[name])]));
}

/** @throws where the value is no reason */
function readReason(given: unknown): IndeterminateReason {
  const reason = INDETERMINATE_REASONS.find((one) => one === given);
  if (reason === undefined) throw new TypeError('no reason');
  return reason;
}

const asNumber = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
