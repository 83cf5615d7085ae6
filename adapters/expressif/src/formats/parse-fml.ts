import type { SNorm, TNorm } from '../fuzzy/norms.js';
import type { Antecedent, KnowledgeBase, Rule, RuleBlock } from '../knowledge-base.js';
import { inconsistent, malformed } from '../rule-errors.js';
import { FmlClauses, type Norms, need } from './fml-clauses.js';
import { FmlElement } from './fml-element.js';
import { FML_NAMESPACE, FML_S_NORMS, FML_T_NORMS, fromXmlName } from './fml-names.js';
import { readFmlVariables } from './fml-variables.js';
import { FormatNotes } from './format-notes.js';
import { resolutionOf } from './resolution.js';
import { checkLength } from './text-limit.js';
import { parseXml, type XmlElement } from './xml-tree.js';

export type FmlOptions = {
  /**
   * How many steps an output's range is cut into, which the standard does not say.
   *
   * @defaultValue 1000
   */
  readonly resolution?: number | undefined;
};

/**
 * Reads a rule base in the Fuzzy Markup Language of IEEE Std 1855-2016. Rules are cited by their names. Where the
 * names of all terms of a variable begin with the variable's, as in "risk_low", they are read without it.
 *
 * @returns the rule base, and notes on what the document does not say and was taken for granted
 * @throws DH_RULES_MALFORMED naming line and column
 * @throws DH_RULES_INCONSISTENT where a rule base cannot hold what the document says
 */
export function parseFml(
  text: string,
  options: FmlOptions = {},
): { readonly knowledgeBase: KnowledgeBase; readonly notes: readonly string[] } {
  const notes = new FormatNotes();
  checkLength(text);
  const root = parseXml(text);
  if (root.name !== 'fuzzySystem' || root.namespace !== FML_NAMESPACE) {
    throw malformed(`a document of IEEE 1855 begins with "fuzzySystem" of the namespace ${FML_NAMESPACE}`, root);
  }
  const system = new FmlElement(root, notes, ['name']);
  const [first, ...bases] = system.children('knowledgeBase', ...Object.keys(RULE_OF), 'anYaRuleBase');
  if (first?.name !== 'knowledgeBase') throw malformed('a fuzzySystem begins with a knowledgeBase', first ?? root);
  const variables = readFmlVariables(first, resolutionOf(options), notes);
  const reader = new RuleReader(new FmlClauses(variables, notes), notes);
  const ruleBlocks = bases.flatMap((base) => reader.ruleBlocks(base));
  const { inputs, outputs } = variables;
  const name = fromXmlName(system.attribute('name') ?? '');
  return { knowledgeBase: { name, inputs, outputs, ruleBlocks }, notes: notes.list() };
}

const RULE_OF: Readonly<Record<string, string>> = {
  mamdaniRuleBase: 'rule',
  tsukamotoRuleBase: 'rule',
  tskRuleBase: 'tskRule',
};

type ReadRule = { readonly rule: Rule; readonly norms: Norms };

class RuleReader {
  readonly #ids = new Set<string>();

  constructor(
    private readonly clauses: FmlClauses,
    private readonly notes: FormatNotes,
  ) {}

  /** One block, or several where rules of the base are joined by different norms. */
  ruleBlocks(xml: XmlElement): RuleBlock[] {
    if (xml.name === 'anYaRuleBase') throw inconsistent('AnYa rules are not read: a rule base holds no data clouds');
    const kind = RULE_OF[xml.name];
    if (kind === undefined) throw malformed('a fuzzySystem holds one knowledgeBase', xml);
    const base = new FmlElement(xml, this.notes, ['name', 'activationMethod', 'andMethod', 'orMethod']);
    const name = fromXmlName(base.required('name'));
    const implication = base.oneOf('activationMethod', FML_T_NORMS, 'MIN');
    const own = { and: base.oneOf('andMethod', FML_T_NORMS, 'MIN'), or: base.oneOf('orMethod', FML_S_NORMS, 'MAX') };
    const runs: { rules: Rule[]; norms: Norms }[] = [];
    for (const child of base.children(kind)) {
      const { rule, norms } = this.#rule(child, name, own);
      const run = runs.at(-1);
      if (run === undefined || !fits(run.norms, norms)) runs.push({ rules: [rule], norms });
      else {
        run.rules.push(rule);
        Object.assign(run.norms, norms);
      }
    }
    if (runs.length === 0) throw malformed(`${xml.name} has no ${kind}`, xml);
    if (runs.length > 1) {
      this.notes.add(`Rules of "${name}" are joined by different norms and were read as ${runs.length} rule blocks.`);
    }
    return runs.map(
      ({ rules, norms }, i): RuleBlock => ({
        name: i === 0 ? name : `${name}_${i + 1}`,
        enabled: true,
        conjunction: norms.and ?? own.and,
        disjunction: norms.or ?? own.or,
        implication: xml.name === 'mamdaniRuleBase' ? implication : undefined,
        activation: { name: 'General' },
        rules,
      }),
    );
  }

  #rule(xml: XmlElement, base: string, own: { readonly and: TNorm; readonly or: SNorm }): ReadRule {
    const rule = new FmlElement(xml, this.notes, ['name', 'andMethod', 'orMethod', 'connector', 'weight']);
    const prefix = xml.name === 'tskRule' ? 'tskConsequent' : 'consequent';
    const [antecedent, consequent, ...rest] = rule.children('antecedent', prefix);
    if (antecedent?.name !== 'antecedent' || consequent?.name !== prefix || rest.length > 0) {
      throw malformed(`a ${xml.name} holds an antecedent and then a ${prefix}`, xml);
    }
    const weight = rule.number('weight', 1);
    if (!(weight >= 0 && weight <= 1)) throw malformed(`a weight is 0 to 1, got ${weight}`, xml);
    const norms: Norms = {};
    const id = this.#id(rule.required('name'), base, xml);
    return {
      rule: {
        id,
        enabled: true,
        weight,
        antecedent: this.#antecedent(antecedent, rule, own, norms),
        consequents: this.#consequents(consequent),
      },
      norms,
    };
  }

  #id(written: string, base: string, xml: XmlElement): string {
    const name = fromXmlName(written);
    // What cannot begin a name in XML stands after a word that can.
    const plain = /^rule_\d/.test(name) ? name.slice('rule_'.length) : name;
    const id = this.#ids.has(plain) ? `${base}.${plain}` : plain;
    if (this.#ids.has(id)) throw malformed(`two rules are called "${id}"`, xml);
    this.#ids.add(id);
    return id;
  }

  #antecedent(
    xml: XmlElement,
    rule: FmlElement,
    own: { readonly and: TNorm; readonly or: SNorm },
    norms: Norms,
  ): Antecedent {
    const connector = rule.oneOf('connector', { and: 'and', AND: 'and', or: 'or', OR: 'or' } as const, 'and');
    const named = {
      and: rule.attribute('andMethod') === undefined ? undefined : rule.oneOf('andMethod', FML_T_NORMS, ''),
      or: rule.attribute('orMethod') === undefined ? undefined : rule.oneOf('orMethod', FML_S_NORMS, ''),
    };
    const clauses = new FmlElement(xml, this.notes).children('clause');
    const [first, ...others] = clauses.map((clause) => this.clauses.premise(clause, norms));
    if (first === undefined) throw malformed('an antecedent holds a clause', xml);
    if (others.length >= MAX_PREMISES) throw malformed(`a rule has more than ${MAX_PREMISES} premises`, xml);
    if (others.length > 0) {
      need(norms, connector, named[connector] ?? own[connector], rule.xml);
      const usual = connector === 'and' ? 'Minimum' : 'Maximum';
      if (named[connector] === undefined && own[connector] !== usual) {
        this.notes.add(
          `Rules that name no ${connector}Method follow their rule base, as in JFML; by the schema it would be ${usual}.`,
        );
      }
    }
    return others.reduce<Antecedent>((left, right) => ({ kind: connector, left, right }), first);
  }

  #consequents(xml: XmlElement): Rule['consequents'] {
    const isTsk = xml.name === 'tskConsequent';
    const [then, otherwise] = isTsk ? ['tskThen', 'tskElse'] : ['then', 'else'];
    const [part, other, ...rest] = new FmlElement(xml, this.notes).children(then as string, otherwise as string);
    if (part?.name !== then || other?.name === then || rest.length > 0)
      throw malformed(`a ${xml.name} holds one ${then}`, xml);
    if (other !== undefined) throw inconsistent(`What a rule concludes else is not read (line ${other.line})`);
    const clauses = new FmlElement(part, this.notes).children(isTsk ? 'tskClause' : 'clause');
    if (clauses.length === 0) throw malformed(`${then} holds a clause`, part);
    return clauses.map((clause) => this.clauses.conclusion(clause));
  }
}

/** How many premises a rule may have, as in FLL: what evaluates them goes down their chain. */
const MAX_PREMISES = 500;

const fits = (one: Norms, other: Norms): boolean =>
  (one.and ?? other.and) === (other.and ?? one.and) && (one.or ?? other.or) === (other.or ?? one.or);
