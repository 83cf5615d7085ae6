import { DeepHealthError, parseBindingDocument, pointerOf, validatorProblems } from '@deephealth/sdk';
import { possibilisticRules } from '../generated/validators.js';
import type { PossibilisticOutput, PossibilisticRules } from './possibilistic-rules.js';

/**
 * Reads a document of the format `deephealth.possibilistic-rules/1`.
 *
 * @throws DH_RULES_MALFORMED where it is not JSON or breaks the schema, DH_RULES_INCONSISTENT where it contradicts
 * itself; the message names the places as JSON pointers, `details.field` the first
 */
export function parsePossibilisticRules(text: string): PossibilisticRules {
  const document = parseBindingDocument<PossibilisticRules>(
    text,
    'The rule base',
    possibilisticRules,
    () => undefined,
    (message, field) => new DeepHealthError('DH_RULES_MALFORMED', message, { details: { field } }),
  );
  checkPossibilisticRules(document);
  return document;
}

/**
 * Checks a document by the schema and in itself.
 *
 * @throws DH_RULES_MALFORMED, DH_RULES_INCONSISTENT
 */
export function checkPossibilisticRules(document: PossibilisticRules): void {
  const [broken] = validatorProblems(possibilisticRules, document);
  if (broken !== undefined) {
    throw new DeepHealthError('DH_RULES_MALFORMED', `The rule base: ${broken.sentence}`, {
      details: { field: broken.field || '/' },
    });
  }
  /** The values of every attribute that a premise may ask for so far. */
  const known = new Map<string, ReadonlySet<string>>();
  const ids = new Set<string>();
  const define = (kind: string, index: number, name: string, values: readonly string[]): void => {
    if (known.has(name)) throw contradiction([kind, index, 'name'], 'Another attribute has the same name.');
    known.set(name, new Set(values));
  };
  for (const [index, { name, values }] of document.inputs.entries()) define('inputs', index, name, values);
  for (const [index, output] of document.outputs.entries()) {
    checkRules(output, ['outputs', index, 'rules'], known, ids);
    define('outputs', index, output.name, output.values);
  }
}

function checkRules(
  { values, rules }: PossibilisticOutput,
  place: readonly (string | number)[],
  known: ReadonlyMap<string, ReadonlySet<string>>,
  ids: Set<string>,
): void {
  const own = new Set(values);
  for (const [index, rule] of rules.entries()) {
    const here = [...place, index];
    if (ids.has(rule.id)) throw contradiction([...here, 'id'], 'Another rule has the same id.');
    ids.add(rule.id);
    const foreign = rule.conclude.findIndex((value) => !own.has(value));
    if (foreign !== -1) throw contradiction([...here, 'conclude', foreign], 'The output has no such value.');
    const asked = new Set<string>();
    for (const [at, premise] of rule.if.entries()) {
      const domain = known.get(premise.attribute);
      if (domain === undefined) {
        throw contradiction(
          [...here, 'if', at, 'attribute'],
          'There is no such input, nor an output that stands before this one.',
        );
      }
      // The minimum over premises is that of attributes which do not constrain each other; one does constrain itself.
      if (asked.has(premise.attribute)) {
        throw contradiction([...here, 'if', at, 'attribute'], 'Another premise of the rule asks for it. Join the two.');
      }
      asked.add(premise.attribute);
      const strange = premise.in.findIndex((value) => !domain.has(value));
      if (strange !== -1) throw contradiction([...here, 'if', at, 'in', strange], 'The attribute has no such value.');
    }
  }
}

function contradiction(steps: readonly (string | number)[], sentence: string): DeepHealthError {
  const field = pointerOf(steps);
  return new DeepHealthError('DH_RULES_INCONSISTENT', `The rule base: Field "${field}": ${sentence}`, {
    details: { field },
  });
}
