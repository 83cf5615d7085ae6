import { DamagedStream, isApplication, isDecoding, isNeededByDecoders, JPEG, jpegSegments } from './jpeg-segments.js';

/**
 * Zeroes what a JPEG or JPEG-LS stream says besides its picture: comments, data of applications, and what follows its
 * end. No length changes, so that tables of offsets stay true, and decoders skip what is zeroed. Gives how many were.
 *
 * @param bytes owned by the caller, and changed
 * @throws DamagedStream
 */
export function blankJpeg(bytes: Buffer): number {
  let blanked = 0;
  let end = bytes.length;
  for (const segment of jpegSegments(bytes)) {
    const { marker, payload, payloadEnd } = segment;
    if (marker === JPEG.eoi) end = segment.end;
    if (marker === JPEG.soi || marker === JPEG.eoi || isDecoding(marker)) continue;
    if (marker !== JPEG.com && !isApplication(marker)) throw new DamagedStream('with a marker that is of no picture');
    if (isNeededByDecoders(marker, bytes.subarray(payload, payloadEnd))) continue;
    blanked += blank(bytes, payload, payloadEnd);
  }
  return blanked + blank(bytes, end, bytes.length);
}

const J2K = { soc: 0xff4f, sot: 0xff90, sod: 0xff93, eoc: 0xffd9, com: 0xff64 } as const;
/** Markers of headers (ISO/IEC 15444-1, A, and 15444-15): sizes, coding, quantisation, packets, capabilities. */
const J2K_KEPT = [
  ...[0xff50, 0xff51, 0xff52, 0xff53, 0xff55, 0xff57, 0xff58, 0xff59, 0xff5c, 0xff5d, 0xff5e, 0xff5f, 0xff60, 0xff61],
  ...[0xff63, 0xff74, 0xff75, 0xff77, 0xff78, 0xff79],
];

/** The same of a JPEG 2000 codestream: its comments, and what follows its end. */
export function blankJpeg2000(bytes: Buffer): number {
  const short = (at: number) => {
    if (at + 2 > bytes.length) throw new DamagedStream('that is cut off');
    return bytes.readUInt16BE(at);
  };
  if (short(0) !== J2K.soc) throw new DamagedStream('that does not begin as one');
  let blanked = 0;
  let tileEnd = 0;
  let at = 2;
  for (;;) {
    // Some encoders leave the end away.
    if (at === bytes.length) return blanked;
    const marker = short(at);
    if (marker === J2K.eoc) return blanked + blank(bytes, at + 2, bytes.length);
    if (marker === J2K.sod) {
      if (tileEnd < at + 2) throw new DamagedStream('with data outside of its tiles');
      at = tileEnd;
      continue;
    }
    const payload = at + 4;
    const end = at + 2 + short(at + 2);
    if (end < payload || end > bytes.length) throw new DamagedStream('that is cut off');
    if (marker === J2K.sot) {
      if (end - payload !== 8) throw new DamagedStream('with a tile that has no length');
      const length = bytes.readUInt32BE(payload + 2);
      // The last tile may go on to the end.
      tileEnd = length === 0 ? endWithoutMarker(bytes) : at + length;
      if (tileEnd < end || tileEnd > bytes.length) throw new DamagedStream('that is cut off');
    } else if (marker === J2K.com) {
      blanked += blank(bytes, payload, end);
    } else if (!J2K_KEPT.includes(marker)) {
      throw new DamagedStream('with a marker that is of no picture');
    }
    at = end;
  }
}

function endWithoutMarker(bytes: Buffer): number {
  const padded = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  const end = padded - 2;
  return end >= 0 && bytes.readUInt16BE(end) === J2K.eoc ? end : bytes.length;
}

/** A frame of DICOM's RLE (PS3.5, G): what follows the lines of each segment. */
export function blankRle(bytes: Buffer, segmentBytes: number): number {
  const HEADER_BYTES = 64;
  if (bytes.length < HEADER_BYTES) throw new DamagedStream('that is cut off');
  const count = bytes.readUInt32LE(0);
  if (count < 1 || count > 15) throw new DamagedStream('with a number of segments that is none');
  let blanked = blank(bytes, 4 + count * 4, HEADER_BYTES);
  for (let index = 0; index < count; index++) {
    const start = bytes.readUInt32LE(4 + index * 4);
    const end = index + 1 < count ? bytes.readUInt32LE(8 + index * 4) : bytes.length;
    if (start < HEADER_BYTES || end < start || end > bytes.length) throw new DamagedStream('whose segments are none');
    if (index === 0) blanked += blank(bytes, HEADER_BYTES, start);
    blanked += blank(bytes, endOfPackBits(bytes, start, end, segmentBytes), end);
  }
  return blanked;
}

/** Where bytes packed by runs have given as many as are wanted. @throws DamagedStream if they do not */
export function endOfPackBits(bytes: Buffer, start: number, end: number, wanted: number): number {
  let at = start;
  for (let made = 0; made < wanted; ) {
    if (at >= end) throw new DamagedStream('that is cut off');
    const control = bytes.readInt8(at);
    at += control >= 0 ? control + 2 : control === -128 ? 1 : 2;
    made += control >= 0 ? control + 1 : control === -128 ? 0 : 1 - control;
    if (at > end) throw new DamagedStream('that is cut off');
  }
  return at;
}

/** Whether there was anything. */
function blank(bytes: Buffer, start: number, end: number): number {
  const part = bytes.subarray(start, end);
  if (part.every((byte) => byte === 0)) return 0;
  part.fill(0);
  return 1;
}
