import { createInterface } from 'node:readline/promises';
import { DeepHealthError } from '@deephealth/sdk';
import { plainText } from '../output/plain-text.js';
import { type AnswerValue, checkedAnswer, type Question } from './questions.js';

/** Asks a question on the terminal until the answer is one that it takes; an empty line takes what is suggested. */
export async function askOnTerminal(question: Question): Promise<AnswerValue> {
  const { ask, why, options, suggested, takes } = question;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<never>((_, reject) => {
    terminal.once('close', () =>
      reject(new DeepHealthError('DH_CANCELLED', 'Ended before all questions were answered.')),
    );
  });
  closed.catch(() => undefined);
  const list = takes === 'texts' || takes === 'numbers' ? ' (separated by commas)' : '';
  const choice = options === undefined ? '' : ` One of: ${options.map(plainText).join(', ')}.`;
  process.stderr.write(`\n${plainText(ask)}${list}\n  ${plainText(why)}${choice}\n`);
  try {
    for (;;) {
      const hint = suggested === undefined ? '' : ` [${Array.isArray(suggested) ? suggested.join(', ') : suggested}]`;
      const text = (await Promise.race([terminal.question(`${hint}> `), closed])).trim();
      if (text === '' && suggested !== undefined) return suggested;
      try {
        return checkedAnswer(question, toValue(text, takes));
      } catch (thrown) {
        process.stderr.write(`  ${DeepHealthError.from(thrown).message}\n`);
      }
    }
  } finally {
    terminal.close();
  }
}

/** What was typed, as the type that the question takes; a check says what is wrong with it. */
export function toValue(text: string, takes: Question['takes']): AnswerValue {
  const numberOf = (part: string) => (part === '' ? Number.NaN : Number(part));
  const parts = text.split(',').map((part) => part.trim());
  if (takes === 'number') return numberOf(text);
  if (takes === 'texts') return parts;
  return takes === 'numbers' ? parts.map(numberOf) : text;
}
