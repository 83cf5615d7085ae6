import { FileRefusal } from '../errors/file-refusal.js';

/** The header of a file of EDF, EDF+, BDF or BDF+. */
export interface EdfHeader {
  readonly headerBytes: number;
  readonly records: number;
  readonly recordBytes: number;
  /** Duration of a record in seconds; 0 where a file holds annotations alone. */
  readonly recordS: number;
  /** 2, or 3 of BDF. */
  readonly sampleBytes: 2 | 3;
  /** True for EDF+D and BDF+D: there may be time between two records. */
  readonly isDiscontinuous: boolean;
  readonly signals: readonly EdfSignal[];
}

export interface EdfSignal {
  readonly label: string;
  readonly unit: string;
  readonly physicalMinimum: number;
  readonly physicalMaximum: number;
  readonly digitalMinimum: number;
  readonly digitalMaximum: number;
  readonly samplesPerRecord: number;
  /** Place of its samples in a record. */
  readonly offsetBytes: number;
  readonly isAnnotations: boolean;
}

const FIXED_BYTES = 256;
const SIGNAL_BYTES = 256;
const MOST_SIGNALS = 4096;
/** Widths of the fields of a signal, in their order; each stands for all signals before the next one. */
const FIELDS = { label: 16, transducer: 80, unit: 8, pmin: 8, pmax: 8, dmin: 8, dmax: 8, filter: 80, samples: 8 };

/** Reads and checks the header. @throws FileRefusal for what it cannot be */
export function parseEdfHeader(bytes: Uint8Array): EdfHeader {
  const text = (at: number, length: number) =>
    Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.max(0, Math.min(length, bytes.byteLength - at)))
      .toString('latin1')
      .trim();
  const isBdf = bytes[0] === 0xff && text(1, 7) === 'BIOSEMI';
  if (!isBdf && text(0, 8) !== '0') throw new FileRefusal('is neither EDF nor BDF');
  if (bytes.byteLength < FIXED_BYTES) throw new FileRefusal('is cut off in its header');
  const whole = (at: number, length: number, name: string, least: number) => {
    const value = text(at, length);
    if (!/^[+-]?\d+$/.test(value) || Number(value) < least) throw new FileRefusal(`has a ${name} that is none`);
    return Number(value);
  };
  const count = whole(252, 4, 'number of signals', 1);
  if (count > MOST_SIGNALS) throw new FileRefusal(`has more than ${MOST_SIGNALS} signals`);
  const headerBytes = whole(184, 8, 'length of its header', 0);
  if (headerBytes !== FIXED_BYTES + count * SIGNAL_BYTES)
    throw new FileRefusal('has a header of another length than it says');
  if (bytes.byteLength < headerBytes) throw new FileRefusal('is cut off in its header');
  const records = whole(236, 8, 'number of records', -1);
  if (records < 0) throw new FileRefusal('is still being recorded: its number of records is -1');
  const recordS = number(text(244, 8), 'duration of its records');
  if (recordS < 0) throw new FileRefusal('has a duration of its records that is negative');
  const sampleBytes = isBdf ? 3 : 2;
  const signals = signalsOf(text, count, sampleBytes, isBdf ? 'BDF Annotations' : 'EDF Annotations');
  const recordBytes = signals.reduce((sum, { samplesPerRecord }) => sum + samplesPerRecord * sampleBytes, 0);
  if (headerBytes + records * recordBytes > bytes.byteLength) {
    throw new FileRefusal('is cut off: it has fewer records than its header says');
  }
  const isDiscontinuous = /^(EDF|BDF)\+D/.test(text(192, 44));
  return { headerBytes, records, recordBytes, recordS, sampleBytes, isDiscontinuous, signals };
}

function signalsOf(
  text: (at: number, length: number) => string,
  count: number,
  sampleBytes: number,
  annotations: string,
): EdfSignal[] {
  const starts: Record<string, number> = {};
  let start = FIXED_BYTES;
  for (const [name, width] of Object.entries(FIELDS)) {
    starts[name] = start;
    start += width * count;
  }
  const field = (name: keyof typeof FIELDS, i: number) =>
    text((starts[name] as number) + i * FIELDS[name], FIELDS[name]);
  let offsetBytes = 0;
  return Array.from({ length: count }, (_, i) => {
    const label = field('label', i);
    const isAnnotations = label === annotations;
    const samplesPerRecord = number(field('samples', i), 'number of samples');
    if (!Number.isInteger(samplesPerRecord) || samplesPerRecord < 1) {
      throw new FileRefusal(`has a number of samples of signal ${i + 1} that is none`);
    }
    const at = offsetBytes;
    offsetBytes += samplesPerRecord * sampleBytes;
    const range = isAnnotations
      ? { physicalMinimum: -1, physicalMaximum: 1, digitalMinimum: -1, digitalMaximum: 1 }
      : {
          physicalMinimum: number(field('pmin', i), 'physical minimum'),
          physicalMaximum: number(field('pmax', i), 'physical maximum'),
          digitalMinimum: number(field('dmin', i), 'digital minimum'),
          digitalMaximum: number(field('dmax', i), 'digital maximum'),
        };
    if (!(range.digitalMinimum < range.digitalMaximum) || range.physicalMinimum === range.physicalMaximum) {
      throw new FileRefusal(`has a range of signal ${i + 1} that gives no scale`);
    }
    return { label, unit: field('unit', i), ...range, samplesPerRecord, offsetBytes: at, isAnnotations };
  });
}

function number(text: string, name: string): number {
  // Some recorders write a decimal comma.
  const value = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$/.test(text)
    ? Number(text.replace(',', '.'))
    : Number.NaN;
  if (!Number.isFinite(value)) throw new FileRefusal(`has a ${name} that is no number`);
  return value;
}
