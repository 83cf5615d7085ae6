import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  badgeJson,
  badgeSvg,
  type CaseResult,
  type ConformanceCase,
  canonicalJson,
  htmlReport,
  junitReport,
  type SuiteReport,
  transcriptOf,
} from '@deephealth/conformance';

/** Every form of a report, into a folder that is there. */
export function writeReports(
  folder: string,
  report: SuiteReport,
  cases: readonly ConformanceCase[],
  results: readonly CaseResult[],
): void {
  const files = {
    'report.json': canonicalJson(report),
    'report.html': htmlReport(report, { cases, results }),
    'junit.xml': junitReport(report),
    'badge.svg': badgeSvg(report),
    'badge.json': canonicalJson(badgeJson(report)),
    'transcript.ndjson': transcriptOf(results),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}
