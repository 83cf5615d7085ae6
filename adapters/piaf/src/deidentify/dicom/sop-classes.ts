export type SopKind = 'image' | 'slide' | 'waveform';

export interface SopClass {
  readonly kind: SopKind;
  /** Scanners and programs of this kind often write into the pixels: the file must say that they did not. */
  readonly mayHaveBurnedIn: boolean;
}

const IMAGE = { kind: 'image', mayHaveBurnedIn: false } as const;
const DOUBTFUL = { kind: 'image', mayHaveBurnedIn: true } as const;
const SLIDE = { kind: 'slide', mayHaveBurnedIn: false } as const;
const WAVEFORM = { kind: 'waveform', mayHaveBurnedIn: false } as const;

/**
 * The storage SOP classes that are taken (PS3.4, B.5), by what follows 1.2.840.10008.5.1.4.1.1. All others are
 * refused: reports, documents, presentation states, segmentations, radiotherapy, raw data and video.
 */
const CLASSES: Readonly<Record<string, SopClass>> = {
  // CR, DX, mammography, intra-oral and tomosynthesis.
  ...{ '1': IMAGE, '1.1': IMAGE, '1.1.1': IMAGE, '1.2': IMAGE, '1.2.1': IMAGE, '1.3': IMAGE, '1.3.1': IMAGE },
  ...{ '13.1.1': IMAGE, '13.1.2': IMAGE, '13.1.3': IMAGE },
  // CT, MR, PET and nuclear medicine, enhanced and converted ones too.
  ...{ '2': IMAGE, '2.1': IMAGE, '2.2': IMAGE, '4': IMAGE, '4.1': IMAGE, '4.3': IMAGE, '4.4': IMAGE },
  ...{ '20': IMAGE, '128': IMAGE, '130': IMAGE, '128.1': IMAGE },
  // Ultrasound, secondary capture, angiography, fluoroscopy.
  ...{
    '3.1': DOUBTFUL,
    '6.1': DOUBTFUL,
    '6.2': DOUBTFUL,
    '7': DOUBTFUL,
    '7.1': DOUBTFUL,
    '7.2': DOUBTFUL,
    '7.3': DOUBTFUL,
    '7.4': DOUBTFUL,
  },
  ...{ '12.1': DOUBTFUL, '12.1.1': DOUBTFUL, '12.2': DOUBTFUL, '12.2.1': DOUBTFUL },
  // Visible light: endoscopes, microscopes, cameras; the eye.
  ...{ '77.1.1': DOUBTFUL, '77.1.2': DOUBTFUL, '77.1.3': DOUBTFUL, '77.1.4': DOUBTFUL, '77.1.7': DOUBTFUL },
  ...{ '77.1.5.1': DOUBTFUL, '77.1.5.2': DOUBTFUL, '77.1.5.4': DOUBTFUL },
  '77.1.6': SLIDE,
  // ECG of 12 leads, general and ambulatory, haemodynamics, electrophysiology, pulse, respiration, EEG, EMG, EOG.
  ...{
    '9.1.1': WAVEFORM,
    '9.1.2': WAVEFORM,
    '9.1.3': WAVEFORM,
    '9.1.4': WAVEFORM,
    '9.2.1': WAVEFORM,
    '9.3.1': WAVEFORM,
  },
  ...{
    '9.5.1': WAVEFORM,
    '9.6.1': WAVEFORM,
    '9.6.2': WAVEFORM,
    '9.7.1': WAVEFORM,
    '9.7.2': WAVEFORM,
    '9.7.3': WAVEFORM,
    '9.7.4': WAVEFORM,
  },
};

const ROOT = '1.2.840.10008.5.1.4.1.1.';

/** Undefined for a class that is not taken. */
export function sopClassOf(uid: string): SopClass | undefined {
  if (!uid.startsWith(ROOT)) return undefined;
  const end = uid.slice(ROOT.length);
  return Object.hasOwn(CLASSES, end) ? CLASSES[end] : undefined;
}

/** Modalities whose pictures need no word on what is burned in, if their SOP class does not need it either. */
export const PLAIN_MODALITIES = ['CT', 'MR', 'PT', 'NM', 'CR', 'DX', 'MG', 'IO', 'PX', 'SM'];
