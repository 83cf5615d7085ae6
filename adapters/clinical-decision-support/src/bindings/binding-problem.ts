import type { ReportBindingProblem } from '@deephealth/sdk';

/** Notes a problem at a place of the binding. */
export type Report = ReportBindingProblem;

/** Reports of a part of the document, each under the place of that part. */
export function under(report: Report, ...place: readonly (string | number)[]): Report {
  return (steps, sentence) => report([...place, ...steps], sentence);
}
