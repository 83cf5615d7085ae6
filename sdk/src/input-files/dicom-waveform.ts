import type { DataSet } from 'dicom-parser';
import { FileRefusal } from '../errors/file-refusal.js';
import { MOST_SAMPLES, type RecordedChannel, type Recording } from './recording.js';
import { toUcum } from './signal-units.js';

/** Transfer syntaxes that waveforms come in; the others compress, or turn bytes around. */
const SYNTAXES = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1'];
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
/** Channels that a group may have; an EEG of high density has 256. */
const MOST_CHANNELS = 1024;

interface SampleFormat {
  readonly bytes: 1 | 2 | 4;
  read(view: DataView, at: number): number;
}

/** By Waveform Sample Interpretation (5400,1006); mu-law and A-law are left out. */
const FORMATS: Readonly<Record<string, SampleFormat>> = {
  SB: { bytes: 1, read: (view, at) => view.getInt8(at) },
  UB: { bytes: 1, read: (view, at) => view.getUint8(at) },
  SS: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  US: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  SL: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  UL: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
};

/**
 * Reads a DICOM waveform (PS3.3, C.10.9), an ECG above all: `sample * sensitivity * correction + baseline`
 * of each channel, in the unit of its sensitivity, computed in FP64 and rounded once to FP32. Padding is
 * NaN. Channels are named by their label, or the text of their source. What a device derived, such as a
 * median beat, is left out. The bytes are borrowed and only read.
 *
 * @throws FileRefusal for a file without an original waveform, one that is cut off or damaged, channels
 * that are shifted in time, and groups that do not cover the same time
 */
export async function readDicomWaveform(bytes: Uint8Array): Promise<Recording> {
  const dataset = await open(bytes);
  const groups = items(dataset, 'x54000100').filter((group) => text(group, 'x003a0004') !== 'DERIVED');
  if (groups.length === 0) throw new FileRefusal('holds no original waveform');
  const read = groups.map((group) => readGroup(group));
  const [first, ...others] = read as [ReadGroup, ...ReadGroup[]];
  for (const other of others) {
    const isSame = Math.abs(other.durationS - first.durationS) < other.intervalS + first.intervalS;
    if (!isSame || other.offsetMs !== first.offsetMs) {
      throw new FileRefusal('has groups of channels that do not cover the same time');
    }
  }
  const channels = read.flatMap((group) => group.channels);
  if (channels.reduce((sum, { samples }) => sum + samples.length, 0) > MOST_SAMPLES) {
    throw new FileRefusal(`has more than ${MOST_SAMPLES} samples`);
  }
  return { channels, annotations: [] };
}

async function open(bytes: Uint8Array): Promise<DataSet> {
  const { parseDicom } = (await import('dicom-parser')).default;
  try {
    const dataset = parseDicom(bytes);
    if (!SYNTAXES.includes(dataset.string('x00020010')?.trim() ?? '')) {
      throw new FileRefusal('has a transfer syntax other than implicit or explicit VR little endian');
    }
    return dataset;
  } catch (thrown) {
    if (thrown instanceof FileRefusal) throw thrown;
    throw new FileRefusal('is no DICOM file, cut off or damaged', { cause: thrown });
  }
}

interface ReadGroup {
  readonly channels: readonly RecordedChannel[];
  readonly offsetMs: number;
  readonly durationS: number;
  readonly intervalS: number;
}

function readGroup(group: DataSet): ReadGroup {
  const count = group.uint16('x003a0005') ?? 0;
  const samples = group.uint32('x003a0010') ?? 0;
  const samplingRateHz = decimal(group, 'x003a001a', 'Sampling Frequency') ?? 0;
  const definitions = items(group, 'x003a0200');
  const format = FORMATS[text(group, 'x54001006')];
  const element = group.elements.x54001010;
  if (!(samplingRateHz > 0)) throw new FileRefusal('has a waveform without a Sampling Frequency above 0');
  if (count < 1 || count > MOST_CHANNELS || samples < 1 || definitions.length !== count) {
    throw new FileRefusal('has a waveform whose channels and samples are not those of its definitions');
  }
  if (format === undefined || group.uint16('x54001004') !== format.bytes * 8) {
    throw new FileRefusal('has samples other than integers of 8, 16 or 32 bits; mu-law and A-law are not read');
  }
  const length = count * samples * format.bytes;
  if (element === undefined || element.length < length || element.dataOffset + length > group.byteArray.length) {
    throw new FileRefusal('has less Waveform Data than its header says');
  }
  const { buffer, byteOffset } = group.byteArray;
  const view = new DataView(buffer, byteOffset + element.dataOffset, length);
  const padded = paddingOf(group, format);
  const channels = definitions.map((definition, channel): RecordedChannel => {
    const { gain, baseline, ...about } = readDefinition(definition);
    const values = new Float32Array(samples);
    for (let i = 0; i < samples; i++) {
      const sample = format.read(view, (i * count + channel) * format.bytes);
      values[i] = sample === padded ? Number.NaN : sample * gain + baseline;
    }
    return { ...about, samplingRateHz, samples: values };
  });
  const offsetMs = decimal(group, 'x00181068', 'Multiplex Group Time Offset') ?? 0;
  return { channels, offsetMs, durationS: samples / samplingRateHz, intervalS: 1 / samplingRateHz };
}

/** Waveform Padding Value, stored as the samples are, one byte filled up to two; undefined if there is none. */
function paddingOf({ elements, byteArray }: DataSet, format: SampleFormat): number | undefined {
  const element = elements.x5400100a;
  if (element === undefined || element.length < format.bytes) return undefined;
  if (element.dataOffset + format.bytes > byteArray.length) throw new FileRefusal('is cut off');
  return format.read(new DataView(byteArray.buffer, byteArray.byteOffset), element.dataOffset);
}

interface ChannelDefinition {
  readonly name: string;
  readonly unit: string;
  readonly gain: number;
  readonly baseline: number;
}

function readDefinition(definition: DataSet): ChannelDefinition {
  const [source] = items(definition, 'x003a0208');
  const name = text(definition, 'x003a0203') || (source === undefined ? '' : text(source, 'x00080104'));
  if (name === '') throw new FileRefusal('has a channel without a label and without a source');
  for (const [tag, what] of [
    ['x003a0214', 'Channel Time Skew'],
    ['x003a0215', 'Channel Sample Skew'],
  ] as const) {
    if ((decimal(definition, tag, what) ?? 0) !== 0) {
      throw new FileRefusal(`has a channel with a ${what}: its samples are not those of the same moments`);
    }
  }
  const sensitivity = decimal(definition, 'x003a0210', 'Channel Sensitivity');
  const baseline = decimal(definition, 'x003a0213', 'Channel Baseline') ?? 0;
  // Without a sensitivity the samples are numbers of no known unit (PS3.3, C.10.9.1.4).
  if (sensitivity === undefined) return { name, unit: '1', gain: 1, baseline };
  const [units] = items(definition, 'x003a0211');
  const unit = units === undefined ? '' : text(units, 'x00080100');
  if (unit === '') throw new FileRefusal('has a channel with a sensitivity and without its units');
  const correction = decimal(definition, 'x003a0212', 'Channel Sensitivity Correction Factor') ?? 1;
  return { name, unit: toUcum(unit), gain: sensitivity * correction, baseline };
}

function items(dataset: DataSet, tag: string): DataSet[] {
  const list = dataset.elements[tag]?.items?.map((item) => item.dataSet) ?? [];
  return list.filter((item) => item !== undefined);
}

function text(dataset: DataSet, tag: string): string {
  return (dataset.string(tag) ?? '').trim();
}

/** Undefined if absent or empty. */
function decimal(dataset: DataSet, tag: string, name: string): number | undefined {
  const value = text(dataset, tag);
  if (value === '') return undefined;
  const number = DECIMAL.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw new FileRefusal(`has a ${name} that is no decimal number`);
  return number;
}
