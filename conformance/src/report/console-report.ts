import type { CaseStatus } from '../run/case-result.js';
import { shortText } from '../targets/exchange.js';
import { type Area, alike, areasOf, grouped } from './areas.js';
import { countsInWords, WRONG } from './status-words.js';
import type { ReportedResult, SuiteReport } from './suite-report.js';

const BAR_WIDTH = 10;
const AREAS_A_LINE = 3;
const AREA_WIDTH = 28;
const FAILURES_SHOWN = 12;
const REASONS_SHOWN = 6;
const LONGEST_DETAIL = 300;
const VERDICTS = {
  conformant: 'CONFORMANT',
  partial: 'PARTIAL',
  'non-conformant': 'NOT CONFORMANT',
  error: 'NO VERDICT',
};
const LABELS: Partial<Record<CaseStatus, string>> = { unexpectedPass: 'PASSES', notRun: 'NOTRUN', knownFail: 'KNOWN' };

/** The run for people: at most 40 lines when nothing is wrong. */
export function consoleReport(report: SuiteReport): string {
  const { suite, target, claim, implementation, results } = report;
  const wrong = results.filter(({ status }) => WRONG.includes(status));
  // What was not run has one cause, which is said once.
  const told = alike(wrong.filter(({ status }) => status !== 'notRun'));
  const left = told.length - FAILURES_SHOWN;
  const who =
    implementation === undefined
      ? ''
      : ` of ${implementation.organization}/${implementation.project} ${implementation.version}`;
  const lines = [
    `deephealth conformance ${suite.version} · contract ${suite.contract} · case set ${suite.caseSetSha256.slice(0, 8)}`,
    `target   ${target.name} ${target.version} (${target.engine})${shortText(who)}`,
    `claims   ${claim.profiles.join(', ')} · numeric profile ${claim.numericProfile}`,
    '',
    ...areaLines(areasOf(results)),
    '',
    ...told.slice(0, FAILURES_SHOWN).flatMap(failureLines),
    ...(left > 0 ? [` and ${left} more, see report.json`, ''] : []),
    ...unjudgedLines(results),
    ...endingLines(report),
    ...profileLines(report),
    ` ${VERDICTS[report.verdict]}  ${summary(report)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function areaLines(areas: readonly Area[]): string[] {
  // What was left out altogether is counted at the end.
  const shown = areas.filter(({ results }) => results.some(({ status }) => status !== 'skipped'));
  const cells = shown.map(({ area, passed, judged }) =>
    ` ${area.padEnd(6)}${bar(passed, judged)} ${judged === 0 ? '–' : `${passed}/${judged}`}`.padEnd(AREA_WIDTH),
  );
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += AREAS_A_LINE)
    lines.push(
      cells
        .slice(at, at + AREAS_A_LINE)
        .join('')
        .trimEnd(),
    );
  return lines;
}

function bar(passed: number, judged: number): string {
  // Full only if all have passed.
  const filled = judged === 0 ? 0 : Math.floor((passed / judged) * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}

function failureLines([result, ...others]: readonly [ReportedResult, ...ReportedResult[]]): string[] {
  const more = others.length === 0 ? '' : ` and ${others.length} more of it`;
  const { slug, level, status, requirement, standard = [], detail, provisional, rerun } = result;
  const label = LABELS[status] ?? status.toUpperCase();
  const mark = provisional === true ? '  provisional, not counted' : '';
  return [
    ` ${label.padEnd(7)}${nameOf(result)}${more} ${slug}  ${level}  ${[...requirement, ...standard].join(', ')}${mark}`.trimEnd(),
    `        ${shortText(detail, LONGEST_DETAIL)}`,
    `        rerun  ${shortText(rerun ?? '', LONGEST_DETAIL)}`,
    '',
  ];
}

export function nameOf({ id, parameters }: Pick<ReportedResult, 'id' | 'parameters'>): string {
  return parameters === '' ? id : `${id}[${shortText(parameters, 60)}]`;
}

/** Why some cases say nothing, each reason once. */
function unjudgedLines(results: readonly ReportedResult[]): string[] {
  const unjudged = results.filter(({ status }) =>
    ['unsupported', 'notApplicable', 'inconclusive', 'knownFail'].includes(status),
  );
  const reasons = grouped(unjudged, ({ status, detail }) => [`${status}: ${detail}`]);
  const lines = reasons
    .slice(0, REASONS_SHOWN)
    .map(([reason, some]) => ` ${String(some.length).padStart(3)} ${shortText(reason, 110)} (${idsOf(some)})`);
  const more = reasons.length - REASONS_SHOWN;
  if (more > 0) lines.push(`     and ${more} other reasons, see report.json`);
  return lines.length === 0 ? [] : [...lines, ''];
}

function idsOf(results: readonly ReportedResult[]): string {
  const ids = [...new Set(results.map(({ id }) => id))];
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')}, …`;
}

function endingLines({ ending, results }: SuiteReport): string[] {
  if (ending.how === 'complete') return [];
  const notRun = results.filter(({ status }) => status === 'notRun').length;
  return [` ENDED EARLY  ${shortText(ending.detail, LONGEST_DETAIL)}; ${notRun} not run`, ''];
}

function profileLines({ verdicts }: SuiteReport): string[] {
  if (new Set(verdicts.map(({ verdict }) => verdict)).size < 2) return [];
  return verdicts.map(
    ({ profile, verdict, counts }) =>
      ` ${profile.padEnd(18)} ${VERDICTS[verdict].toLowerCase()}  ${countsInWords(counts)}`,
  );
}

function summary({ counts, provisional }: SuiteReport): string {
  return `${countsInWords(counts)}${provisional > 0 ? ` · ${provisional} provisional, not counted` : ''}`;
}
