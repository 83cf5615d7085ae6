import type { CaseResult } from '../run/case-result.js';
import type { SuiteReport } from './suite-report.js';

/** JUnit XML, one suite for each area. A SHOULD that does not hold passes, with the property `conformance=warn`. */
export function junitReport({ results, suite, target }: SuiteReport): string {
  const areas = new Map<string, CaseResult[]>();
  for (const result of results) {
    const area = result.id.split('-').slice(0, 2).join('-');
    areas.set(area, [...(areas.get(area) ?? []), result]);
  }
  const suites = [...areas].map(([area, some]) => {
    const count = (...statuses: string[]) => some.filter(({ status }) => statuses.includes(status)).length;
    return [
      `  <testsuite name="${area}" tests="${some.length}" failures="${count('fail', 'unexpectedPass', 'notRun')}" errors="${count('error')}" skipped="${count('skipped', 'notApplicable', 'unsupported', 'inconclusive', 'knownFail')}" time="${seconds(some)}">`,
      `    <properties><property name="suite" value="${suite.version}"/><property name="target" value="${escaped(`${target.name} ${target.version}`)}"/></properties>`,
      ...some.map(testcase),
      '  </testsuite>',
    ].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="deephealth-conformance">\n${suites.join('\n')}\n</testsuites>\n`;
}

function testcase(result: CaseResult): string {
  const { id, parameters, slug, level, status, detail } = result;
  const name = escaped(parameters === '' ? `${id} ${slug}` : `${id}[${parameters}] ${slug}`);
  const head = `    <testcase classname="${level}" name="${name}" time="${seconds([result])}"`;
  switch (status) {
    case 'pass':
      return `${head}/>`;
    case 'warn':
      return `${head}><properties><property name="conformance" value="warn"/></properties><system-out>${escaped(detail)}</system-out></testcase>`;
    case 'error':
      return `${head}><error message="${escaped(detail)}"/></testcase>`;
    case 'fail':
    case 'unexpectedPass':
    case 'notRun':
      return `${head}><failure message="${escaped(detail)}"/></testcase>`;
    default:
      return `${head}><skipped message="${escaped(`${status}: ${detail}`)}"/></testcase>`;
  }
}

function seconds(results: readonly CaseResult[]): string {
  return (results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000).toFixed(3);
}

/** Text in XML 1.0, which has no place for most control characters. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
