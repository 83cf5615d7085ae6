import type { KnowledgeBase } from '../knowledge-base.js';
import type { FclDialect } from './fcl-operators.js';
import { FormatNotes } from './format-notes.js';
import { type FclOptions, parseFcl } from './parse-fcl.js';
import { parseFll } from './parse-fll.js';
import { parseFml } from './parse-fml.js';
import { type WriteFclOptions, type WrittenRules, writeFcl } from './write-fcl.js';
import { writeFll } from './write-fll.js';
import { writeFml } from './write-fml.js';

/** FuzzyLite language, Fuzzy Control Language (IEC 61131-7), Fuzzy Markup Language (IEEE 1855). */
export type KnowledgeBaseFormat = 'fll' | 'fcl' | 'fml';

/** How `readKnowledgeBase` reads; what a format has no use for is not asked. */
export type ReadKnowledgeBaseOptions = FclOptions;

export type ReadKnowledgeBase = {
  readonly knowledgeBase: KnowledgeBase;
  /** Of a text in the Fuzzy Control Language. */
  readonly dialect?: FclDialect;
  /** What the text does not say and was taken for granted. */
  readonly notes: readonly string[];
};

/**
 * Reads a rule base.
 *
 * @throws DH_RULES_MALFORMED naming line and column
 * @throws DH_RULES_INCONSISTENT where a rule base cannot hold what the text says
 */
export function readKnowledgeBase(
  text: string,
  format: KnowledgeBaseFormat,
  options: ReadKnowledgeBaseOptions = {},
): ReadKnowledgeBase {
  switch (format) {
    case 'fll':
      return { knowledgeBase: parseFll(text), notes: [] };
    case 'fcl':
      return parseFcl(text, options);
    case 'fml':
      return parseFml(text, options);
  }
}

/**
 * Writes a rule base, with notes on what the text does not say.
 *
 * @throws DH_RULES_INCONSISTENT naming what the format cannot say, where leaving it out would change the meaning
 */
export function writeKnowledgeBase(
  knowledgeBase: KnowledgeBase,
  format: KnowledgeBaseFormat,
  options: WriteFclOptions = {},
): WrittenRules {
  switch (format) {
    case 'fll':
      return { text: writeFll(knowledgeBase), notes: notesOfFll(knowledgeBase) };
    case 'fcl':
      return writeFcl(knowledgeBase, options);
    case 'fml':
      return writeFml(knowledgeBase);
  }
}

/** The format by the end of a file's name; undefined where it is none of them. */
export function formatOf(fileName: string): KnowledgeBaseFormat | undefined {
  const name = fileName.toLowerCase();
  if (name.endsWith('.fml') || name.endsWith('.xml')) return 'fml';
  return name.endsWith('.fll') ? 'fll' : name.endsWith('.fcl') ? 'fcl' : undefined;
}

function notesOfFll({ inputs, outputs, ruleBlocks }: KnowledgeBase): readonly string[] {
  const notes = new FormatNotes();
  for (const { name, unit } of [...inputs, ...outputs]) {
    if (unit !== undefined) notes.add(`The unit "${unit}" of "${name}" was left out.`);
  }
  for (const [index, { name, rules }] of ruleBlocks.entries()) {
    const kept = rules.filter(({ enabled }) => enabled);
    if (kept.length < rules.length) notes.add(`Rules of "${name}" that are not enabled were left out.`);
    if (kept.some(({ id }, number) => id !== `${index + 1}.${number + 1}`)) {
      notes.add('Rules are cited by the numbers of their block and their place in it: their own names were left out.');
    }
  }
  return notes.list();
}
