/** Codecs that come with an encoder, which only tests use. */
export type EncodedBy = 'jpeg-ls' | 'jpeg-2000' | 'htj2k';

export interface RawFrame {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: 8 | 16;
  /** Of three components, the stream turns colours where its codec can. */
  readonly componentCount: 1 | 3;
  /** Little endian, interleaved; plane by plane for interleave mode 0 of JPEG-LS. */
  readonly samples: Uint8Array;
  /** Of JPEG-LS. Default: 0. */
  readonly interleaveMode?: number;
}

interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  getEncodedBuffer(): Uint8Array;
  setInterleaveMode?(mode: number): void;
  setDecompositions?(levels: number): void;
  encode(): void;
}
type EncoderModule = Readonly<Record<string, new () => Encoder>>;

const ENCODERS: Readonly<Record<EncodedBy, readonly [name: string, load: () => Promise<{ default: unknown }>]>> = {
  'jpeg-ls': ['JpegLSEncoder', () => import('@cornerstonejs/codec-charls')],
  'jpeg-2000': ['J2KEncoder', () => import('@cornerstonejs/codec-openjpeg')],
  htj2k: ['HTJ2KEncoder', () => import('@cornerstonejs/codec-openjph')],
};

/** A frame as a stream of the encoder that goes with a codec. */
export async function encodeFrame(codec: EncodedBy, frame: RawFrame): Promise<Uint8Array> {
  const [name, load] = ENCODERS[codec];
  const silent = { print: () => {}, printErr: () => {} };
  const factory = (await load()).default as (options: object) => Promise<EncoderModule>;
  const encoder = new ((await factory(silent))[name] as new () => Encoder)();
  const { samples, interleaveMode = 0, ...info } = frame;
  const isUsingColorTransform = info.componentCount === 3;
  encoder.getDecodedBuffer({ ...info, isSigned: false, isUsingColorTransform }).set(samples);
  encoder.setInterleaveMode?.(interleaveMode);
  // By default it divides the image more often than a small one can be.
  encoder.setDecompositions?.(2);
  encoder.encode();
  return Uint8Array.from(encoder.getEncodedBuffer());
}
