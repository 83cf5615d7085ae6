import { areasOf } from './areas.js';
import { STATUS_WORDS } from './status-words.js';
import type { ReportedResult, SuiteReport } from './suite-report.js';

type Outcome = 'passed' | 'failure' | 'error' | 'skipped';

/**
 * JUnit XML, one suite for each area. A SHOULD that does not hold passes, with the property `conformance=warn`; so
 * does a case that does not count yet, with `conformance=provisional`: a build is to fail only where the verdict does.
 */
export function junitReport({ results, suite, target, verdict, ending }: SuiteReport): string {
  const suites = areasOf(results).map(({ area, results: some }) => {
    const count = (outcome: Outcome) => some.filter((one) => outcomeOf(one, ending.how) === outcome).length;
    return [
      `  <testsuite name="DH-${area}" tests="${some.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds(some)}">`,
      `    <properties><property name="suite" value="${suite.version}"/><property name="target" value="${escaped(`${target.name} ${target.version}`)}"/><property name="verdict" value="${verdict}"/></properties>`,
      ...some.map((one) => testcase(one, outcomeOf(one, ending.how))),
      '  </testsuite>',
    ].join('\n');
  });
  const all = (outcome: Outcome) => results.filter((one) => outcomeOf(one, ending.how) === outcome).length;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="deephealth-conformance" tests="${results.length}" failures="${all('failure')}" errors="${all('error')}" skipped="${all('skipped')}" time="${seconds(results)}">\n${suites.join('\n')}\n</testsuites>\n`;
}

/** What was not run since somebody ended the run is an error of the run, no failure of the target. */
function outcomeOf({ status, level, provisional }: ReportedResult, how: SuiteReport['ending']['how']): Outcome {
  if (status === 'pass' || status === 'warn') return 'passed';
  if (status === 'error') return 'error';
  if (status === 'notRun') return how === 'targetLost' ? 'failure' : 'error';
  if (status !== 'fail' && status !== 'unexpectedPass') return 'skipped';
  return provisional === true || level !== 'MUST' ? 'passed' : 'failure';
}

function testcase(result: ReportedResult, outcome: Outcome): string {
  const { id, parameters, slug, level, status, detail, provisional, evidence, rerun } = result;
  const name = escaped(parameters === '' ? `${id} ${slug}` : `${id}[${parameters}] ${slug}`);
  const head = `    <testcase classname="${level}" name="${name}" time="${seconds([result])}"`;
  const words = escaped(`${STATUS_WORDS[status]}: ${detail}`);
  const text = escaped([detail, ...(rerun === undefined ? [] : [`rerun: ${rerun}`])].join('\n'));
  switch (outcome) {
    case 'failure':
      return `${head}><failure type="${status}" message="${words}">${text}</failure></testcase>`;
    case 'error':
      return `${head}><error type="${status}" message="${words}">${text}</error></testcase>`;
    case 'skipped':
      return `${head}><skipped message="${words}"/></testcase>`;
    default: {
      const mark = provisional === true ? 'provisional' : status === 'pass' ? undefined : 'warn';
      if (mark === undefined) return `${head}/>`;
      const out = escaped(status === 'pass' ? evidence.join('\n') : detail);
      return `${head}><properties><property name="conformance" value="${mark}"/></properties><system-out>${out}</system-out></testcase>`;
    }
  }
}

function seconds(results: readonly ReportedResult[]): string {
  return (results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000).toFixed(3);
}

/** Text in XML 1.0, which has no place for most control characters. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
