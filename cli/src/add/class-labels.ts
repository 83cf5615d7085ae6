import type { Inquiry } from './inquiry.js';
import type { ModelOutput } from './model-output.js';
import { samplesInvalid } from './samples-invalid.js';

const NUMBER = /^[+-]?\d+(\.\d+)?$/;
/** Beyond this, trying every order takes too many. */
const MOST_ORDERED = 5;

/** Labels as they are compared: "1.0" is "1" where all are numbers. */
export function normalizedLabels(labels: readonly string[]): string[] {
  const isNumeric = labels.every((label) => NUMBER.test(label));
  return labels.map((label) => (isNumeric ? String(Number(label)) : label));
}

/** Each label once: numbers ascending, texts by code points. */
export function distinctLabels(labels: readonly string[]): string[] {
  const found = [...new Set(labels)];
  return found.every((label) => NUMBER.test(label))
    ? found.sort((a, b) => Number(a) - Number(b))
    : found.sort((a, b) => (a < b ? -1 : 1));
}

export interface ClassOrder {
  /** Labels in tensor order, if something says it. */
  readonly fixed?: readonly string[];
  /** Labels of which the samples are to show the order; empty where they cannot. */
  readonly unordered: readonly string[];
}

/**
 * What is known of the classes before anything is run.
 *
 * @throws DH_ADD_SAMPLES_INVALID for labels that are no classes of the model, DH_ADD_ANSWERS_INVALID
 */
export function classOrder(
  output: ModelOutput,
  labels: readonly string[] | undefined,
  names: readonly string[],
  inquiry: Inquiry,
): ClassOrder {
  const count = Math.max(output.width, 2);
  const said = inquiry.override({ id: 'output.classes', takes: 'texts' });
  const distinct = labels === undefined ? [] : distinctLabels(labels);
  if (Array.isArray(said)) {
    const fixed = said.map(String);
    if (fixed.length !== count || new Set(fixed).size !== count) {
      throw samplesInvalid(
        `The answer "output.classes" names ${fixed.length} classes, and the model has ${count}, each once.`,
      );
    }
    assertKnown(labels ?? [], fixed, names);
    return { fixed, unordered: [] };
  }
  if (distinct.length > count) {
    throw samplesInvalid(
      `The samples have ${distinct.length} different labels, and the model has ${count} classes. Is the label another column (--label)?`,
      { expected: String(count), received: String(distinct.length) },
    );
  }
  const { classes } = output;
  if (classes !== undefined && distinct.every((label) => classes.includes(label))) {
    inquiry.infer(
      'output.classes',
      classes.join(', '),
      'stated',
      'The classifier in the graph holds them in this order.',
    );
    return { fixed: classes, unordered: [] };
  }
  return { unordered: distinct.length === count && count <= MOST_ORDERED ? distinct : [] };
}

/** Asks for the order of the classes. */
export function askClasses(width: number, suggested: readonly string[], why: string, inquiry: Inquiry): void {
  const count = Math.max(width, 2);
  inquiry.ask({
    id: 'output.classes',
    ask:
      width === 1
        ? 'What are the two classes called, the negative one first, then the one whose probability the model gives?'
        : `What are the ${count} classes called, in the order of the tensor?`,
    why,
    takes: 'texts',
    isRequired: true,
    ...(suggested.length === count && { suggested }),
  });
}

function assertKnown(labels: readonly string[], classes: readonly string[], names: readonly string[]): void {
  const place = labels.findIndex((label) => !classes.includes(label));
  if (place < 0) return;
  throw samplesInvalid(
    `The label of ${names[place]} is none of the classes ${classes.map((one) => `"${one}"`).join(', ')}. Check its spelling.`,
    { sample: names[place] ?? '' },
  );
}
