import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { KnowledgeBase, Rule } from '../knowledge-base.js';
import { randomKnowledgeBase } from '../testing/random-knowledge-base.js';
import { VITALS, vitals } from '../testing/vitals.js';
import { parseFll } from './parse-fll.js';
import { writeFll } from './write-fll.js';

const withFirstRule = (change: Partial<Rule>): KnowledgeBase => {
  const kb = vitals();
  const [block] = kb.ruleBlocks as [KnowledgeBase['ruleBlocks'][number]];
  const [rule, ...rules] = block.rules as [Rule, ...Rule[]];
  return { ...kb, ruleBlocks: [{ ...block, rules: [{ ...rule, ...change }, ...rules] }] };
};

describe('writeFll', () => {
  it('writes what is read back as the same rule base, digit for digit', () => {
    const random = seededRandom(1);
    for (let i = 0; i < 150; i += 1) {
      const kb = randomKnowledgeBase(random, 'everything');
      expect(parseFll(writeFll(kb))).toEqual(kb);
    }
  });

  it('writes the plainest text: one that is read and written again stays as it is', () => {
    const text = writeFll(parseFll(VITALS));
    expect(writeFll(parseFll(text))).toBe(text);
    expect(text).toContain('  rule: if lactate is raised or map is low then risk is large with 0.5\n');
  });

  it('sets brackets where the grouping would be another without them, and nowhere else', () => {
    const rules = [
      '(lactate is normal or map is low) and lactate is raised',
      'lactate is normal and (map is low and lactate is raised)',
      'lactate is normal and map is low or lactate is raised and map is any',
      'lactate is normal or (map is low or lactate is raised)',
    ];
    for (const rule of rules) {
      const text = writeFll(vitals(['lactate is normal and map is not low', rule]));
      expect(text).toContain(`  rule: if ${rule} then`);
    }
  });

  it('leaves out a rule that is not enabled', () => {
    expect(parseFll(writeFll(withFirstRule({ enabled: false }))).ruleBlocks[0]?.rules).toMatchObject([
      { id: '1.1', weight: 0.5 },
    ]);
  });

  it.each([
    ['a name of two words', { ...vitals(), name: 'two\nlines' }],
    ['a variable that begins with a digit', { ...vitals(), inputs: [{ ...vitals().inputs[0], name: '1st' }] }],
    ['a variable that is a word of rules', { ...vitals(), inputs: [{ ...vitals().inputs[0], name: 'is' }] }],
    [
      'a rule that asks for two words',
      withFirstRule({ antecedent: { kind: 'is', variable: 'a b', hedges: [], term: 'c' } }),
    ],
    [
      'a term that is a hedge',
      { ...vitals(), inputs: [{ ...vitals().inputs[0], terms: [{ ...vitals().inputs[0]?.terms[0], name: 'very' }] }] },
    ],
    [
      'a term with a comment in its name',
      { ...vitals(), inputs: [{ ...vitals().inputs[0], terms: [{ ...vitals().inputs[0]?.terms[0], name: 'a#b' }] }] },
    ],
  ])('refuses %s', (_, kb) => {
    expect(() => writeFll(kb as KnowledgeBase)).toThrow(expect.objectContaining({ code: 'DH_RULES_INCONSISTENT' }));
  });
});
