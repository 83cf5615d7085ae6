import { type DicomElements, dicomFile } from './dicom-file.js';

/** A channel of a waveform; a field that is left out is left out of the file. */
export interface WaveformChannel {
  readonly label?: string;
  readonly source?: string;
  readonly sensitivity?: string;
  readonly unit?: string;
  readonly correction?: string;
  readonly baseline?: string;
  readonly skew?: string;
}

export interface WaveformGroup {
  readonly channels: readonly WaveformChannel[];
  /** One list of all channels for each moment. */
  readonly samples: readonly (readonly number[])[];
  readonly rateHz?: string;
  /** Default SS, 16 bits. */
  readonly interpretation?: string;
  readonly originality?: string;
  readonly offsetMs?: string;
  readonly padding?: number;
}

const BITS: Readonly<Record<string, 8 | 16 | 32>> = { SB: 8, UB: 8, SS: 16, US: 16, SL: 32, UL: 32, MB: 8 };

/** A DICOM file with waveforms (PS3.3, C.10.9), written by the book, for tests of what reads them; `more` comes before them. */
export function dicomWaveform(groups: readonly WaveformGroup[], syntax?: string, more: DicomElements = {}): Buffer {
  const elements: DicomElements = {
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.9.1.1'],
    '00080060': ['CS', 'ECG'],
    ...more,
    '54000100': ['SQ', groups.map(toItem)],
  };
  return dicomFile(elements, syntax);
}

function toItem(group: WaveformGroup): DicomElements {
  const { channels, samples, interpretation = 'SS', padding } = group;
  const bits = BITS[interpretation] as number;
  const values = samples.flat();
  const bytes = Buffer.alloc(Math.ceil((values.length * bits) / 16) * 2);
  values.forEach((value, i) => {
    const at = (i * bits) / 8;
    bytes.writeUIntLE(value < 0 ? value + 2 ** bits : value, at, bits / 8);
  });
  return {
    ...text('00181068', 'DS', group.offsetMs),
    '003a0004': ['CS', group.originality ?? 'ORIGINAL'],
    '003a0005': ['US', [channels.length]],
    '003a0010': ['UL', [samples.length]],
    '003a001a': ['DS', group.rateHz ?? '500'],
    '003a0200': ['SQ', channels.map(toDefinition)],
    '54001004': ['US', [bits]],
    '54001006': ['CS', interpretation],
    ...(padding === undefined
      ? {}
      : { '5400100a': ['OW', Uint8Array.of(padding & 255, (padding >> 8) & 255)] as const }),
    '54001010': ['OW', bytes],
  };
}

function toDefinition({
  label,
  source,
  sensitivity,
  unit,
  correction,
  baseline,
  skew,
}: WaveformChannel): DicomElements {
  return {
    ...text('003a0203', 'SH', label),
    ...(source === undefined ? {} : { '003a0208': ['SQ', [{ '00080104': ['LO', source] }]] as const }),
    ...text('003a0210', 'DS', sensitivity),
    ...(unit === undefined ? {} : { '003a0211': ['SQ', [{ '00080100': ['SH', unit] }]] as const }),
    ...text('003a0212', 'DS', correction),
    ...text('003a0213', 'DS', baseline),
    ...text('003a0215', 'DS', skew),
  };
}

function text(tag: string, vr: string, value: string | undefined): DicomElements {
  return value === undefined ? {} : { [tag]: [vr, value] };
}
