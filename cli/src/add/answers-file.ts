import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DeepHealthError, repeatedKey } from '@deephealth/sdk';
import { type Answers, type AnswerValue, answersInvalid, type Question } from './questions.js';

/** Key under which a template explains its questions; passed over when it is read again. */
const EXPLAINED = '_questions';

/**
 * Reads a file of answers; see {@link parseAnswers}.
 *
 * @throws DH_ADD_ANSWERS_INVALID
 */
export async function loadAnswers(path: string): Promise<Answers> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const message = `The answers "${basename(path)}" cannot be read. Check the path.`;
    throw new DeepHealthError('DH_ADD_ANSWERS_INVALID', message, { cause });
  }
  return parseAnswers(text, basename(path));
}

/**
 * Answers by question. `null` is no answer, so that a template can be sent back as far as it was filled in.
 *
 * @param name of the file, for errors
 * @throws DH_ADD_ANSWERS_INVALID
 */
export function parseAnswers(text: string, name: string): Answers {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new DeepHealthError('DH_ADD_ANSWERS_INVALID', `The answers "${name}" are not JSON.`, { cause });
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new DeepHealthError('DH_ADD_ANSWERS_INVALID', 'The answers must be an object of answers by question.');
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) throw answersInvalid(`"${twice}" is answered twice. Remove one.`, twice);
  return Object.fromEntries(
    Object.entries(document)
      .filter(([id, value]) => id !== EXPLAINED && value !== null)
      .map(([id, value]) => {
        if (!isAnswer(value))
          throw answersInvalid(`The answer "${id}" must be a text, a number, true, false or a list.`, id);
        return [id, value];
      }),
  );
}

function isAnswer(value: unknown): value is AnswerValue {
  const isOne = (one: unknown) => typeof one === 'string' || typeof one === 'number';
  return isOne(value) || typeof value === 'boolean' || (Array.isArray(value) && value.every(isOne));
}

/** A template: what was answered, what is likely, and null where nobody knows; with each question explained. */
export function answersTemplate(questions: readonly Question[], answers: Answers): Record<string, unknown> {
  const open = Object.fromEntries(questions.map(({ id, suggested }) => [id, suggested ?? null]));
  const explained = questions.map(({ id, ask, why, options, isRequired }) => [
    id,
    `${ask} ${why}${options === undefined ? '' : ` One of: ${options.join(', ')}.`}${isRequired ? ' Must be answered.' : ''}`,
  ]);
  return { [EXPLAINED]: Object.fromEntries(explained), ...answers, ...open };
}
