import { createHash } from 'node:crypto';
import type { CaseResult } from '../run/case-result.js';
import { canonicalLine } from './canonical-json.js';

/**
 * What was sent and what came back, a line of JSON for each exchange, in the order of the cases: beside a report, its
 * evidence. Bytes and long texts are in short, and metadata are named without their values.
 */
export function transcriptOf(results: readonly CaseResult[]): string {
  const lines = results.flatMap(({ id, parameters, exchanges = [] }) =>
    exchanges.map((exchange) => canonicalLine({ case: id, ...(parameters !== '' && { parameters }), ...exchange })),
  );
  return lines.map((line) => `${line}\n`).join('');
}

export function transcriptSha256(results: readonly CaseResult[]): string {
  return createHash('sha256').update(transcriptOf(results)).digest('hex');
}
