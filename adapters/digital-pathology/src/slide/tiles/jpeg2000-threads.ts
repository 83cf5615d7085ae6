import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { decodeInWorker, type Jpeg2000Job, type Jpeg2000Result } from './jpeg2000-worker.js';

interface Waiting {
  readonly stream: Uint8Array;
  readonly resolve: (result: Jpeg2000Result) => void;
  readonly reject: (reason: unknown) => void;
}

/** One is left to JavaScript and whoever else is there. */
const MOST_THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

const idle: Worker[] = [];
const waiting: Waiting[] = [];
let threads = 0;
let lastId = 0;

/**
 * Decodes in a thread of its own, of which there are a few for the whole process: a tile takes some 100 ms,
 * in which nothing else could happen. They keep no process from ending.
 */
export function decodeInThread(stream: Uint8Array): Promise<Jpeg2000Result> {
  return new Promise((resolve, reject) => {
    waiting.push({ stream, resolve, reject });
    serve();
  });
}

function serve(): void {
  if (waiting.length === 0) return;
  const worker = idle.pop() ?? (threads < MOST_THREADS ? start() : undefined);
  if (worker === undefined) return;
  const { stream, resolve, reject } = waiting.shift() as Waiting;
  lastId += 1;
  const id = lastId;
  const onMessage = (result: Jpeg2000Result) => {
    if (result.id !== id) return;
    worker.off('message', onMessage);
    worker.off('exit', onExit);
    worker.unref();
    idle.push(worker);
    resolve(result);
    serve();
  };
  const onExit = () => reject(new Error('the decoder ended'));
  worker.on('message', onMessage);
  worker.on('exit', onExit);
  worker.ref();
  // A view would be sent with all that it is a view of.
  const own = new Uint8Array(stream);
  worker.postMessage({ id, stream: own } satisfies Jpeg2000Job, [own.buffer]);
}

function start(): Worker {
  threads += 1;
  const codec = createRequire(import.meta.url).resolve('@cornerstonejs/codec-openjpeg/decodewasmjs');
  const worker = new Worker(`(${decodeInWorker})()`, { eval: true, workerData: codec, execArgv: [] });
  worker.unref();
  // What ends a thread, such as too little memory, is told to who waits for it, and nobody else.
  worker.on('error', () => {});
  worker.on('exit', () => {
    threads -= 1;
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
    serve();
  });
  return worker;
}
