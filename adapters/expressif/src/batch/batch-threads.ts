import { Worker } from 'node:worker_threads';
import { DeepHealthError } from '@deephealth/sdk';
import type { Evaluation } from '../engine/evaluation.js';
import type { BatchThreadData } from './batch-worker.js';
import type { ChunkEvaluator, EvaluationChunk } from './evaluation-chunk.js';
import type { RecordChunk } from './record-chunk.js';

type Job = {
  readonly chunk: RecordChunk;
  resolve(evaluations: Evaluation[]): void;
  reject(error: unknown): void;
};

/** Threads that share the chunks of a batch; one is started when those before it are all at work. */
export class BatchThreads {
  readonly #evaluator: ChunkEvaluator;
  readonly #data: BatchThreadData;
  readonly #limit: number;
  readonly #script: URL;
  readonly #threads = new Map<Worker, Job | undefined>();
  readonly #waiting: Job[] = [];
  #end: { readonly error: unknown } | undefined;

  /**
   * @param limit how many threads there may be
   * @param script what a thread runs
   * @param evaluator of the same rule base and options, for what the threads send back
   */
  constructor(limit: number, script: URL, data: BatchThreadData, evaluator: ChunkEvaluator) {
    this.#limit = limit;
    this.#script = script;
    this.#data = data;
    this.#evaluator = evaluator;
  }

  /** Rejects with DH_INTERNAL where a thread ends before it has answered. */
  evaluate(chunk: RecordChunk): Promise<Evaluation[]> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(this.#end.error);
        return;
      }
      this.#waiting.push({ chunk, resolve, reject });
      this.#assign();
    });
  }

  /** Ends every thread; what has not been answered is rejected with the error. */
  async end(error: unknown): Promise<void> {
    this.#end ??= { error };
    const threads = [...this.#threads];
    const open = [...this.#waiting.splice(0), ...threads.flatMap(([, job]) => (job === undefined ? [] : [job]))];
    this.#threads.clear();
    for (const job of open) job.reject(error);
    await Promise.all(threads.map(([thread]) => thread.terminate()));
  }

  #assign(): void {
    const job = this.#waiting[0];
    if (job === undefined) return;
    const idle = [...this.#threads].find(([, busyWith]) => busyWith === undefined)?.[0];
    if (idle === undefined && this.#threads.size >= this.#limit) return;
    this.#waiting.shift();
    const thread = idle ?? this.#start();
    this.#threads.set(thread, job);
    const { kinds, values } = job.chunk;
    thread.postMessage(job.chunk, [kinds.buffer, values.buffer]);
  }

  #start(): Worker {
    const thread = new Worker(this.#script, { workerData: this.#data });
    thread.on('message', (encoded: EvaluationChunk) => {
      const job = this.#threads.get(thread);
      if (job === undefined) return;
      this.#threads.set(thread, undefined);
      job.resolve(this.#evaluator.decode(encoded));
      this.#assign();
    });
    const fail = (cause: unknown): void => {
      if (!this.#threads.has(thread)) return;
      const error = new DeepHealthError('DH_INTERNAL', 'A thread of the batch ended before its time.', { cause });
      void this.end(error);
    };
    thread.on('error', fail);
    thread.on('exit', (code) => fail(new Error(`exit code ${code}`)));
    return thread;
  }
}
