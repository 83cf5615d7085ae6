import { DicomRefusal } from './dicom-refusal.js';

/** A decoder of the codec packages; it lives in the memory of its module. */
interface WasmDecoder {
  /** Room for the stream. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  /** A view of the module's memory, gone with the decoder. */
  getDecodedBuffer(): Uint8Array;
  /** Of JPEG-LS: 0 where one component follows the other, as the decoder gives them then, too. */
  getInterleaveMode?(): number;
  getFrameInfo(): { readonly width: number; readonly height: number; readonly componentCount: number };
  delete(): void;
}

type WasmModule = { readonly HEAPU8: Uint8Array } & Readonly<Record<string, new () => WasmDecoder>>;
type ModuleFactory = (options: { print(text: string): void; printErr(text: string): void }) => Promise<WasmModule>;

/** High-Throughput JPEG 2000 has a thread of its own, see decodeHtj2kInThread. */
export type WasmCodecName = 'jpeg' | 'jpeg-ls' | 'jpeg-2000';

interface WasmCodec {
  readonly decoder: string;
  load(): Promise<{ default: unknown }>;
}

const CODECS: Readonly<Record<WasmCodecName, WasmCodec>> = {
  jpeg: {
    decoder: 'JPEGDecoder',
    load: () => import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs'),
  },
  'jpeg-ls': { decoder: 'JpegLSDecoder', load: () => import('@cornerstonejs/codec-charls/decodewasmjs') },
  'jpeg-2000': { decoder: 'J2KDecoder', load: () => import('@cornerstonejs/codec-openjpeg/decodewasmjs') },
};

/** A module whose memory has grown beyond this is let go: the memory never shrinks. */
const KEPT_MEMORY_BYTES = 256 * 1024 * 1024;

const modules = new Map<WasmCodecName, WasmModule>();

/**
 * A stream decompressed: samples as the codec gives them, in memory of their own.
 *
 * The packages are called directly, without the wrapper that goes with them: it hands out a view of the
 * decoder's memory after it has freed it, where the next image may already lie. A module that has failed is
 * not used again, since what it left behind in its memory is not known.
 *
 * @throws DicomRefusal for a stream that the codec refuses, or decodes to another size than expected
 */
export async function decodeWithWasm(
  name: WasmCodecName,
  encoded: Uint8Array,
  expected: FrameSize,
): Promise<Uint8Array> {
  const wasm = modules.get(name) ?? (await instantiate(name));
  // From here on nothing waits, so that no other image comes between.
  modules.delete(name);
  const Decoder = wasm[CODECS[name].decoder] as new () => WasmDecoder;
  try {
    const decoder = new Decoder();
    decoder.getEncodedBuffer(encoded.byteLength).set(encoded);
    decoder.decode();
    const { width, height, componentCount } = decoder.getFrameInfo();
    checkDecodedSize({ width, height, components: componentCount }, expected);
    const isPlanar = componentCount > 1 && decoder.getInterleaveMode?.() === 0;
    const decoded = isPlanar
      ? interleaved(decoder.getDecodedBuffer(), componentCount, width * height)
      : new Uint8Array(decoder.getDecodedBuffer());
    decoder.delete();
    if (wasm.HEAPU8.byteLength <= KEPT_MEMORY_BYTES) modules.set(name, wasm);
    return decoded;
  } catch (thrown) {
    if (thrown instanceof DicomRefusal) throw thrown;
    throw new DicomRefusal('has Pixel Data that its codec cannot read', { cause: thrown });
  }
}

interface FrameSize {
  readonly width: number;
  readonly height: number;
  readonly components: number;
}

/** @throws DicomRefusal */
export function checkDecodedSize(decoded: FrameSize, { width, height, components }: FrameSize): void {
  if (decoded.width === width && decoded.height === height && decoded.components === components) return;
  throw new DicomRefusal('holds a frame of another size than its header says');
}

/** Samples of 8 or 16 bits, side by side, as a copy. */
function interleaved(planes: Uint8Array, components: number, pixels: number): Uint8Array {
  const output = new Uint8Array(planes.length);
  const bytes = planes.length / (components * pixels);
  for (let c = 0; c < components; c++) {
    for (let i = 0; i < pixels; i++) {
      const from = (c * pixels + i) * bytes;
      output.set(planes.subarray(from, from + bytes), (i * components + c) * bytes);
    }
  }
  return output;
}

async function instantiate(name: WasmCodecName): Promise<WasmModule> {
  const factory = (await CODECS[name].load()).default as ModuleFactory;
  // What a codec prints would stand in the log of the host, and may be of the image.
  return factory({ print: () => {}, printErr: () => {} });
}
