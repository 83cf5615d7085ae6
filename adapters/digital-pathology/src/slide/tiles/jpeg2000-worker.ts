/** A stream to decode. */
export interface Jpeg2000Job {
  readonly id: number;
  readonly stream: Uint8Array;
}

/** What came of it: pixels of three channels of 8 bits, or why there are none. */
export type Jpeg2000Result =
  | { readonly id: number; readonly width: number; readonly height: number; readonly pixels: Uint8Array }
  | { readonly id: number; readonly failure: string };

/**
 * What a worker thread does, from its beginning to its end. It is handed over as text, so that nothing
 * outside of it is known in it: the thread needs no file of its own in the build.
 */
export function decodeInWorker(): void {
  interface Decoder {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): { width: number; height: number; componentCount: number; bitsPerSample: number };
    delete(): void;
  }
  interface Codec {
    readonly HEAPU8: Uint8Array;
    readonly J2KDecoder: new () => Decoder;
  }
  // A module whose memory has grown beyond this is let go: the memory never shrinks.
  const keptMemoryBytes = 256 * 1024 * 1024;
  // A bundler would put something of its own in the place of an import.
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { createRequire } = process.getBuiltinModule('node:module');
  const factory = createRequire(workerData as string)(workerData as string) as (options: object) => Promise<Codec>;
  let kept: Codec | undefined;

  const decode = async ({ id, stream }: Jpeg2000Job): Promise<Jpeg2000Result> => {
    // What the codec prints would stand in the log of the host.
    const codec = kept ?? (await factory({ print: () => {}, printErr: () => {} }));
    // One that fails is not used again: what it left behind in its memory is not known.
    kept = undefined;
    const decoder = new codec.J2KDecoder();
    decoder.getEncodedBuffer(stream.byteLength).set(stream);
    decoder.decode();
    const { width, height, componentCount, bitsPerSample } = decoder.getFrameInfo();
    const pixels = new Uint8Array(decoder.getDecodedBuffer());
    decoder.delete();
    if (codec.HEAPU8.byteLength <= keptMemoryBytes) kept = codec;
    const isWhole = componentCount === 3 && bitsPerSample === 8 && pixels.byteLength === width * height * 3;
    return isWhole ? { id, width, height, pixels } : { id, failure: 'pixels of another kind' };
  };

  parentPort?.on('message', (job: Jpeg2000Job) => {
    decode(job).then(
      (result) => parentPort.postMessage(result, 'pixels' in result ? [result.pixels.buffer as ArrayBuffer] : []),
      (error: unknown) => parentPort.postMessage({ id: job.id, failure: String(error) }),
    );
  });
}
