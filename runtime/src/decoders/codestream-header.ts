import { DicomRefusal } from './dicom-refusal.js';

/** What a compressed image says of itself, before anything of it is decoded. */
export interface CodestreamHeader {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Bits of a sample. */
  readonly precision: number;
  /** Only JPEG 2000 says so; undefined elsewhere. */
  readonly isSigned?: boolean;
  /** Of JPEG with three components: whether a decoder turns it from YCbCr into RGB. */
  readonly isYcbcr: boolean;
}

const DAMAGED = 'has Pixel Data that its codec cannot read';

/**
 * Where a stream ends, behind EOI of JPEG and JPEG-LS or EOC of JPEG 2000, which are the same two bytes.
 * Writers fill it up to an even length with 0, and some with 255.
 *
 * @throws DicomRefusal for a stream without an end, which is cut off
 */
export function endOfStream(stream: Uint8Array): number {
  let end = stream.length;
  while (end > 0 && (stream[end - 1] === 0 || stream[end - 1] === 0xff)) end--;
  if (stream[end - 2] === 0xff && stream[end - 1] === 0xd9) return end;
  throw new DicomRefusal('has Pixel Data that is cut off');
}

/** Frame headers: SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC), and SOF55 of JPEG-LS. */
function isFrameHeader(marker: number): boolean {
  return (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
}

/** The frame header of a JPEG (ITU-T T.81, B.2.2) or JPEG-LS (T.87, C.2.2) stream. Throws DicomRefusal. */
export function readJpegHeader(stream: Uint8Array): CodestreamHeader {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  let isJfif = false;
  let adobe: number | undefined;
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (stream[at] !== 0xff) break;
    const marker = stream[at + 1] as number;
    if (marker === 0xff) {
      // Fill bytes may stand in front of any marker.
      at++;
      continue;
    }
    const length = view.getUint16(at + 2);
    const text = String.fromCharCode(...stream.subarray(at + 4, at + 9));
    if (marker === 0xe0 && text.startsWith('JFIF')) isJfif = true;
    if (marker === 0xee && text === 'Adobe') adobe = stream[at + 15];
    if (isFrameHeader(marker) && at + 2 + length <= view.byteLength && length >= 8) {
      const components = stream[at + 9] as number;
      const ids = Array.from({ length: components }, (_, i) => stream[at + 10 + i * 3]);
      return {
        precision: stream[at + 4] as number,
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        components,
        isYcbcr: components === 3 && isYcbcr(isJfif, adobe, ids),
      };
    }
    at += 2 + length;
  }
  throw new DicomRefusal(DAMAGED);
}

/** What libjpeg takes three components for. */
function isYcbcr(isJfif: boolean, adobe: number | undefined, ids: readonly (number | undefined)[]): boolean {
  if (isJfif) return true;
  if (adobe !== undefined) return adobe !== 0;
  return ids.join() !== '82,71,66';
}

/** The size marker of a JPEG 2000 codestream (ITU-T T.800, A.5.1). Throws DicomRefusal. */
export function readJpeg2000Header(stream: Uint8Array): CodestreamHeader {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  if (view.byteLength < 51 || view.getUint32(0) !== 0xff4fff51) throw new DicomRefusal(DAMAGED);
  const components = view.getUint16(40);
  const depths = Array.from({ length: Math.min(components, 3) }, (_, i) => stream[42 + i * 3]);
  const depth = depths[0] as number;
  if (depths.some((other) => other !== depth)) throw new DicomRefusal(DAMAGED);
  // Each component has a sample for each pixel (PS3.5, 8.2.4). A decoder that is told otherwise may wait
  // for rows of it for ever.
  const distances = Array.from({ length: Math.min(components, 3) }, (_, i) => view.getUint16(43 + i * 3));
  if (distances.some((distance) => distance !== 0x0101)) throw new DicomRefusal(DAMAGED);
  return {
    width: view.getUint32(8) - view.getUint32(16),
    height: view.getUint32(12) - view.getUint32(20),
    components,
    precision: (depth & 0x7f) + 1,
    isSigned: depth >= 0x80,
    isYcbcr: false,
  };
}
