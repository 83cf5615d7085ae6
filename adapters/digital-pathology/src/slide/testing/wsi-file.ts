import { type DicomElements, dicomFile } from '@deephealth/sdk/testing';
import { cropPicture, encodeJpeg, type TestPicture } from './test-picture.js';

export interface WsiFileOptions {
  /** Side of a frame. Default 16. */
  readonly tile?: number;
  /** Default JPEG baseline. */
  readonly syntax?: string;
  /** Default "full": TILED_FULL. "sparse" lists positions; "silent" does so and names no organization. */
  readonly organization?: 'full' | 'sparse' | 'silent';
  /** Order in which tiles are stored, by their place in the raster. Default: all, row by row. */
  readonly order?: readonly number[];
  /** Of encapsulated frames. Default "none". */
  readonly table?: 'none' | 'basic' | 'extended';
  /** Whether each frame is cut into two fragments. */
  readonly hasTwoFragments?: boolean;
  /** Planar Configuration. Default 0. */
  readonly planar?: 0 | 1;
  /** Encodes a frame. Default: JPEG, or the bytes for uncompressed syntaxes. */
  readonly encode?: (pixels: Uint8Array, side: number) => Promise<Uint8Array>;
  /** Micrometres of a pixel. Default 0.5. */
  readonly micronsPerPixel?: number;
  readonly sopInstanceUid?: string;
  /** Goes before what is written otherwise; undefined leaves an element out. */
  readonly elements?: Readonly<Record<string, DicomElements[string] | undefined>>;
  /** Functional groups of a frame, besides its position. */
  readonly groups?: (frame: number) => DicomElements;
}

export const JPEG = '1.2.840.10008.1.2.4.50';
export const EXPLICIT = '1.2.840.10008.1.2.1';
export const IMPLICIT = '1.2.840.10008.1.2';
const ITEM = 0xe000fffe;

/** What the file says, and the frames that it holds. */
export interface WsiFile {
  readonly elements: DicomElements;
  readonly frames: readonly Uint8Array[];
  readonly bytes: Buffer;
}

/** A whole slide image (PS3.3, A.32.8) of a picture, written by the book but for what the options say. */
export async function wsiFile(picture: TestPicture, options: WsiFileOptions = {}): Promise<WsiFile> {
  const { tile = 16, syntax = JPEG, organization = 'full', planar = 0, micronsPerPixel = 0.5 } = options;
  const columns = Math.ceil(picture.width / tile);
  const count = columns * Math.ceil(picture.height / tile);
  const order = options.order ?? Array.from({ length: count }, (_, index) => index);
  const places = order.map((index) => [(index % columns) * tile, Math.floor(index / columns) * tile] as const);
  const isPlain = syntax === EXPLICIT || syntax === IMPLICIT;
  const encode =
    options.encode ?? ((pixels, side) => (isPlain ? arranged(pixels, planar) : encodeJpeg(pixels, side, side)));
  const frames: Uint8Array[] = [];
  for (const [x, y] of places) frames.push(await encode(cropPicture(picture, x, y, tile, tile, 0), tile));
  const spacing = String(micronsPerPixel / 1000);
  const stated: Record<string, DicomElements[string] | undefined> = {
    '00080008': ['CS', 'ORIGINAL\\PRIMARY\\VOLUME\\NONE'],
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.77.1.6'],
    '00080018': ['UI', options.sopInstanceUid ?? '1.2.3.1.1'],
    '00080060': ['CS', 'SM'],
    '00100010': ['PN', 'Doe^Jane'],
    '0020000d': ['UI', '1.2.3'],
    '0020000e': ['UI', '1.2.3.1'],
    '00200052': ['UI', '1.2.3.9'],
    ...(organization === 'silent'
      ? {}
      : { '00209311': ['CS', organization === 'full' ? 'TILED_FULL' : 'TILED_SPARSE'] }),
    '00280002': ['US', [3]],
    '00280004': ['CS', isPlain ? 'RGB' : 'YBR_FULL_422'],
    '00280006': ['US', [planar]],
    '00280008': ['IS', String(frames.length)],
    '00280010': ['US', [tile]],
    '00280011': ['US', [tile]],
    '00280100': ['US', [8]],
    '00280101': ['US', [8]],
    '00280102': ['US', [7]],
    '00280103': ['US', [0]],
    '00480001': ['FL', float((picture.width * micronsPerPixel) / 1000)],
    '00480002': ['FL', float((picture.height * micronsPerPixel) / 1000)],
    '00480006': ['UL', [picture.width]],
    '00480007': ['UL', [picture.height]],
    '52009229': ['SQ', [{ '00289110': ['SQ', [{ '00280030': ['DS', `${spacing}\\${spacing}`] }]] }]],
    ...(organization === 'full'
      ? {}
      : { '52009230': ['SQ', places.map(([x, y], frame) => ({ ...position(x, y), ...options.groups?.(frame) }))] }),
    ...options.elements,
  };
  const elements = Object.fromEntries(
    Object.entries(stated).filter((entry): entry is [string, DicomElements[string]] => entry[1] !== undefined),
  );
  if (isPlain) {
    const pixels = Buffer.concat(frames);
    const whole = { ...elements, '7fe00010': ['OW', pixels] as const };
    return { elements, frames, bytes: syntax === IMPLICIT ? implicitFile(whole) : dicomFile(whole, syntax) };
  }
  return { elements, frames, bytes: Buffer.concat([dicomFile(elements, syntax), encapsulated(frames, options)]) };
}

/** Pixel Data, which come last in a file, with the table of offsets that is asked for. */
function encapsulated(
  frames: readonly Uint8Array[],
  { table = 'none', hasTwoFragments = false }: WsiFileOptions,
): Buffer {
  const even = frames.map((frame) => Buffer.concat([frame, Buffer.alloc(frame.length % 2)]));
  const fragments = even.map((frame) => {
    const half = Math.floor(frame.length / 4) * 2;
    return hasTwoFragments ? [item(frame.subarray(0, half)), item(frame.subarray(half))] : [item(frame)];
  });
  const offsets: number[] = [];
  let offset = 0;
  for (const parts of fragments) {
    offsets.push(offset);
    offset += parts.reduce((sum, part) => sum + part.length, 0);
  }
  const long = (tag: number, values: readonly number[]) => {
    const bytes = Buffer.alloc(12 + values.length * 8);
    bytes.writeUInt16LE(0x7fe0, 0);
    bytes.writeUInt16LE(tag, 2);
    bytes.write('OV', 4, 'latin1');
    bytes.writeUInt32LE(values.length * 8, 8);
    for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 12 + index * 8);
    return bytes;
  };
  const basic = Buffer.alloc(table === 'basic' ? offsets.length * 4 : 0);
  if (table === 'basic') for (const [index, value] of offsets.entries()) basic.writeUInt32LE(value, index * 4);
  return Buffer.concat([
    ...(table === 'extended'
      ? [
          long(1, offsets),
          long(
            2,
            frames.map(({ length }) => length),
          ),
        ]
      : []),
    Buffer.from('e07f10004f420000ffffffff', 'hex'),
    item(basic),
    ...fragments.flat(),
    Buffer.from('feffdde000000000', 'hex'),
  ]);
}

function item(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(ITEM, 0);
  head.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
}

/** Place of a frame; the file counts from 1. */
function position(x: number, y: number): DicomElements {
  const long = (value: number) => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setInt32(0, value + 1, true);
    return bytes;
  };
  return { '0048021a': ['SQ', [{ '0048021e': ['SL', long(x)], '0048021f': ['SL', long(y)] }]] };
}

export function float(value: number): Uint8Array {
  return new Uint8Array(Float32Array.of(value).buffer);
}

async function arranged(pixels: Uint8Array, planar: 0 | 1): Promise<Uint8Array> {
  if (planar === 0) return pixels;
  const count = pixels.length / 3;
  return Uint8Array.from(pixels, (_, at) => pixels[(at % count) * 3 + Math.floor(at / count)] as number);
}

/** The same elements without their value representations. */
function implicitFile(elements: DicomElements): Buffer {
  const explicit = dicomFile({}, IMPLICIT);
  return Buffer.concat([explicit, implicit(elements)]);
}

function implicit(elements: DicomElements): Buffer {
  const sorted = Object.entries(elements).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(
    sorted.flatMap(([tag, [vr, value]]) => {
      const bytes =
        vr === 'SQ'
          ? Buffer.concat((value as readonly DicomElements[]).map((one) => item(implicit(one))))
          : plain(tag, vr, value);
      const head = Buffer.alloc(8);
      head.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
      head.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
      head.writeUInt32LE(bytes.length, 4);
      return [head, bytes];
    }),
  );
}

/** A value as it is in explicit VR, cut out of an element of its own. */
function plain(tag: string, vr: string, value: DicomElements[string][1]): Buffer {
  const file = dicomFile({ [tag]: [vr, value] });
  const rest = file.subarray(dicomFile({}).length);
  return rest.subarray(['OB', 'OW', 'UN', 'UT'].includes(vr) ? 12 : 8);
}
