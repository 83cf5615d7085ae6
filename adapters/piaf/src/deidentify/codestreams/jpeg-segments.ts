/** A marker of a JPEG or JPEG-LS stream with its segment; of a start of scan, with the coded data behind it. */
export interface JpegSegment {
  /** The second byte of the marker. */
  readonly marker: number;
  /** Where the marker begins. */
  readonly start: number;
  /** Where its payload begins, behind the length; the end of the marker if it has none. */
  readonly payload: number;
  /** Where the payload ends; coded data follows a start of scan. */
  readonly payloadEnd: number;
  readonly end: number;
}

export const JPEG = { soi: 0xd8, eoi: 0xd9, sos: 0xda, com: 0xfe, app0: 0xe0 } as const;

/** Thrown for a stream that does not go on as one; the message goes on after "a stream". */
export class DamagedStream extends Error {}

/**
 * The segments of a stream, from its start (FF D8) to its end (FF D9) or that of the bytes (ITU-T T.81, B; T.87, C).
 *
 * @throws DamagedStream
 */
export function* jpegSegments(bytes: Buffer): Generator<JpegSegment> {
  if (bytes.length < 2 || bytes[0] !== 0xff || bytes[1] !== JPEG.soi)
    throw new DamagedStream('that does not begin as one');
  yield { marker: JPEG.soi, start: 0, payload: 2, payloadEnd: 2, end: 2 };
  for (let at = 2; at < bytes.length; ) {
    const start = at;
    if (bytes[at] !== 0xff) throw new DamagedStream('with bytes between its segments');
    // Any number of these may come before a marker.
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at];
    if (marker === undefined) throw new DamagedStream('that is cut off');
    at++;
    if (marker === JPEG.eoi) {
      yield { marker, start, payload: at, payloadEnd: at, end: at };
      return;
    }
    if (marker < 0xc0 || marker === JPEG.soi || (marker >= 0xd0 && marker <= 0xd7)) {
      throw new DamagedStream('with a marker where none belongs');
    }
    if (at + 2 > bytes.length) throw new DamagedStream('that is cut off');
    const payloadEnd = at + bytes.readUInt16BE(at);
    if (payloadEnd < at + 2 || payloadEnd > bytes.length) throw new DamagedStream('that is cut off');
    const end = marker === JPEG.sos ? endOfScan(bytes, payloadEnd) : payloadEnd;
    yield { marker, start, payload: at + 2, payloadEnd, end };
    at = end;
  }
}

/** Coded data goes on to a marker other than a restart. Behind FF, JPEG stuffs 00 and JPEG-LS a bit of 0. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next === undefined) break;
    if (next >= 0x80 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}

/** Tables, frames, scans, restarts and lines, and extensions of JPEG-LS; all other markers that are no application's. */
export function isDecoding(marker: number): boolean {
  return (marker >= 0xc0 && marker <= 0xdd && marker !== 0xc8) || marker === 0xf7 || marker === 0xf8;
}

export function isApplication(marker: number): boolean {
  return marker >= 0xe0 && marker <= 0xef;
}

const THUMBNAIL_AT = 12;
const JFIF_BYTES = 14;

/** What decoders look at: JFIF without a thumbnail, how Adobe's colours are meant, a transform of JPEG-LS. */
export function isNeededByDecoders(marker: number, payload: Buffer): boolean {
  const begins = (text: string) => payload.toString('latin1', 0, text.length) === text;
  if (marker === 0xe0)
    return begins('JFIF\0') && payload.length === JFIF_BYTES && payload.readUInt16BE(THUMBNAIL_AT) === 0;
  if (marker === 0xee) return begins('Adobe') && payload.length === 12;
  return marker === 0xe8 && begins('mrfx') && payload.length <= 6;
}
