/** One thing that is wrong with a binding: where, as a JSON pointer, and what, as a sentence. */
export interface BindingProblem {
  readonly pointer: string;
  readonly sentence: string;
}

/** Notes a problem at a place; the steps of the place are escaped as RFC 6901 asks. */
export type Report = (steps: readonly (string | number)[], sentence: string) => void;

/** Reports of a part of the document, each under the place of that part. */
export function under(report: Report, ...place: readonly (string | number)[]): Report {
  return (steps, sentence) => report([...place, ...steps], sentence);
}

export function pointerOf(steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
