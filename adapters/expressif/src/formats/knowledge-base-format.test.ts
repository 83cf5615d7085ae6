import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { KnowledgeBase } from '../knowledge-base.js';
import { randomKnowledgeBase } from '../testing/random-knowledge-base.js';
import { expectSameResults, gridOf } from '../testing/same-results.js';
import { vitals } from '../testing/vitals.js';
import { formatOf, type KnowledgeBaseFormat, readKnowledgeBase, writeKnowledgeBase } from './knowledge-base-format.js';

const through = (kb: KnowledgeBase, formats: readonly KnowledgeBaseFormat[], resolution: number): KnowledgeBase =>
  formats.reduce(
    (one, format) => readKnowledgeBase(writeKnowledgeBase(one, format).text, format, { resolution }).knowledgeBase,
    kb,
  );

describe('readKnowledgeBase and writeKnowledgeBase', () => {
  it('carry a rule base from FLL to FCL to FML and back, and it computes the same', () => {
    const random = seededRandom(2);
    for (let i = 0; i < 40; i += 1) {
      const kb = randomKnowledgeBase(random, 'all');
      const rows = gridOf(kb, kb.inputs.length > 2 ? 3 : 6);
      expectSameResults(kb, through(kb, ['fll', 'fcl', 'fml', 'fll'], 200), rows);
    }
  });

  it('carry a rule base through the form that fuzzylite reads', () => {
    const random = seededRandom(3);
    for (let i = 0; i < 20; i += 1) {
      const kb = randomKnowledgeBase(random, 'all');
      const { text } = writeKnowledgeBase(kb, 'fcl', { dialect: 'fuzzylite' });
      const read = readKnowledgeBase(text, 'fcl', { resolution: 200 });
      expect(read.dialect).toBe('fuzzylite');
      expectSameResults(kb, read.knowledgeBase, gridOf(kb, 3));
    }
  });

  it.each(['fll', 'fcl', 'fml'] as const)('write %s that is read and written again without a change', (format) => {
    const { text } = writeKnowledgeBase(vitals(), format);
    const { knowledgeBase } = readKnowledgeBase(text, format, { resolution: 100 });
    expect(writeKnowledgeBase(knowledgeBase, format).text).toBe(text);
  });

  it('say what a text does not say', () => {
    const resolution = 'The range of "risk" is cut into 250 steps, which the text does not say.';
    const { text, notes } = writeKnowledgeBase(vitals(), 'fcl');
    expect(notes).toContain('The text does not say that the range of "risk" is cut into 100 steps.');
    expect(readKnowledgeBase(text, 'fcl', { resolution: 250 }).notes).toContain(resolution);
    const named = vitals();
    const [block] = named.ruleBlocks as [KnowledgeBase['ruleBlocks'][number]];
    const rules = block.rules.map((rule, i) => ({ ...rule, id: `r${i}`, enabled: i === 0 }));
    const changed = {
      ...named,
      inputs: named.inputs.map((input) => ({ ...input, unit: 'mmol/l' })),
      ruleBlocks: [{ ...block, rules }],
    };
    expect(writeKnowledgeBase(changed, 'fll').notes).toEqual([
      'The unit "mmol/l" of "lactate" was left out.',
      'The unit "mmol/l" of "map" was left out.',
      'Rules of "main" that are not enabled were left out.',
      'Rules are cited by the numbers of their block and their place in it: their own names were left out.',
    ]);
    expect(writeKnowledgeBase(vitals(), 'fll').notes).toEqual([]);
  });

  it.each(['fll', 'fcl', 'fml'] as const)('refuse %s of more than 16 Mi characters', (format) => {
    expect(() => readKnowledgeBase(' '.repeat(16 * 1024 * 1024 + 1), format)).toThrow(
      'Line 1, column 1: a text holds up to 16777216 characters, this one 16777217.',
    );
  });

  it.each([0, 1.5, Number.NaN, 2_000_000])('refuse a resolution of %s', (resolution) => {
    for (const format of ['fcl', 'fml'] as const) {
      const { text } = writeKnowledgeBase(vitals(), format);
      expect(() => readKnowledgeBase(text, format, { resolution })).toThrow(
        expect.objectContaining({ code: 'DH_RULES_INCONSISTENT' }),
      );
    }
  });

  it.each([
    ['sepsis.fll', 'fll'],
    ['SEPSIS.FCL', 'fcl'],
    ['sepsis.fml', 'fml'],
    ['sepsis.fml.xml', 'fml'],
    ['sepsis.xml', 'fml'],
    ['fll', undefined],
  ])('formatOf(%s) is %s', (name, format) => expect(formatOf(name)).toBe(format));
});
