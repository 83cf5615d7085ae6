import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { DicomRefusal } from './dicom-refusal.js';

/** What a codec makes of a stream. */
export interface DecodedStream {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** As the codec gives the samples. */
  readonly data: Uint8Array;
}

/** A damaged stream can keep the codec busy for ever; a sound one of 16 million samples takes a second. */
const BASE_LIMIT_MS = 5_000;
const LIMIT_MS_PER_SAMPLE = 1e-3;

let idle: Worker | undefined;

/**
 * Decodes High-Throughput JPEG 2000 in a thread that is ended where it does not come to an end: nothing else
 * stops a loop in WebAssembly.
 *
 * @param samples that the stream says it holds
 * @param baseLimitMs time that a stream of no samples has; default 5,000
 * @throws DicomRefusal for a stream that the codec refuses, or does not finish
 */
export async function decodeHtj2kInThread(
  stream: Uint8Array,
  samples: number,
  baseLimitMs = BASE_LIMIT_MS,
): Promise<DecodedStream> {
  const worker = idle ?? start();
  idle = undefined;
  worker.ref();
  const result = await ask(worker, stream, baseLimitMs + samples * LIMIT_MS_PER_SAMPLE);
  if (result === undefined) {
    await worker.terminate();
    throw new DicomRefusal('has Pixel Data that its codec cannot read');
  }
  worker.unref();
  // What a thread was lent while this one was busy is let go.
  if (idle === undefined) idle = worker;
  else void worker.terminate();
  return result;
}

/** Undefined where the codec refuses, dies or takes too long: its memory is not to be used again then. */
function ask(worker: Worker, stream: Uint8Array, limitMs: number): Promise<DecodedStream | undefined> {
  return new Promise((resolve) => {
    const finish = (result: DecodedStream | undefined) => {
      clearTimeout(timer);
      worker.removeAllListeners('message').removeAllListeners('exit');
      resolve(result);
    };
    const timer = setTimeout(() => finish(undefined), limitMs);
    worker.once('message', (result: DecodedStream | undefined) => finish(result));
    worker.once('exit', () => finish(undefined));
    // A view would be sent with all that it is a view of.
    const own = new Uint8Array(stream);
    worker.postMessage(own, [own.buffer]);
  });
}

function start(): Worker {
  const codec = createRequire(import.meta.url).resolve('@cornerstonejs/codec-openjph');
  // As text: a file of its own would lie elsewhere in every build.
  const worker = new Worker(`(${serveCodec})()`, {
    eval: true,
    workerData: codec,
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  // What ends a thread is told to who waits for it.
  worker.on('error', () => undefined);
  return worker;
}

/** Runs in the thread and is handed over as text, so that nothing outside of it is known in it. */
function serveCodec(): void {
  interface Decoder {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): { width: number; height: number; componentCount: number };
    delete(): void;
  }
  type Codec = { readonly HTJ2KDecoder: new () => Decoder };
  // A bundler would put something of its own in the place of an import.
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const { createRequire } = process.getBuiltinModule('node:module');
  const factory = createRequire(workerData as string)(workerData as string) as (options: object) => Promise<Codec>;
  // What a codec prints may be of the image.
  const loading = factory({ print: () => {}, printErr: () => {} });

  parentPort?.on('message', (stream: Uint8Array) => {
    loading
      .then((codec) => {
        const decoder = new codec.HTJ2KDecoder();
        decoder.getEncodedBuffer(stream.byteLength).set(stream);
        decoder.decode();
        const { width, height, componentCount } = decoder.getFrameInfo();
        const data = new Uint8Array(decoder.getDecodedBuffer());
        decoder.delete();
        parentPort.postMessage({ width, height, components: componentCount, data }, [data.buffer]);
      })
      .catch(() => parentPort.postMessage(undefined));
  });
}
