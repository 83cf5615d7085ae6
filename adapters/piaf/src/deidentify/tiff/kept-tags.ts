/** Types of whole numbers: BYTE, SHORT, LONG, LONG8. */
const WHOLE = [1, 3, 4, 16] as const;
const RATIONAL = [5] as const;

export interface KeptTag {
  readonly types: readonly number[];
  readonly most: number;
}

const one: KeptTag = { types: WHOLE, most: 1 };
const some: KeptTag = { types: WHOLE, most: 32 };
/** One for each tile or strip. */
const each: KeptTag = { types: WHOLE, most: 2 ** 24 };

/** Tags that decoders need (TIFF 6.0), and a colour profile. Of texts, only Aperio's description, which is written anew. */
export const KEPT_TAGS: Readonly<Record<number, KeptTag>> = {
  // NewSubfileType, extents, bits, compression, colours, order of bits.
  ...{ 254: one, 255: one, 256: one, 257: one, 258: some, 259: one, 262: one, 266: one },
  // Strips and tiles.
  ...{ 273: each, 277: one, 278: one, 279: each, 284: one, 322: one, 323: one, 324: each, 325: each },
  // Orientation and resolution.
  ...{ 274: one, 282: { types: RATIONAL, most: 1 }, 283: { types: RATIONAL, most: 1 }, 296: one },
  // Predictor, palette, further samples and their kind.
  ...{ 317: one, 320: { types: [3], most: 3 * 65536 }, 338: some, 339: some, 32997: one },
  // Tables of JPEG, YCbCr, profile.
  ...{
    347: { types: [7, 1], most: 65536 },
    529: { types: RATIONAL, most: 3 },
    530: some,
    531: one,
    532: { types: RATIONAL, most: 6 },
  },
  34675: { types: [7, 1], most: 16 * 1024 * 1024 },
};

export const TAG = {
  ...{ subfileType: 254, width: 256, height: 257, bits: 258, compression: 259, photometric: 262, description: 270 },
  ...{
    stripOffsets: 273,
    samples: 277,
    rowsPerStrip: 278,
    stripBytes: 279,
    planar: 284,
    software: 305,
    tileWidth: 322,
  },
  ...{
    tileHeight: 323,
    tileOffsets: 324,
    tileBytes: 325,
    subDirectories: 330,
    jpegTables: 347,
    xmp: 700,
    iccProfile: 34675,
  },
} as const;
