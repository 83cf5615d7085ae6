import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { badgeSvg } from './badge.js';
import { htmlReport } from './html-report.js';
import { junitReport } from './junit-report.js';
import type { SuiteReport } from './suite-report.js';

/** Writes report.json, report.html, junit.xml and badge.svg into a folder, which is made if it is not there. */
export function writeReports(folder: string, report: SuiteReport, rerun: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(folder, 'junit.xml'), junitReport(report));
  writeFileSync(join(folder, 'report.html'), htmlReport(report, rerun));
  writeFileSync(join(folder, 'badge.svg'), badgeSvg(report));
}
