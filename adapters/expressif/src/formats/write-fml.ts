import type { KnowledgeBase } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { checkSayable } from './check-sayable.js';
import { FML_NAMESPACE, toXmlName } from './fml-names.js';
import { FmlNaming } from './fml-naming.js';
import { FmlRuleWriter } from './fml-write-rules.js';
import { FmlVariableWriter } from './fml-write-variables.js';
import { FormatNotes } from './format-notes.js';
import type { WrittenRules } from './write-fcl.js';
import { attributesOf } from './xml-text.js';

/**
 * Writes a rule base in the Fuzzy Markup Language of IEEE Std 1855-2016. A term's name stands after its variable's,
 * as in "risk_low": names are unique in a document.
 *
 * @throws DH_RULES_INCONSISTENT naming what the standard cannot say, where leaving it out would change the meaning
 */
export function writeFml(knowledgeBase: KnowledgeBase): WrittenRules {
  const { name, inputs, outputs, ruleBlocks } = knowledgeBase;
  checkSayable(knowledgeBase);
  if (inputs.length + outputs.length < 2) throw inconsistent('FML asks for two variables at least');
  const notes = new FormatNotes();
  const naming = new FmlNaming(knowledgeBase, notes);
  const variables = new FmlVariableWriter(knowledgeBase, naming, notes);
  const rules = new FmlRuleWriter(knowledgeBase, naming, notes);
  const system = naming.names.take('rule base', toXmlName(name === '' ? 'fuzzySystem' : name));
  const bases = ruleBlocks.flatMap((block, index) => rules.ruleBases(block, index));
  if (bases.length === 0) throw inconsistent('FML asks for a rule at least');
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<fuzzySystem xmlns="${FML_NAMESPACE}"${attributesOf([['name', system]])}>`,
    '  <knowledgeBase>',
    ...inputs.flatMap((input) => variables.input(input)),
    ...outputs.flatMap((output) => variables.output(output)),
    ...rules.aggregatedVariables.map((element) => `    ${element}`),
    '  </knowledgeBase>',
    ...bases,
    '</fuzzySystem>',
  ];
  return { text: `${lines.join('\n')}\n`, notes: notes.list() };
}
