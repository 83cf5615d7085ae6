import { type DicomElements, dicomImage } from './dicom-file.js';

/** A frame of an enhanced file; a field that is undefined is left out. */
export interface EnhancedFrame {
  readonly pixels: readonly number[];
  readonly position?: readonly number[];
  readonly orientation?: readonly number[];
  readonly spacing?: readonly number[];
  readonly slope?: string;
  readonly intercept?: string;
  readonly frameType?: string;
}

/** An enhanced CT (PS3.3, A.38.1) of 2 x 3 pixels a frame; what `shared` holds is left out of the frames. */
export function enhancedFile(
  frames: readonly EnhancedFrame[],
  shared: Omit<EnhancedFrame, 'pixels'> = {},
  more: DicomElements = {},
): Buffer {
  return dicomImage({
    ...{ rows: 2, columns: 3, signed: 1, frames: String(frames.length) },
    pixels: new Uint8Array(Int16Array.from(frames.flatMap(({ pixels }) => pixels)).buffer),
    elements: {
      '00080008': ['CS', 'ORIGINAL\\PRIMARY\\VOLUME\\NONE'],
      '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.2.1'],
      '00080018': ['UI', '1.2.3.4.5'],
      '00080060': ['CS', 'CT'],
      '0020000d': ['UI', '1.2.3.1'],
      '0020000e': ['UI', '1.2.3.4'],
      '00200052': ['UI', '1.2.3.9'],
      '52009229': ['SQ', [groups(shared)]],
      '52009230': ['SQ', frames.map(groups)],
      ...more,
    },
  });
}

function groups(frame: Omit<EnhancedFrame, 'pixels'>): DicomElements {
  const { position, orientation, spacing, slope, intercept, frameType } = frame;
  const group = (tag: string, elements: DicomElements): DicomElements =>
    Object.keys(elements).length === 0 ? {} : { [tag]: ['SQ', [elements]] };
  const text = (tag: string, vr: string, value: string | undefined): DicomElements =>
    value === undefined ? {} : { [tag]: [vr, value] };
  return {
    ...group('00189329', text('00089007', 'CS', frameType)),
    ...group('00209113', text('00200032', 'DS', position?.join('\\'))),
    ...group('00209116', text('00200037', 'DS', orientation?.join('\\'))),
    ...group('00289110', text('00280030', 'DS', spacing?.join('\\'))),
    ...group('00289145', { ...text('00281052', 'DS', intercept), ...text('00281053', 'DS', slope) }),
  };
}
