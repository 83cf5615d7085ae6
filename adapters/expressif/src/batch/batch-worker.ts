// A thread of a batch: evaluates the chunks of records that it is sent, in their order.
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineOptions } from '../engine/compile-rule-base.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import { ChunkEvaluator } from './evaluation-chunk.js';
import type { RecordChunk } from './record-chunk.js';

/** What a thread is started with. */
export type BatchThreadData = { readonly knowledgeBase: KnowledgeBase; readonly options: EngineOptions };

const { knowledgeBase, options } = workerData as BatchThreadData;
const evaluator = new ChunkEvaluator(knowledgeBase, options);

parentPort?.on('message', (chunk: RecordChunk) => {
  const encoded = evaluator.encode(evaluator.evaluate(chunk));
  parentPort?.postMessage(encoded, [encoded.ruleDegrees.buffer]);
});
