import type { Antecedent, KnowledgeBase, Proposition, Rule, RuleBlock } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { hasConnective } from './antecedent-connectives.js';
import { type Aggregate, chainOf, toAggregate } from './fml-aggregates.js';
import { type FmlKind, fmlKindOf, writeNorm } from './fml-kinds.js';
import { FML_MODIFIERS, FML_S_NORMS, FML_T_NORMS, fmlNameOf, toXmlName } from './fml-names.js';
import { type FmlNaming, NO_TERM } from './fml-naming.js';
import type { FormatNotes } from './format-notes.js';
import { attributesOf } from './xml-text.js';

/** The names of the norms that join premises; absent where rules need none. */
type Methods = { readonly and: string | undefined; readonly or: string | undefined };

type AggregatedVariable = { readonly name: string; readonly term: string; readonly text: string };

/** Writes the rule blocks of a rule base, as lines, and the aggregated variables that their rules need. */
export class FmlRuleWriter {
  readonly #kinds: ReadonlyMap<string, FmlKind>;
  /** By what they say. */
  readonly #aggregates = new Map<string, AggregatedVariable>();

  constructor(
    private readonly knowledgeBase: KnowledgeBase,
    private readonly naming: FmlNaming,
    private readonly notes: FormatNotes,
  ) {
    this.#kinds = new Map(knowledgeBase.outputs.map((output) => [output.name, fmlKindOf(output)] as const));
  }

  /** Elements that stand after the variables, once all blocks are written. */
  get aggregatedVariables(): readonly string[] {
    return [...this.#aggregates.values()].map(({ text }) => text);
  }

  /** A base holds rules of one kind: a block becomes several where its rules conclude outputs of several. @throws DH_RULES_INCONSISTENT */
  ruleBases(block: RuleBlock, index: number): string[] {
    const label = block.name === '' ? `ruleBase${index + 1}` : block.name;
    if (!block.enabled) {
      this.notes.add(`The rule block "${label}" is not enabled and was left out.`);
      return [];
    }
    if (block.activation.name !== 'General') {
      throw inconsistent(`FML cannot say the activation ${block.activation.name} of the rule block "${label}"`);
    }
    const rules = block.rules.filter(({ enabled }) => enabled);
    if (rules.length < block.rules.length) this.notes.add(`Rules of "${label}" that are not enabled were left out.`);
    const runs: { kind: FmlKind; rules: Rule[] }[] = [];
    for (const rule of rules) {
      const kind = this.#kindOf(rule);
      const run = runs.at(-1);
      if (run?.kind === kind) run.rules.push(rule);
      else runs.push({ kind, rules: [rule] });
    }
    if (runs.length > 1)
      this.notes.add(`The rule block "${label}" was written as ${runs.length} rule bases, by what its rules conclude.`);
    return runs.flatMap(({ kind, rules: own }, i) =>
      this.#ruleBase(block, kind, own, i === 0 ? label : `${label}_${i + 1}`),
    );
  }

  #kindOf({ id, consequents }: Rule): FmlKind {
    const kinds = new Set(consequents.map(({ variable }) => this.#kinds.get(variable)));
    const [kind] = kinds;
    if (kinds.size !== 1 || kind === undefined)
      throw inconsistent(`FML cannot say the conclusions of rule ${id} in one rule`);
    return kind;
  }

  #ruleBase(block: RuleBlock, kind: FmlKind, rules: readonly Rule[], label: string): string[] {
    const where = `the rule block "${block.name}"`;
    const uses = (kind: 'and' | 'or'): boolean => rules.some(({ antecedent }) => hasConnective(antecedent, kind));
    const { conjunction, disjunction } = block;
    const methods: Methods = {
      and: conjunction && uses('and') ? writeNorm(FML_T_NORMS, conjunction, where, this.notes) : undefined,
      or: disjunction && uses('or') ? writeNorm(FML_S_NORMS, disjunction, where, this.notes) : undefined,
    };
    if (kind === 'mamdani' && block.implication === undefined)
      throw inconsistent(`FML asks for an implication of ${where}`);
    const activation =
      kind === 'mamdani' && block.implication
        ? writeNorm(FML_T_NORMS, block.implication, where, this.notes)
        : undefined;
    const attributes = attributesOf([
      ['name', this.naming.names.take('rule block', toXmlName(label))],
      ['activationMethod', activation],
      ['andMethod', methods.and],
      ['orMethod', methods.or],
    ]);
    const lines = rules.map((rule) => `    ${this.#rule(rule, kind, methods)}`);
    return [`  <${kind}RuleBase${attributes}>`, ...lines, `  </${kind}RuleBase>`];
  }

  #rule(rule: Rule, kind: FmlKind, methods: Methods): string {
    const { connector, parts } = chainOf(rule.antecedent);
    const isTsk = kind === 'tsk';
    const name = this.naming.names.take(
      'rule',
      /^\d/.test(rule.id) ? `rule_${toXmlName(`r${rule.id}`).slice(1)}` : toXmlName(rule.id),
    );
    // On the rule, too: by the schema a rule that names none is joined by MIN or MAX, whatever its base names.
    const attributes = attributesOf([
      ['name', name],
      ['andMethod', methods.and],
      ['orMethod', methods.or],
      ['connector', connector],
      ['weight', rule.weight],
    ]);
    if (isTsk && parts.some((part) => part.kind !== 'is')) {
      this.notes.add('JFML takes the aggregated premises of a tskRule for 0, and computes something else.');
    }
    const clauses = parts.map((part) => this.#premise(part, rule, methods)).join('');
    const conclusions = rule.consequents
      .map((one) => this.#conclusion(one, rule, isTsk ? 'tskClause' : 'clause'))
      .join('');
    const then = isTsk ? `<tskThen>${conclusions}</tskThen>` : `<then>${conclusions}</then>`;
    const consequent = isTsk ? `<tskConsequent>${then}</tskConsequent>` : `<consequent>${then}</consequent>`;
    const element = isTsk ? 'tskRule' : 'rule';
    return `<${element}${attributes}><antecedent>${clauses}</antecedent>${consequent}</${element}>`;
  }

  #premise(part: Antecedent, rule: Rule, methods: Methods): string {
    if (part.kind === 'is') return this.#clause(part, rule);
    const aggregate = toAggregate(part);
    if (aggregate === undefined) {
      throw inconsistent(
        `FML cannot say the premises of rule ${rule.id}: brackets stand on both sides of "${part.kind}"`,
      );
    }
    const body = this.#joined(aggregate, rule, methods);
    const known = this.#aggregates.get(body) ?? this.#addAggregate(body);
    return `<clause><variable>${known.name}</variable><term>${known.term}</term></clause>`;
  }

  #addAggregate(body: string): AggregatedVariable {
    const name = this.naming.names.take('aggregated variable', `premises${this.#aggregates.size + 1}`);
    const term = this.naming.names.take('aggregated term', `${name}_hold`);
    this.notes.add('Premises that are joined by AND and OR are written as aggregated variables.');
    const inside = `<aggregatedFuzzyTerm${attributesOf([['name', term]])}>${body}</aggregatedFuzzyTerm>`;
    const attributes = attributesOf([
      ['name', name],
      ['type', 'input'],
    ]);
    const added = { name, term, text: `<aggregatedFuzzyVariable${attributes}>${inside}</aggregatedFuzzyVariable>` };
    this.#aggregates.set(body, added);
    return added;
  }

  #joined(aggregate: Aggregate, rule: Rule, methods: Methods): string {
    const { kind, first, clause } = aggregate;
    const left =
      'kind' in first && 'first' in first
        ? this.#joined(first, rule, methods)
        : this.#clause(first as Proposition, rule);
    const attribute = attributesOf([[kind === 'and' ? 't-norm' : 't-conorm', methods[kind]]]);
    return `<${kind}${attribute}>${left}${this.#clause(clause, rule)}</${kind}>`;
  }

  #clause({ variable, hedges, term }: Proposition, { id }: Rule): string {
    if (this.#kinds.has(variable))
      throw inconsistent(`FML cannot say that rule ${id} asks for the output "${variable}"`);
    const found = term ?? this.knowledgeBase.inputs.find(({ name }) => name === variable)?.terms[0]?.name ?? NO_TERM;
    const [hedge, ...others] = hedges.includes('any') ? this.#any(hedges, id) : hedges;
    if (others.length > 0) throw inconsistent(`FML cannot say more than one hedge before a term, as in rule ${id}`);
    const modifier = hedge && fmlNameOf(FML_MODIFIERS, hedge);
    return this.#written('clause', variable, found, modifier);
  }

  /** What stands before "any" bears upon the degree 1, which the standard cannot say. */
  #any(hedges: Proposition['hedges'], id: string): Proposition['hedges'] {
    if (hedges[0] !== 'any') throw inconsistent(`FML cannot say more than one hedge before a term, as in rule ${id}`);
    return ['any'];
  }

  #conclusion({ variable, hedges, term }: Proposition, { id }: Rule, element: string): string {
    if (hedges.length > 0) throw inconsistent(`FML cannot say a hedge before the conclusion of rule ${id}`);
    return this.#written(element, variable, term as string, undefined);
  }

  #written(element: string, variable: string, term: string, modifier: string | undefined): string {
    const [name, own] = [this.naming.variable(variable), this.naming.term(variable, term)];
    if (name === undefined || own === undefined)
      throw inconsistent(`A rule asks for "${variable}" and "${term}", which are not there`);
    return `<${element}${attributesOf([['modifier', modifier]])}><variable>${name}</variable><term>${own}</term></${element}>`;
  }
}
