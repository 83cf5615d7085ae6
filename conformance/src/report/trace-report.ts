import type { CaseResult } from '../run/case-result.js';
import { shortText } from '../targets/exchange.js';
import { nameOf } from './console-report.js';

const LONGEST = 1000;

/** What was sent and got in a case, for who looks for the cause. */
export function traceReport(results: readonly CaseResult[]): string {
  return results
    .filter(({ status }) => status !== 'skipped' && status !== 'notRun')
    .map((result) => {
      const { slug, status, exchanges = [], evidence, detail } = result;
      const lines = exchanges.flatMap(({ rpc, metadata, sent, status: got, reason, message, got: answer }) => [
        `   ${rpc}  metadata ${metadata.join(', ')}`,
        `     sent  ${shown(sent)}`,
        `     got   ${got}${reason === undefined ? '' : ` / ${reason}`}${message === undefined ? '' : ` "${message}"`}`,
        ...(answer === undefined ? [] : [`           ${shown(answer)}`]),
      ]);
      const seen = evidence.map((one) => `   seen     ${shortText(one)}`);
      const why = detail === '' ? [] : [`   because  ${shortText(detail, LONGEST)}`];
      return [` ${status} ${nameOf(result)} ${slug}`, ...lines, ...seen, ...why, ''].join('\n');
    })
    .join('\n');
}

function shown(value: unknown): string {
  return shortText(typeof value === 'string' ? value : JSON.stringify(value), LONGEST);
}
