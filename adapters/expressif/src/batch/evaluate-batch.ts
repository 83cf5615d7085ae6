import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EngineOptions } from '../engine/compile-rule-base.js';
import type { Evaluation } from '../engine/evaluation.js';
import type { InputValues } from '../engine/input-value.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import { BatchThreads } from './batch-threads.js';
import { chunksOf } from './chunks-of.js';
import { ChunkEvaluator } from './evaluation-chunk.js';
import { Interrupt } from './interrupt.js';
import { encodeRecords } from './record-chunk.js';

export type BatchProgress = {
  /** Records whose evaluations have been given, in their order. */
  readonly done: number;
  /** Of all records; absent where their number is not known beforehand. */
  readonly total?: number;
};

export type BatchOptions = EngineOptions & {
  /**
   * Threads that evaluate, beside the one that asks; with 0 that one evaluates itself and lets other work in
   * between. The result does not depend on it.
   *
   * @defaultValue none for a batch that takes less time than threads need to start, else one for each processor
   */
  readonly workers?: number;
  /** Called after each chunk of records. What it throws ends the batch. */
  readonly onProgress?: (progress: BatchProgress) => void;
  /** Ends the batch, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
};

/** Records that are sent to a thread at once, and evaluated between two looks at the signal. */
const CHUNK = 64;
/** Degrees of rules that one thread evaluates while another one starts. */
const SMALL_BATCH = 5_000_000;
/** The build puts it beside every module that may hold this one. */
const THREAD = new URL('./batch-worker.js', import.meta.url);

/**
 * Evaluates a rule base for many records, each by itself: an output that locks its previous value has none. A
 * record that lacks a value, holds a wrong one or is no object at all has outputs that are indeterminate, and says
 * nothing of the others.
 *
 * @returns the evaluations in the order of the records
 * @throws DH_RULES_INCONSISTENT; RangeError for a wrong number of workers; the reason of `signal`
 */
export async function evaluateBatch(
  knowledgeBase: KnowledgeBase,
  records: readonly InputValues[],
  options: BatchOptions = {},
): Promise<Evaluation[]> {
  const rules = knowledgeBase.ruleBlocks.reduce((sum, block) => sum + block.rules.length, 0);
  const workers = options.workers ?? (records.length * rules < SMALL_BATCH ? 0 : availableParallelism());
  const { onProgress } = options;
  const evaluations: Evaluation[] = [];
  const each = evaluateRecords(knowledgeBase, records, {
    ...{ ...options, workers },
    onProgress: ({ done }) => onProgress?.({ done, total: records.length }),
  });
  for await (const evaluation of each) evaluations.push(evaluation);
  return evaluations;
}

/**
 * The same for records that need not lie in memory together. Of each thread, not more than three times 64 of them
 * are held at a time; the next ones are asked for as evaluations are taken. They are evaluated 64 together, or
 * fewer at the end: a record that has to be answered at once is a case for `createEngine`.
 *
 * @throws as {@link evaluateBatch}, and what `records` throws
 */
export async function* evaluateRecords(
  knowledgeBase: KnowledgeBase,
  records: Iterable<InputValues> | AsyncIterable<InputValues>,
  { workers = availableParallelism(), onProgress, signal, ...options }: BatchOptions = {},
): AsyncGenerator<Evaluation, void, undefined> {
  if (!Number.isInteger(workers) || workers < 0) throw new RangeError('workers is a whole number, 0 or more');
  const evaluator = new ChunkEvaluator(knowledgeBase, options);
  const interrupt = new Interrupt(signal);
  const threads = new BatchThreads(workers, THREAD, { knowledgeBase, options }, evaluator);
  const chunks = chunksOf(records, CHUNK, interrupt);
  const evaluate = async (chunk: readonly InputValues[]): Promise<Evaluation[]> => {
    const encoded = encodeRecords(knowledgeBase, chunk);
    if (workers > 0) return threads.evaluate(encoded);
    await nextTurn();
    return evaluator.evaluate(encoded);
  };
  const pending: Promise<Evaluation[]>[] = [];
  const nextChunk = (): Promise<IteratorResult<InputValues[], void>> => {
    const chunk = chunks.next();
    // Whoever waits for an evaluation that stands before it hears of the failure then.
    chunk.catch(() => undefined);
    return chunk;
  };
  let next: Promise<IteratorResult<InputValues[], void>> | undefined = nextChunk();
  let done = 0;
  try {
    while (next !== undefined || pending.length > 0) {
      const isFull = pending.length > 2 * workers;
      const step: Step = await interrupt.during(
        Promise.race([
          ...(pending[0] === undefined ? [] : [pending[0].then((evaluations) => ({ evaluations }))]),
          ...(next === undefined || isFull ? [] : [next]),
        ]),
      );
      if ('evaluations' in step) {
        pending.shift();
        yield* step.evaluations;
        done += step.evaluations.length;
        onProgress?.({ done });
      } else if (step.done === true) {
        next = undefined;
      } else {
        const evaluated = evaluate(step.value);
        // Heard of likewise.
        evaluated.catch(() => undefined);
        pending.push(evaluated);
        next = nextChunk();
      }
    }
  } finally {
    const over = new Error('the batch is over');
    interrupt.end(over);
    await Promise.all([threads.end(over), chunks.return()]);
  }
}

type Step = { readonly evaluations: Evaluation[] } | IteratorResult<InputValues[], void>;
