import { FileRefusal } from '../errors/file-refusal.js';

/** The header (.hea) of a record in PhysioNet's WFDB format. */
export interface WfdbHeader {
  readonly samplingRateHz: number;
  /** Samples of each signal; undefined where the header leaves it to the length of the files. */
  readonly samples: number | undefined;
  readonly signals: readonly WfdbSignal[];
}

export interface WfdbSignal {
  /** Name of the file beside the header. */
  readonly file: string;
  readonly format: 16 | 80 | 212;
  /** Bytes before the samples. */
  readonly offsetBytes: number;
  /** Units of the converter for one physical unit. */
  readonly gain: number;
  /** What the converter gives for 0. */
  readonly baseline: number;
  readonly unit: string;
  /** First sample; undefined where the header does not state it. */
  readonly initialValue: number | undefined;
  /** Sum of all samples, as a signed number of 16 bits. */
  readonly checksum: number | undefined;
  readonly name: string;
}

const DEFAULT_RATE_HZ = 250;
const MOST_SIGNALS = 1024;

/**
 * Reads a header.
 *
 * @throws FileRefusal for what is none, records of several segments, other formats than 16, 80 and 212,
 * several samples a frame, skew, names with a folder in them, and signals without calibration
 */
export function parseWfdbHeader(text: string): WfdbHeader {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [record, ...rest] = lines;
  const fields = record?.split(/\s+/) ?? [];
  if (fields.length < 2) throw new FileRefusal('is no WFDB header: its first line names no record with signals');
  if (fields[0]?.includes('/')) throw new FileRefusal('is a record of several segments; send one of them');
  const count = whole(fields[1], 'number of signals');
  if (count < 1 || count > MOST_SIGNALS) throw new FileRefusal(`has ${count} signals; 1 to ${MOST_SIGNALS} are read`);
  const rate = fields[2] === undefined ? DEFAULT_RATE_HZ : number(fields[2].split(/[/(]/)[0], 'sampling rate');
  if (!(rate > 0)) throw new FileRefusal('has a sampling rate that is not above 0');
  const samples = fields[3] === undefined ? 0 : whole(fields[3], 'number of samples');
  if (rest.length < count) throw new FileRefusal('has fewer lines than signals');
  return {
    samplingRateHz: rate,
    samples: samples === 0 ? undefined : samples,
    signals: rest.slice(0, count).map(parseSignal),
  };
}

function parseSignal(line: string, index: number): WfdbSignal {
  const signal = `signal ${index + 1}`;
  // Only the name of the signal, the last field, may hold blanks.
  const [file = '', formatField = '', gainField = '', , zeroField, initial, checksum, , ...words] = line.split(/\s+/);
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(file))
    throw new FileRefusal(`names a file of ${signal} that lies elsewhere`);
  const [, code, frames, skew, offset] = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/.exec(formatField) ?? [];
  const format = ([16, 80, 212] as const).find((known) => String(known) === code);
  if (format === undefined) throw new FileRefusal(`has ${signal} in a format other than 16, 80 and 212`);
  if (frames !== undefined && frames !== '1') throw new FileRefusal(`has several samples a frame of ${signal}`);
  if (skew !== undefined && skew !== '0') throw new FileRefusal(`has ${signal} skewed against the others`);
  const [, gainText, baselineText, unit] = /^([^(/]+)(?:\((-?\d+)\))?(?:\/(\S+))?$/.exec(gainField) ?? [];
  const gain = gainText === undefined ? 0 : number(gainText, `gain of ${signal}`);
  // The format's own default of 200 units for 1 mV would be a guess at the size of what was measured.
  if (gain === 0) throw new FileRefusal(`states no gain of ${signal}: it is not calibrated`);
  const zero = zeroField === undefined ? 0 : whole(zeroField, `zero of ${signal}`);
  return {
    file,
    format,
    offsetBytes: offset === undefined ? 0 : Number(offset),
    gain,
    baseline: baselineText === undefined ? zero : Number(baselineText),
    unit: unit ?? 'mV',
    initialValue: initial === undefined ? undefined : whole(initial, `first value of ${signal}`),
    checksum: checksum === undefined ? undefined : whole(checksum, `checksum of ${signal}`),
    name: words.join(' ') || `signal ${index}`,
  };
}

function whole(text: string | undefined, name: string): number {
  const value = text !== undefined && /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new FileRefusal(`has a ${name} that is no whole number`);
  return value;
}

function number(text: string | undefined, name: string): number {
  const value = text !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new FileRefusal(`has a ${name} that is no number`);
  return value;
}
