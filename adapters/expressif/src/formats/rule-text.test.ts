import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { Antecedent, Rule } from '../knowledge-base.js';
import { parseRule } from './parse-rule.js';
import { ruleText } from './rule-text.js';

describe('ruleText', () => {
  it('writes what is read back as the same rule, with no bracket too many', () => {
    const random = seededRandom(11);
    const antecedent = (depth: number): Antecedent => {
      if (depth === 0 || random() < 0.3) {
        return {
          kind: 'is',
          variable: `v${Math.floor(random() * 3)}`,
          hedges: random() < 0.3 ? ['not', 'very'] : [],
          term: 't',
        };
      }
      return { kind: random() < 0.5 ? 'and' : 'or', left: antecedent(depth - 1), right: antecedent(depth - 1) };
    };
    for (let round = 0; round < 300; round += 1) {
      const rule: Rule = {
        id: 'r',
        enabled: true,
        weight: random() < 0.5 ? 1 : 0.25,
        antecedent: antecedent(4),
        consequents: [{ variable: 'o', hedges: [], term: 'big' }],
      };
      expect(parseRule(ruleText(rule), { line: 1, column: 1 }, 'r')).toEqual(rule);
    }
    const plain = 'if a is x and b is y or c is not z then o is big and p is small with 0.5';
    expect(ruleText(parseRule(plain, { line: 1, column: 1 }, 'r'))).toBe(plain);
  });

  it('writes a premise that asks for no term', () => {
    const rule = parseRule('if a is any then o is big', { line: 1, column: 1 }, 'r');
    expect(ruleText(rule)).toBe('if a is any then o is big');
  });

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
