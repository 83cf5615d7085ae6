import { FileRefusal } from '../errors/file-refusal.js';
import { annotationsOf, recordOnset } from './edf-annotations.js';
import { type EdfHeader, type EdfSignal, parseEdfHeader } from './edf-header.js';
import { type Annotation, MOST_SAMPLES, type Recording } from './recording.js';
import { toUcum } from './signal-units.js';

/**
 * Reads a file of EDF, EDF+ or BDF (also BDF+): physical values of every channel at its own rate, and
 * the annotations of EDF+. The bytes are borrowed and only read.
 *
 * An EDF+ file that says it may be discontinuous is read if its records do follow each other.
 *
 * @throws FileRefusal for a file that is none, is cut off, has a gap between records, or a header whose
 * numbers describe no signal
 */
export function parseEdf(bytes: Uint8Array): Recording {
  const header = parseEdfHeader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const annotations = readAnnotations(header, bytes);
  const channels = header.signals
    .filter((signal) => !signal.isAnnotations)
    .map((signal) => {
      if (header.recordS <= 0) throw new FileRefusal('has records of no duration, and signals in them');
      return {
        name: signal.label,
        unit: toUcum(signal.unit),
        samplingRateHz: signal.samplesPerRecord / header.recordS,
        samples: readSamples(header, signal, view),
      };
    });
  return { channels, annotations };
}

function readSamples(header: EdfHeader, signal: EdfSignal, view: DataView): Float32Array {
  const { samplesPerRecord: count, digitalMinimum, physicalMinimum } = signal;
  const gain = (signal.physicalMaximum - physicalMinimum) / (signal.digitalMaximum - digitalMinimum);
  const total = header.records * count;
  if (total > MOST_SAMPLES) throw new FileRefusal(`has more than ${MOST_SAMPLES} samples in a channel; send a part`);
  const samples = new Float32Array(total);
  for (let record = 0, i = 0; record < header.records; record++) {
    let at = header.headerBytes + record * header.recordBytes + signal.offsetBytes;
    for (let n = 0; n < count; n++, at += header.sampleBytes) {
      const stored =
        header.sampleBytes === 2 ? view.getInt16(at, true) : view.getUint16(at, true) | (view.getInt8(at + 2) << 16);
      samples[i++] = (stored - digitalMinimum) * gain + physicalMinimum;
    }
  }
  return samples;
}

/** What a record's beginning may be off: its decimals are rounded. */
const ONSET_TOLERANCE_S = 1e-3;

function readAnnotations(header: EdfHeader, bytes: Uint8Array): Annotation[] {
  const sources = header.signals.filter((signal) => signal.isAnnotations);
  const [first] = sources;
  if (first === undefined) {
    if (header.isDiscontinuous) throw new FileRefusal('says it has gaps (EDF+D) and not where');
    return [];
  }
  const found: Annotation[] = [];
  let start: number | undefined;
  for (let record = 0; record < header.records; record++) {
    for (const signal of sources) {
      const at = header.headerBytes + record * header.recordBytes + signal.offsetBytes;
      const part = bytes.subarray(at, at + signal.samplesPerRecord * header.sampleBytes);
      if (signal === first) {
        const onset = recordOnset(part);
        start ??= onset;
        const expected = (start as number) + record * header.recordS;
        if (Math.abs(onset - expected) > ONSET_TOLERANCE_S) {
          throw new FileRefusal(`has a gap before record ${record + 1}; send the parts one by one`);
        }
      }
      found.push(...annotationsOf(part));
    }
  }
  // Onsets count from the file's own start, which need not be the first sample's.
  return found.map((annotation) => ({ ...annotation, onsetS: annotation.onsetS - (start ?? 0) }));
}
