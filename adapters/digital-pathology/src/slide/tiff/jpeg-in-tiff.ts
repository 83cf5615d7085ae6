const MARKER = 0xff;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
/** JFIF and Adobe, either of which tells libjpeg what the colours are. */
const COLOUR_MARKERS = [0xe0, 0xee];

/**
 * A JPEG tile as a stream of its own (TIFF Technical Note 2): the tables, which are written once for all
 * tiles, and the tile. Its colour is what the TIFF says it is, told by an Adobe marker, whatever the
 * stream's own markers say.
 */
export function joinJpeg(tables: Uint8Array | undefined, tile: Uint8Array, isYcbcr: boolean): Buffer {
  const adobe = Buffer.from('ffee000e41646f626500640000000000', 'hex');
  adobe[15] = isYcbcr ? 1 : 0;
  const shared = tables === undefined ? Buffer.alloc(0) : segments(tables);
  return Buffer.concat([Buffer.from('ffd8', 'hex'), adobe, shared, segments(tile)]);
}

/** A stream from behind its first marker on, without those that speak of colour, and its end if no scan comes before. */
function segments(stream: Uint8Array): Buffer {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) throw new Error('no JPEG stream');
  const kept: Buffer[] = [];
  for (let at = 2; ; ) {
    if (at + 2 > bytes.length || bytes[at] !== MARKER) throw new Error('a JPEG stream that is cut short');
    const marker = bytes[at + 1] as number;
    if (marker === END_OF_IMAGE) return Buffer.concat(kept);
    if (marker === MARKER) {
      at += 1;
      continue;
    }
    if (marker === START_OF_SCAN) return Buffer.concat([...kept, bytes.subarray(at)]);
    if (at + 4 > bytes.length) throw new Error('a JPEG stream that is cut short');
    const next = at + 2 + bytes.readUInt16BE(at + 2);
    if (!COLOUR_MARKERS.includes(marker)) kept.push(bytes.subarray(at, next));
    at = next;
  }
}
