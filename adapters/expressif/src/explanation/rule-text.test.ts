import { describe, expect, it } from 'vitest';
import { parseRule } from '../formats/parse-rule.js';
import { ruleText } from './rule-text.js';

describe('ruleText', () => {
  it.each([
    'if a is b then c is d',
    'if a is not very b and c is any then d is e and f is somewhat g with 0.5',
    'if a is b or c is d and e is f then g is h',
    'if (a is b or c is d) and (e is f or g is h) then i is j',
    'if a is b and (c is d and e is f) then g is h',
  ])('writes %s as it was read', (text) => {
    const rule = parseRule(text, { line: 1, column: 1 }, 'r');
    expect(ruleText(rule)).toBe(text);
  });

  it('leaves out brackets that change nothing', () => {
    const rule = parseRule('if ((a is b) and c is d) or (e is f) then g is h', { line: 1, column: 1 }, 'r');
    expect(ruleText(rule)).toBe('if a is b and c is d or e is f then g is h');
  });
});
