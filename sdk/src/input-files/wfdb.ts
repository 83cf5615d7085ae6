import { FileRefusal } from '../errors/file-refusal.js';
import { MOST_SAMPLES, type Recording } from './recording.js';
import { toUcum } from './signal-units.js';
import type { WfdbHeader, WfdbSignal } from './wfdb-header.js';

/** What each format writes where there is no sample. */
const INVALID = { 16: -32768, 80: -128, 212: -2048 } as const;

/**
 * Physical values of a record: `(stored - baseline) / gain`, NaN where the file says that there is no
 * sample. First values and checksums that the header states are verified.
 *
 * @param files contents of the files that the header names, by their names
 * @throws FileRefusal for a file that is cut off, and samples that are not those that the header speaks of
 */
export function readWfdbSignals(header: WfdbHeader, files: ReadonlyMap<string, Uint8Array>): Recording {
  const groups = new Map<string, WfdbSignal[]>();
  for (const signal of header.signals) groups.set(signal.file, [...(groups.get(signal.file) ?? []), signal]);
  const stored = new Map<WfdbSignal, Int16Array>();
  for (const [name, signals] of groups) {
    const file = files.get(name);
    if (file === undefined) throw new FileRefusal(`needs "${name}" beside it`);
    const [{ format, offsetBytes }] = signals as [WfdbSignal, ...WfdbSignal[]];
    if (signals.some((signal) => signal.format !== format || signal.offsetBytes !== offsetBytes)) {
      throw new FileRefusal(`says that "${name}" has several formats`);
    }
    // Of a header that leaves the length to the files.
    const held = Math.floor(heldValues(format, file.byteLength - offsetBytes) / signals.length);
    const count = header.samples ?? held;
    if (count < 1 || held < count) throw new FileRefusal(`says that "${name}" has more samples than it holds`);
    if (count * signals.length > MOST_SAMPLES)
      throw new FileRefusal(`has more than ${MOST_SAMPLES} samples; send a part`);
    readGroup(file.subarray(offsetBytes), format, signals, count).forEach((samples, i) => {
      stored.set(signals[i] as WfdbSignal, samples);
    });
  }
  const lengths = new Set([...stored.values()].map(({ length }) => length));
  if (lengths.size > 1) throw new FileRefusal('has signals of several lengths');
  return {
    annotations: [],
    channels: header.signals.map((signal) => ({
      name: signal.name,
      unit: toUcum(signal.unit),
      samplingRateHz: header.samplingRateHz,
      samples: physical(signal, stored.get(signal) as Int16Array),
    })),
  };
}

function heldValues(format: WfdbSignal['format'], bytes: number): number {
  if (format === 16) return Math.floor(bytes / 2);
  return format === 80 ? bytes : Math.floor(bytes / 3) * 2 + (bytes % 3 === 2 ? 1 : 0);
}

/** Values of a file, dealt out to its signals in turn. */
function readGroup(
  bytes: Uint8Array,
  format: WfdbSignal['format'],
  signals: readonly WfdbSignal[],
  count: number,
): Int16Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (index: number): number => {
    if (format === 16) return view.getInt16(index * 2, true);
    if (format === 80) return view.getUint8(index) - 128;
    // Two samples of 12 bits in three bytes; the middle one holds the upper bits of both.
    const at = Math.floor(index / 2) * 3;
    const middle = view.getUint8(at + 1);
    const bits =
      index % 2 === 0 ? view.getUint8(at) | ((middle & 0x0f) << 8) : view.getUint8(at + 2) | ((middle & 0xf0) << 4);
    return bits >= 2048 ? bits - 4096 : bits;
  };
  const output = signals.map(() => new Int16Array(count));
  for (let i = 0, index = 0; i < count; i++) {
    for (const samples of output) samples[i] = read(index++);
  }
  return output;
}

function physical(
  { gain, baseline, format, initialValue, checksum, name }: WfdbSignal,
  stored: Int16Array,
): Float32Array {
  const values = new Float32Array(stored.length);
  let sum = 0;
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i] as number;
    sum = (sum + value) | 0;
    values[i] = value === INVALID[format] ? Number.NaN : (value - baseline) / gain;
  }
  if (initialValue !== undefined && stored[0] !== initialValue) {
    throw new FileRefusal(`states another first value of "${name}" than the samples have`);
  }
  if (checksum !== undefined && ((sum - checksum) & 0xffff) !== 0) {
    throw new FileRefusal(`states another checksum of "${name}" than the samples have: they were changed or damaged`);
  }
  return values;
}
