import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ItemResult } from '../steps/run-folder.js';

/** What computed the results. */
export interface ResultEngines {
  /** "<engine>, <execution provider>", sorted. */
  readonly engines: readonly string[];
  readonly onnxSha256: readonly string[];
  readonly predicted: number;
  readonly refused: number;
}

/** Reads `results.ndjson` line by line, as a cohort's may be large; nothing where there is none. */
export async function enginesOfResults(path: string): Promise<ResultEngines> {
  const [engines, digests] = [new Set<string>(), new Set<string>()];
  const counts = { predicted: 0, refused: 0 };
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    if (line === '') continue;
    const { status, ranOn, model } = JSON.parse(line) as ItemResult;
    counts[status] += 1;
    if (status !== 'predicted') continue;
    engines.add(`${ranOn.engine}, ${ranOn.executionProvider}`);
    if (model.onnxSha256 !== '') digests.add(model.onnxSha256);
  }
  return { ...counts, engines: [...engines].sort(), onnxSha256: [...digests].sort() };
}
