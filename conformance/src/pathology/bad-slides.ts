import { text, uint16, uint32 } from './dicom-elements.js';
import { type DicomSlideSettings, TAGS } from './dicom-slide.js';
import { halved } from './painted-picture.js';
import type { AnalysisName } from './pathology-models.js';
import { makeSlide, pictureOf, type SuiteSlide, slideOf } from './suite-slides.js';
import { type TiffSlideSettings, tiffSlide } from './tiff-slide.js';

/** A slide that must be refused. */
export interface BadSlide {
  make(): SuiteSlide;
  /** Default `score`. */
  readonly analysis?: AnalysisName;
  /** `STATUS / REASON`, each as good as the other. */
  readonly refused: readonly string[];
}

const UNREADABLE = ['INVALID_ARGUMENT / SLIDE_UNREADABLE'];
const DAMAGED = [...UNREADABLE, 'FAILED_PRECONDITION / SLIDE_REGION_UNREADABLE'];
const NO_SCALE = ['FAILED_PRECONDITION / SLIDE_SCALE_MISSING'];
const CONFLICT = ['FAILED_PRECONDITION / SLIDE_GEOMETRY_CONFLICT'];
const UNSUITABLE = ['FAILED_PRECONDITION / SLIDE_UNSUITABLE'];
const SOP_CLASS = 0x00080016;
const PHOTOMETRIC = 0x00280004;
const NO_VOLUME = { [TAGS.volumeWidth]: null, [TAGS.volumeHeight]: null };

/** Bad slides by the word that cases have for them. */
export const BAD_SLIDES: Readonly<Record<string, BadSlide>> = {
  'dicom-without-scale': dicom(NO_SCALE, { change: NO_VOLUME, pixelSpacing: null }),
  'dicom-with-scale-zero': dicom(NO_SCALE, { change: NO_VOLUME, pixelSpacing: '0\\0' }),
  'tiff-without-scale': tiff(NO_SCALE, {}),
  'tiff-with-a-printers-scale': tiff(NO_SCALE, { dotsPerInch: 72 }),
  'dicom-that-contradicts-itself': dicom(CONFLICT, { pixelSpacing: '0.000667\\0.000373' }),
  'dicom-of-another-spacing': dicom(CONFLICT, { pixelSpacing: '0.00025\\0.00025' }),
  'dicom-with-oblong-pixels': dicom(CONFLICT, { change: NO_VOLUME, pixelSpacing: '0.0005\\0.00025' }),

  'dicom-cut-short': cut(dicom(DAMAGED, {})),
  'dicom-cut-in-its-header': cut(dicom(UNREADABLE, {}), 700),
  'tiff-cut-short': cut(tiff(DAMAGED, { micronsPerPixel: 0.5 })),
  'dicom-with-too-few-frames': dicom(DAMAGED, {
    change: { [TAGS.frames]: text(TAGS.frames, 'IS', '9') },
    storedFrames: 9,
  }),
  'dicom-with-frames-it-does-not-hold': dicom(DAMAGED, { storedFrames: 9 }),
  'dicom-with-a-frame-outside': dicom(DAMAGED, {
    order: 'scattered',
    change: { [TAGS.matrixColumns]: uint32(TAGS.matrixColumns, 280) },
  }),
  'tiff-with-a-tile-outside': tiff(DAMAGED, { micronsPerPixel: 0.5, lastTileMovedBy: 10_000_000 }),

  'a-text': bytes('application/dicom', Buffer.from('This is no slide. '.repeat(100))),
  nothing: bytes('application/dicom', Buffer.alloc(0)),
  'a-text-as-tiff': bytes('image/tiff', Buffer.from('II*\0 but no directory, nor any picture. '.repeat(20))),
  'a-label': dicom(UNREADABLE, {
    change: { [TAGS.imageType]: text(TAGS.imageType, 'CS', 'ORIGINAL\\PRIMARY\\LABEL\\NONE') },
  }),
  'another-sop-class': dicom(UNREADABLE, {
    change: { [SOP_CLASS]: text(SOP_CLASS, 'UI', '1.2.840.10008.5.1.4.1.1.7') },
  }),

  'too-coarse': { make: () => makeSlide({ micronsPerPixel: { x: 4, y: 4 } }), refused: UNSUITABLE },
  'several-focal-planes': dicom(UNSUITABLE, { change: { [TAGS.focalPlanes]: uint32(TAGS.focalPlanes, 3) } }),
  grey: dicom(UNSUITABLE, {
    change: { [TAGS.samples]: uint16(TAGS.samples, 1), [PHOTOMETRIC]: text(PHOTOMETRIC, 'CS', 'MONOCHROME2') },
  }),
  blank: { make: () => makeSlide({ picture: pictureOf('blank') }), analysis: 'tissue', refused: UNSUITABLE },

  'dicom-of-a-kilometre': dicom([...DAMAGED, ...UNSUITABLE, ...CONFLICT], {
    change: {
      ...{
        [TAGS.matrixColumns]: uint32(TAGS.matrixColumns, 4_000_000_000),
        [TAGS.matrixRows]: uint32(TAGS.matrixRows, 3_000_000_000),
      },
      ...NO_VOLUME,
    },
  }),
  'dicom-with-all-its-frames': dicom([...DAMAGED, ...UNSUITABLE], {
    change: {
      ...{
        [TAGS.matrixColumns]: uint32(TAGS.matrixColumns, 960_000),
        [TAGS.matrixRows]: uint32(TAGS.matrixRows, 800_000),
      },
      ...{ [TAGS.frames]: text(TAGS.frames, 'IS', '100000000'), ...NO_VOLUME },
    },
  }),
  'dicom-with-a-frame-of-gigabytes': dicom([...DAMAGED, ...UNSUITABLE], {
    change: {
      ...{ [TAGS.columns]: uint16(TAGS.columns, 65_535), [TAGS.rows]: uint16(TAGS.rows, 65_535) },
      ...{ [TAGS.frames]: text(TAGS.frames, 'IS', '1'), [TAGS.matrixColumns]: uint32(TAGS.matrixColumns, 65_535) },
      ...{ [TAGS.matrixRows]: uint32(TAGS.matrixRows, 65_535), ...NO_VOLUME },
    },
  }),
  'tiff-of-a-kilometre': tiff([...DAMAGED, ...UNSUITABLE], {
    micronsPerPixel: 0.5,
    statedExtents: { width: 4_000_000_000, height: 3_000_000_000 },
  }),
};

function dicom(refused: readonly string[], settings: Partial<DicomSlideSettings>): BadSlide {
  return { make: () => makeSlide({ dicom: settings }), refused };
}

function tiff(refused: readonly string[], settings: Partial<TiffSlideSettings>): BadSlide {
  return {
    refused,
    make: () => {
      const right = makeSlide({ format: 'tiff' });
      const description = `Painted for ${right.canaries.join(', ')}`;
      const made = tiffSlide([right.picture, halved(right.picture)], { ...settings, description });
      return { ...right, ...slideOf(made, 'image/tiff') };
    },
  };
}

/** @param at default a third of the file */
function cut({ make, refused }: BadSlide, at?: number): BadSlide {
  return {
    refused,
    make: () => {
      const whole = make();
      return {
        ...whole,
        ...slideOf(whole.bytes.subarray(0, at ?? Math.floor(whole.bytes.length / 3)), whole.mediaType),
      };
    },
  };
}

function bytes(mediaType: SuiteSlide['mediaType'], content: Buffer): BadSlide {
  return { make: () => ({ ...makeSlide(), ...slideOf(content, mediaType) }), refused: UNREADABLE };
}
