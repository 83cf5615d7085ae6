import { isChannelLabel, isChannelUnit, isFilter, isTransducer } from './channel-vocabulary.js';
import { type CleaningJob, readAt, writeAll } from './cleaning-job.js';
import { invalid, refusal, throwIfCanceled } from './refusals.js';

const FIXED_BYTES = 256;
const SIGNAL_BYTES = 256;
const MOST_SIGNALS = 4096;
const MOST_RECORD_BYTES = 64 * 1024 * 1024;
const BLOCK_BYTES = 4 * 1024 * 1024;
/** Widths of the fields of a signal, in their order; each stands for all signals before the next one. */
const WIDTHS = [16, 80, 8, 8, 8, 8, 8, 80, 8, 32] as const;
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$/;
/** The list that says when a record begins: an onset, and no text (EDF+, 2.2.4). */
const TIMEKEEPING = /^[+-]\d{1,9}(?:\.\d{0,9})?\x14\x14\0/;
/** As EDF+ asks of a recording that is anonymous. */
const ANONYMOUS = { patient: 'X X X X', recording: 'Startdate X X X X', date: '01.01.85', time: '00.00.00' };

interface Layout {
  readonly header: Buffer;
  readonly records: number;
  readonly recordBytes: number;
  /** Where the annotations of a record lie in it. */
  readonly annotations: readonly { readonly start: number; readonly length: number }[];
  readonly isPlus: boolean;
}

/**
 * A recording of EDF, EDF+, BDF or BDF+: its samples byte for byte, a header without persons and dates, and of
 * annotations only when each record begins.
 *
 * @throws DH_CHAIN_INPUT_INVALID for a file that is damaged, DH_DEIDENTIFICATION_REFUSED for a label or a unit that is
 * not of the vocabulary of such recordings
 */
export async function cleanEdf(job: CleaningJob): Promise<void> {
  const { header, records, recordBytes, annotations, isPlus } = await readLayout(job);
  await writeAll(job.target, header);
  const atOnce = Math.max(1, Math.floor(BLOCK_BYTES / recordBytes));
  for (let record = 0; record < records; record += atOnce) {
    throwIfCanceled(job.signal);
    const count = Math.min(atOnce, records - record);
    const bytes = await readAt(job, header.length + record * recordBytes, count * recordBytes);
    for (let index = 0; index < count; index++) {
      annotations.forEach(({ start, length }, place) => {
        const at = index * recordBytes + start;
        cleanAnnotations(job, bytes.subarray(at, at + length), place === 0 && isPlus);
      });
    }
    await writeAll(job.target, bytes);
  }
  if (job.sizeBytes > header.length + records * recordBytes) job.tally.add('bytes behind the records');
}

async function readLayout(job: CleaningJob): Promise<Layout> {
  const fixed = await readAt(job, 0, FIXED_BYTES);
  const isBdf = fixed[0] === 0xff;
  const count = whole(field(fixed, 252, 4), 'number of signals', 1);
  if (count > MOST_SIGNALS) throw invalid(`has more than ${MOST_SIGNALS} signals`);
  const header = Buffer.concat([fixed, await readAt(job, FIXED_BYTES, count * SIGNAL_BYTES)]);
  if (whole(field(fixed, 184, 8), 'length of its header', 0) !== header.length) {
    throw invalid('has a header of another length than it says');
  }
  const records = whole(field(fixed, 236, 8), 'number of records', 0);
  if (!NUMBER.test(field(fixed, 244, 8))) throw invalid('has a duration of its records that is no number');
  const isPlus = cleanFixed(job, header, isBdf);
  const annotations: { start: number; length: number }[] = [];
  let recordBytes = 0;
  for (let signal = 0; signal < count; signal++) {
    const isAnnotations = cleanSignal(job, header, count, signal, isBdf);
    const [at, width] = placeOf(count, signal, 8);
    const length = whole(field(header, at, width), 'number of samples', 1) * (isBdf ? 3 : 2);
    if (isAnnotations) annotations.push({ start: recordBytes, length });
    recordBytes += length;
  }
  if (recordBytes > MOST_RECORD_BYTES) throw invalid('has records that are too long');
  if (header.length + records * recordBytes > job.sizeBytes) {
    throw invalid('is cut off: it has fewer records than its header says');
  }
  return { header, records, recordBytes, annotations, isPlus };
}

/** Persons, dates and what is reserved. Whether it is EDF+ or BDF+. */
function cleanFixed({ tally }: CleaningJob, header: Buffer, isBdf: boolean): boolean {
  replace(header, 8, 80, ANONYMOUS.patient, () => tally.add('identification of the patient'));
  replace(header, 88, 80, ANONYMOUS.recording, () => tally.add('identification of the recording'));
  replace(header, 168, 8, ANONYMOUS.date, () => tally.add('date'));
  replace(header, 176, 8, ANONYMOUS.time, () => tally.add('time'));
  for (const at of [184, 236, 244, 252]) pad(header, at, at === 252 ? 4 : 8);
  const reserved = field(header, 192, 44);
  const known = new RegExp(`^(?:${isBdf ? 'BDF' : 'EDF'}\\+[CD])`).exec(reserved)?.[0];
  const kept = known ?? (isBdf && /^24BIT/.test(reserved) ? '24BIT' : '');
  replace(header, 192, 44, kept, () => tally.add('free text'));
  return known !== undefined;
}

/** The fields of one signal. Whether it holds annotations. */
function cleanSignal(job: CleaningJob, header: Buffer, count: number, signal: number, isBdf: boolean): boolean {
  const place = (index: number) => placeOf(count, signal, index);
  const text = (index: number) => field(header, ...place(index));
  const isAnnotations = text(0) === (isBdf ? 'BDF Annotations' : 'EDF Annotations');
  if (!isAnnotations && !isChannelLabel(text(0))) {
    throw refusal(`has a label of signal ${signal + 1} that is not made of names of electrodes, leads and quantities`);
  }
  const set = (index: number, value: string, what: string) =>
    replace(header, ...place(index), value, () => job.tally.add(what));
  set(0, text(0), 'free text');
  set(1, isTransducer(text(1)) ? text(1) : '', 'free text');
  if (!isAnnotations && !isChannelUnit(text(2))) {
    throw refusal(`has a unit of signal ${signal + 1} that is none of recordings`);
  }
  set(2, isAnnotations ? '' : text(2), 'free text');
  const ranges = isBdf ? ['-1', '1', '-8388608', '8388607'] : ['-1', '1', '-32768', '32767'];
  for (const [index, range] of ranges.entries()) {
    const value = text(3 + index);
    if (!NUMBER.test(value) && !isAnnotations) throw invalid(`has a range of signal ${signal + 1} that is no number`);
    set(3 + index, NUMBER.test(value) ? value : range, 'free text');
  }
  set(7, isFilter(text(7)) ? text(7) : '', 'free text');
  pad(header, ...place(8));
  set(9, '', 'free text');
  return isAnnotations;
}

/** Empties annotations, but for when the record begins. */
function cleanAnnotations({ tally }: CleaningJob, bytes: Buffer, hasTime: boolean): void {
  let kept = 0;
  if (hasTime) {
    kept = TIMEKEEPING.exec(bytes.toString('latin1', 0, 24))?.[0].length ?? 0;
    // The first list may go on with texts of the same moment.
    const onset = /^[+-]\d{1,9}(?:\.\d{0,9})?\x14\x14/.exec(bytes.toString('latin1', 0, 24))?.[0].length;
    if (onset === undefined) throw invalid('has a record that does not say when it begins');
    kept = kept === 0 ? Math.min(onset, bytes.length) : kept;
  }
  if (bytes.subarray(kept).some((byte) => byte !== 0)) tally.add('annotations of a record');
  bytes.fill(0, kept);
}

function placeOf(count: number, signal: number, index: number): [at: number, width: number] {
  const width = WIDTHS[index] as number;
  const before = WIDTHS.slice(0, index).reduce<number>((sum, one) => sum + one * count, FIXED_BYTES);
  return [before + signal * width, width];
}

function field(bytes: Buffer, at: number, length: number): string {
  return bytes.toString('latin1', at, at + length).replace(/^[\0 ]+|[\0 ]+$/g, '');
}

function replace(header: Buffer, at: number, width: number, value: string, onChange: () => void): void {
  const before = field(header, at, width);
  if (before !== value && before !== '') onChange();
  header.fill(' ', at, at + width);
  header.write(value, at, width, 'latin1');
}

/** Leaves a number as it is, and blanks around it. */
function pad(header: Buffer, at: number, width: number): void {
  const value = field(header, at, width);
  header.fill(' ', at, at + width);
  header.write(value, at, width, 'latin1');
}

function whole(text: string, name: string, least: number): number {
  if (!/^\+?\d{1,9}$/.test(text) || Number(text) < least) throw invalid(`has a ${name} that is none`);
  return Number(text);
}
