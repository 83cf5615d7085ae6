import type { CaseResult, CaseStatus } from '../run/case-result.js';
import type { SuiteReport } from './suite-report.js';

const BAR_WIDTH = 10;
const FAILURES_SHOWN = 20;
const BAD: readonly CaseStatus[] = ['fail', 'unexpectedPass', 'notRun', 'error'];
const VERDICTS = { conformant: 'CONFORMANT', partial: 'PARTIAL', 'non-conformant': 'NOT CONFORMANT', error: 'ERROR' };

/** The run for people: at most 40 lines when nothing is wrong. `rerun` is the command that was given. */
export function consoleReport(report: SuiteReport, rerun: string): string {
  const { suite, target, claim, results } = report;
  const lines = [
    `deephealth conformance ${suite.version} · contract ${suite.contract} · case set ${suite.caseSetSha256.slice(0, 8)}`,
    `target   ${target.name} ${target.version} (${target.engine})`,
    `claims   ${claim.profiles.join(', ')} · numeric profile ${claim.numericProfile}`,
    '',
    ...areasOf(results).map(([area, some]) => ` ${area.padEnd(6)}${bar(some)} ${passed(some)}/${some.length}`),
    '',
  ];
  const wrong = results.filter(({ status }) => BAD.includes(status) || status === 'warn');
  for (const result of wrong.slice(0, FAILURES_SHOWN)) lines.push(...failureLines(result, rerun));
  if (wrong.length > FAILURES_SHOWN) lines.push(` and ${wrong.length - FAILURES_SHOWN} more, see report.json`, '');
  lines.push(` ${VERDICTS[report.verdict]}  ${summary(report)}`);
  return `${lines.join('\n')}\n`;
}

function areasOf(results: readonly CaseResult[]): [string, CaseResult[]][] {
  const areas = new Map<string, CaseResult[]>();
  for (const result of results) {
    const area = result.id.split('-')[1] as string;
    areas.set(area, [...(areas.get(area) ?? []), result]);
  }
  return [...areas];
}

function passed(results: readonly CaseResult[]): number {
  return results.filter(({ status }) => status === 'pass').length;
}

function bar(results: readonly CaseResult[]): string {
  // Full only if all have passed.
  const filled = Math.floor((passed(results) / results.length) * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}

function failureLines(
  { id, parameters, slug, level, status, requirement, detail }: CaseResult,
  rerun: string,
): string[] {
  const which = parameters === '' ? id : `${id}[${parameters}]`;
  return [
    ` ${status.toUpperCase().padEnd(6)}${which} ${slug}  ${level}  ${requirement.join(', ')}`,
    `       ${detail}`,
    `       rerun  ${rerun} --only ${id}`,
    '',
  ];
}

function summary({ counts }: SuiteReport): string {
  return Object.entries(counts)
    .map(([status, count]) => `${count} ${status}`)
    .join(' · ');
}
