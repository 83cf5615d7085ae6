import {
  bytesOf,
  type DicomElement,
  encodeElements,
  float32,
  int32,
  sequence,
  text,
  uint16,
  uint32,
} from './dicom-elements.js';
import { sharedGroups, slideModules } from './dicom-modules.js';
import { cutOut, type Picture } from './painted-picture.js';

/** How a picture becomes a VL Whole Slide Microscopy Image of one level, and what is wrong with it. */
export interface DicomSlideSettings {
  /** Micrometres of a pixel. */
  readonly micronsPerPixel: { readonly x: number; readonly y: number };
  /** Name and number of a patient who is not there. */
  readonly patient: { readonly name: string; readonly id: string };
  /** Number that its UIDs end with. */
  readonly uid: number;
  /** Order in which the frames are stored, each with its own place; without it they are TILED_FULL. */
  readonly order?: 'scattered';
  /** Replaces elements of the data set, by their tag; null leaves one out. */
  readonly change?: Readonly<Record<number, DicomElement | null>>;
  /** Pixel Spacing in mm, rows first, as text; default that of `micronsPerPixel`, null for none. */
  readonly pixelSpacing?: string | null;
  /** Frames that are stored, of all that there are. */
  readonly storedFrames?: number;
}

/** Neither square nor a part of a tile of the suite's models. */
export const FRAME = { width: 96, height: 80 } as const;
/** What stands in a frame beyond the edge of the slide: nobody may look at it. */
const BEYOND = 7;
const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.77.1.6';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const ROOT = '2.25.4091';
export const TAGS = {
  imageType: 0x00080008,
  rows: 0x00280010,
  columns: 0x00280011,
  frames: 0x00280008,
  samples: 0x00280002,
  volumeWidth: 0x00480001,
  volumeHeight: 0x00480002,
  matrixColumns: 0x00480006,
  matrixRows: 0x00480007,
  focalPlanes: 0x00480303,
  organization: 0x00209311,
  pixels: 0x7fe00010,
} as const;

/** Part 10 file, Explicit VR Little Endian, uncompressed RGB. */
export function dicomSlide(picture: Picture, settings: DicomSlideSettings): Buffer {
  const { uid, change = {} } = settings;
  const instance = `${ROOT}.${uid}.4`;
  const meta = encodeElements([
    bytesOf(0x00020001, 'OB', Buffer.of(0, 1)),
    text(0x00020002, 'UI', SOP_CLASS),
    text(0x00020003, 'UI', instance),
    text(0x00020010, 'UI', EXPLICIT_LITTLE_ENDIAN),
    text(0x00020012, 'UI', `${ROOT}.1`),
  ]);
  const all = new Map(dataset(picture, settings, instance).map((element) => [element.tag, element]));
  for (const [tag, element] of Object.entries(change)) {
    if (element === null) all.delete(Number(tag));
    else all.set(Number(tag), element);
  }
  const length = encodeElements([uint32(0x00020000, meta.length)]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, meta, encodeElements([...all.values()])]);
}

function dataset(picture: Picture, settings: DicomSlideSettings, instance: string): DicomElement[] {
  const { width, height } = picture;
  const { micronsPerPixel: mpp, patient, uid, order, pixelSpacing, storedFrames } = settings;
  const places = placesOf(picture, order);
  const spacing = pixelSpacing === undefined ? `${mm(mpp.y)}\\${mm(mpp.x)}` : pixelSpacing;
  const frames = places
    .slice(0, storedFrames)
    .map(({ x, y }) => Buffer.from(cutOut(picture, x, y, FRAME.width, FRAME.height, BEYOND)));
  return [
    text(TAGS.imageType, 'CS', 'DERIVED\\PRIMARY\\VOLUME\\NONE'),
    text(0x00080016, 'UI', SOP_CLASS),
    text(0x00080018, 'UI', instance),
    text(0x00080020, 'DA', '20240229'),
    text(0x00080060, 'CS', 'SM'),
    text(0x00100010, 'PN', patient.name),
    text(0x00100020, 'LO', patient.id),
    text(0x0020000d, 'UI', `${ROOT}.${uid}.2`),
    text(0x0020000e, 'UI', `${ROOT}.${uid}.3`),
    text(0x00200052, 'UI', `${ROOT}.${uid}.5`),
    ...(order === undefined ? [text(TAGS.organization, 'CS', 'TILED_FULL')] : []),
    uint16(TAGS.samples, 3),
    text(0x00280004, 'CS', 'RGB'),
    uint16(0x00280006, 0),
    text(TAGS.frames, 'IS', String(places.length)),
    uint16(TAGS.rows, FRAME.height),
    uint16(TAGS.columns, FRAME.width),
    ...[0x00280100, 0x00280101].map((tag) => uint16(tag, 8)),
    uint16(0x00280102, 7),
    uint16(0x00280103, 0),
    float32(TAGS.volumeWidth, (width * mpp.x) / 1000),
    float32(TAGS.volumeHeight, (height * mpp.y) / 1000),
    float32(0x00480003, 0.001),
    uint32(TAGS.matrixColumns, width),
    uint32(TAGS.matrixRows, height),
    // The slide lies in the scanner turned by half, and away from its corner: pixels stay where they are.
    sequence(0x00480008, [text(0x0040072a, 'DS', '24.5'), text(0x0040073a, 'DS', '41.25')]),
    text(0x00480102, 'DS', '0\\-1\\0\\-1\\0\\0'),
    uint32(0x00480302, 1),
    uint32(TAGS.focalPlanes, 1),
    sequence(0x52009229, [
      ...sharedGroups(),
      ...(spacing === null
        ? []
        : [sequence(0x00289110, [text(0x00180050, 'DS', '0.001'), text(0x00280030, 'DS', spacing)])]),
    ]),
    ...slideModules(`${ROOT}.${uid}`),
    ...(order === undefined ? [] : [sequence(0x52009230, ...places.map((place) => frameGroups(place, mpp)))]),
    bytesOf(TAGS.pixels, 'OB', Buffer.concat(frames)),
  ];
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function placesOf({ width, height }: Picture, order: 'scattered' | undefined): Place[] {
  const columns = Math.ceil(width / FRAME.width);
  const rows = Math.ceil(height / FRAME.height);
  const places = Array.from({ length: columns * rows }, (_, index) => ({
    x: (index % columns) * FRAME.width,
    y: Math.floor(index / columns) * FRAME.height,
  }));
  if (order === undefined) return places;
  // From the last to the first, odd ones before even ones.
  const turned = places.toReversed();
  return [...turned.filter((_, index) => index % 2 === 1), ...turned.filter((_, index) => index % 2 === 0)];
}

/** Plane Position (Slide) of a frame: columns and rows count from 1. */
function frameGroups({ x, y }: Place, mpp: DicomSlideSettings['micronsPerPixel']): DicomElement[] {
  return [
    sequence(0x0048021a, [
      ...[int32(0x0048021e, x + 1), int32(0x0048021f, y + 1)],
      ...[text(0x0040072a, 'DS', mm(24_500 - y * mpp.y)), text(0x0040073a, 'DS', mm(41_250 - x * mpp.x))],
      text(0x0040074a, 'DS', '0'),
    ]),
  ];
}

function mm(micrometres: number): string {
  return String(Number((micrometres / 1000).toPrecision(10)));
}
