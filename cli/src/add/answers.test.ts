import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answersTemplate, loadAnswers } from './answers-file.js';
import { toValue } from './ask-on-terminal.js';
import { Inquiry } from './inquiry.js';
import { assertAnswered, checkedAnswer, type Question } from './questions.js';

const UNIT: Question = { id: 'unit', ask: 'Which unit?', why: 'Nobody says.', takes: 'text', isRequired: true };
const CUT: Question = {
  id: 'cut',
  ask: 'Which cut?',
  why: 'Usual.',
  takes: 'number',
  isRequired: false,
  suggested: 0.5,
};

describe('answers', () => {
  it('that are there close their question; the others stay open, and optional ones take what is suggested', () => {
    const inquiry = new Inquiry({ unit: 'mg' });
    expect(inquiry.ask(UNIT)).toBe('mg');
    expect(inquiry.ask(CUT)).toBe(0.5);
    expect(inquiry.ask({ ...UNIT, id: 'other' })).toBeUndefined();
    expect(inquiry.questions.map(({ id }) => id)).toEqual(['cut', 'other']);
    expect(inquiry.inferences.map(({ field, certainty }) => [field, certainty])).toEqual([
      ['unit', 'answered'],
      ['cut', 'assumed'],
    ]);
    expect(() => assertAnswered(inquiry.questions)).toThrow(/1 question is open.*\n {2}other: Which unit\?/);
  });

  it('to no question are refused: a slip of the pen would be believed to count', () => {
    const inquiry = new Inquiry({ unit: 'mg', untit: 'mg' });
    inquiry.ask(UNIT);
    expect(() => inquiry.assertUsed()).toThrow('Nothing asks for "untit"');
  });

  it.each([
    ['text', 7],
    ['text', ' '],
    ['number', '7'],
    ['number', Number.NaN],
    ['texts', 'a'],
    ['texts', []],
    ['numbers', ['1']],
  ] as const)('of the type %s are not %j', (takes, value) => {
    expect(() => checkedAnswer({ id: 'q', takes }, value)).toThrow(/The answer "q" must be/);
  });

  it('are among the options', () => {
    expect(() => checkedAnswer({ id: 'q', takes: 'text', options: ['a'] }, 'b')).toThrow('must be one of a');
    expect(checkedAnswer({ id: 'q', takes: 'text', options: ['a'] }, 'a')).toBe('a');
  });

  it('that are typed become what the question takes', () => {
    expect(toValue('1, 2.5', 'numbers')).toEqual([1, 2.5]);
    expect(toValue('a, b', 'texts')).toEqual(['a', 'b']);
    expect(toValue('', 'number')).toBeNaN();
    expect(toValue('7', 'text')).toBe('7');
  });
});

describe('a file of answers', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'deephealth-answers-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const loaded = (text: string) => {
    const path = join(folder, 'answers.json');
    writeFileSync(path, text);
    return loadAnswers(path);
  };

  it('is a template that can be sent back: what nobody has filled in stays open', async () => {
    const template = answersTemplate([UNIT, CUT], { label: 'outcome' });
    expect(template).toMatchObject({ label: 'outcome', unit: null, cut: 0.5 });
    expect(await loaded(JSON.stringify(template))).toEqual({ label: 'outcome', cut: 0.5 });
  });

  it.each([
    ['[]', 'must be an object'],
    ['{', 'are not JSON'],
    ['{"a": {}}', 'The answer "a" must be a text'],
    ['{"a": 1, "a": 2}', 'answered twice'],
  ])('%s is refused', async (text, message) => {
    await expect(loaded(text)).rejects.toThrow(message);
  });
});
