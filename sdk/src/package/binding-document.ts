import type { ValidateFunction } from 'ajv/dist/2020.js';
import { repeatedKey } from './repeated-key.js';
import { validatorProblems } from './schema-validator.js';

/** One thing that is wrong with a binding: where, as a JSON pointer, and what, as a sentence. */
export interface BindingProblem {
  readonly pointer: string;
  readonly sentence: string;
}

/** Notes a problem at a place; the steps of the place are escaped as RFC 6901 asks. */
export type ReportBindingProblem = (steps: readonly (string | number)[], sentence: string) => void;

const PROBLEMS_SHOWN = 5;

/**
 * A file below bindings/ of a package: JSON without a key twice, by its schema, and without contradiction.
 * Contradictions are only looked for in a document whose fields are what they should be.
 *
 * @param invalid makes the error of the adapter concerned: a message that names up to five places, and the first place
 */
export function parseBindingDocument<T>(
  text: string,
  file: string,
  validate: ValidateFunction,
  findContradictions: (binding: T, report: ReportBindingProblem) => void,
  invalid: (message: string, field: string) => Error,
): T {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw invalid(`${file} is not JSON. Correct it, or restore the file.`, '/');
  }
  const fail = (problems: readonly BindingProblem[]) => {
    const shown = problems.slice(0, PROBLEMS_SHOWN).map(({ sentence }) => sentence);
    if (problems.length > PROBLEMS_SHOWN) shown.push(`And ${problems.length - PROBLEMS_SHOWN} more.`);
    return invalid(`${file}: ${shown.join(' ')}`, problems[0]?.pointer || '/');
  };
  const repeated = repeatedKey(text);
  if (repeated !== undefined) {
    throw fail([{ pointer: repeated, sentence: `Field "${repeated}" is there twice. Remove one.` }]);
  }
  const broken = validatorProblems(validate, document).map(({ field, sentence }) => ({ pointer: field, sentence }));
  if (broken.length > 0) throw fail(broken);
  const found: BindingProblem[] = [];
  findContradictions(document as T, (steps, sentence) => {
    const pointer = pointerOf(steps);
    found.push({ pointer, sentence: `Field "${pointer}": ${sentence}` });
  });
  if (found.length > 0) throw fail(found);
  return document as T;
}

/** JSON pointer of a place (RFC 6901). */
export function pointerOf(steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
