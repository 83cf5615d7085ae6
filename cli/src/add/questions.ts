import { DeepHealthError } from '@deephealth/sdk';

export type AnswerValue = string | number | boolean | readonly (string | number)[];

/** Answers by the id of their question. */
export type Answers = Readonly<Record<string, AnswerValue>>;

/** Something that a person has to say, or may say. */
export interface Question {
  readonly id: string;
  /** One sentence, for the person who is asked. */
  readonly ask: string;
  /** Why it was not inferred. */
  readonly why: string;
  readonly takes: 'text' | 'number' | 'texts' | 'numbers';
  /** The only answers; absent where any of its type will do. */
  readonly options?: readonly string[];
  /** What is taken if nothing is said, of an optional one; else what is likely, for a person to confirm. */
  readonly suggested?: AnswerValue;
  readonly isRequired: boolean;
}

/** Questions that nobody has answered and that nothing may be written without. */
export function openQuestions(questions: readonly Question[]): Question[] {
  return questions.filter(({ isRequired }) => isRequired);
}

/** The answer to a question as it was given; throws DH_ADD_ANSWERS_INVALID where it is none that the question takes. */
export function checkedAnswer(question: Pick<Question, 'id' | 'takes' | 'options'>, value: unknown): AnswerValue {
  const { id, takes, options } = question;
  const isList = takes === 'texts' || takes === 'numbers';
  const isOne = (one: unknown): one is string | number =>
    takes === 'number' || takes === 'numbers'
      ? typeof one === 'number' && Number.isFinite(one)
      : typeof one === 'string' && one.trim() !== '';
  const fits = isList ? Array.isArray(value) && value.length > 0 && value.every(isOne) : isOne(value);
  if (!fits) throw answersInvalid(`The answer "${id}" must be ${SHAPES[takes]}.`, id);
  const strange =
    options !== undefined && !(isList ? (value as unknown[]) : [value]).every((one) => options.includes(String(one)));
  if (strange) throw answersInvalid(`The answer "${id}" must be one of ${options.join(', ')}.`, id);
  return value as AnswerValue;
}

const SHAPES = {
  text: 'a text',
  number: 'a number',
  texts: 'a list of texts',
  numbers: 'a list of numbers',
} as const;

export function answersInvalid(message: string, question: string): DeepHealthError {
  return new DeepHealthError('DH_ADD_ANSWERS_INVALID', message, { details: { question } });
}

/** Throws DH_ADD_QUESTIONS_OPEN naming each open question. */
export function assertAnswered(questions: readonly Question[]): void {
  const open = openQuestions(questions);
  if (open.length === 0) return;
  const asked = open.map(({ id, ask, why }) => `\n  ${id}: ${ask} (${why})`).join('');
  throw new DeepHealthError(
    'DH_ADD_QUESTIONS_OPEN',
    `${open.length} ${open.length === 1 ? 'question is' : 'questions are'} open, and a guess would be dangerous:${asked}\nAnswer on a terminal, or write the answers to a file: deephealth add ... --print-answers > answers.json, then --answers answers.json.`,
    { details: { questions: open.map(({ id }) => id).join(',') } },
  );
}
