import type { Hedge } from '../fuzzy/hedges.js';
import type { SNorm } from '../fuzzy/norms.js';
import type { Antecedent, KnowledgeBase, OutputVariable, Proposition, Rule, RuleBlock } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { hasConnective } from './antecedent-connectives.js';
import { checkSayable } from './check-sayable.js';
import { FclNames, type FclNaming, nameAll } from './fcl-names.js';
import { FCL_ACCU, FCL_ACT, FCL_AND, FCL_METHODS, FCL_OR, FCL_PAIRS, fclNameOf } from './fcl-operators.js';
import { singletonsOf } from './fcl-singletons.js';
import { writeFuzzyliteTerm, writeIecTerm } from './fcl-write-terms.js';
import { FormatNotes } from './format-notes.js';
import { writeNumber } from './write-number.js';

export type WriteFclOptions = {
  /**
   * `iec` is IEC 61131-7 with what jFuzzyLogic adds to it where need be, `fuzzylite` what fuzzylite 6 reads. No
   * text is read by both.
   *
   * @defaultValue 'iec'
   */
  readonly dialect?: 'iec' | 'fuzzylite' | undefined;
};

export type WrittenRules = {
  readonly text: string;
  /** What the text does not say, or says in other words. */
  readonly notes: readonly string[];
};

/**
 * Writes a rule base in the Fuzzy Control Language.
 *
 * @throws DH_RULES_INCONSISTENT naming what the language cannot say, where leaving it out would change the meaning
 */
export function writeFcl(knowledgeBase: KnowledgeBase, options: WriteFclOptions = {}): WrittenRules {
  checkSayable(knowledgeBase);
  const notes = new FormatNotes();
  const text = new FclWriter(knowledgeBase, options.dialect ?? 'iec', notes).write();
  return { text, notes: notes.list() };
}

class FclWriter {
  readonly #naming: FclNaming;
  readonly #outputs: ReadonlyMap<string, OutputVariable>;

  constructor(
    private readonly knowledgeBase: KnowledgeBase,
    private readonly dialect: 'iec' | 'fuzzylite',
    private readonly notes: FormatNotes,
  ) {
    this.#naming = nameAll(knowledgeBase, notes);
    this.#outputs = new Map(knowledgeBase.outputs.map((output) => [output.name, output] as const));
  }

  get #isIec(): boolean {
    return this.dialect === 'iec';
  }

  write(): string {
    const { name, inputs, outputs, ruleBlocks } = this.knowledgeBase;
    const lines = [
      `FUNCTION_BLOCK ${new FclNames(this.notes).of(name, 'rule base', 'rules')}`,
      'VAR_INPUT',
      ...inputs.map((input) => `  ${this.#naming.variable(input.name)} : REAL;${this.#inputRange(input)}`),
      'END_VAR',
      'VAR_OUTPUT',
      ...outputs.map((output) => `  ${this.#naming.variable(output.name)} : REAL;`),
      'END_VAR',
      ...inputs.flatMap((input) => this.#fuzzify(input)),
      ...outputs.flatMap((output) => this.#defuzzify(output)),
      ...this.#ruleBlocks(ruleBlocks),
      'END_FUNCTION_BLOCK',
    ];
    return `${lines.join('\n')}\n`;
  }

  #inputRange({ range }: KnowledgeBase['inputs'][number]): string {
    if (!this.#isIec || range.every((end) => !Number.isFinite(end))) return '';
    if (!range.every(Number.isFinite)) throw inconsistent('FCL cannot say a range with one end');
    this.notes.add('The ranges of inputs are written as jFuzzyLogic adds them to the standard.');
    return ` RANGE := (${range[0]} .. ${range[1]});`;
  }

  #fuzzify(input: KnowledgeBase['inputs'][number]): string[] {
    const { name, enabled, lockRange, range } = input;
    if (lockRange) throw inconsistent(`FCL cannot say that values of "${name}" are moved into its range`);
    this.#noteUnit(input);
    if (this.#isIec && !enabled) throw inconsistent(`FCL cannot say that the input "${name}" is not enabled`);
    return [
      `FUZZIFY ${this.#naming.variable(name)}`,
      ...(enabled ? [] : ['  ENABLED : FALSE;']),
      ...(this.#isIec ? [] : [`  RANGE := (${range.map(writeNumber).join(' .. ')});`]),
      ...this.#terms(input, true),
      'END_FUZZIFY',
    ];
  }

  #noteUnit({ name, unit }: KnowledgeBase['inputs'][number]): void {
    if (unit !== undefined) this.notes.add(`The unit "${unit}" of "${name}" was left out.`);
  }

  #terms({ name, terms, range }: KnowledgeBase['inputs'][number], isInput: boolean): string[] {
    return terms.map((term) => {
      const definition = this.#isIec
        ? writeIecTerm(term, { name, isInput, range }, this.knowledgeBase, this.#naming, this.notes)
        : writeFuzzyliteTerm(term, name, this.#naming);
      return `  TERM ${this.#naming.term(name, term.name)} := ${definition};`;
    });
  }

  #defuzzify(output: OutputVariable): string[] {
    const { name, enabled, range, defuzzifier } = output;
    this.#noteUnit(output);
    if (this.#isIec && !enabled) throw inconsistent(`FCL cannot say that the output "${name}" is not enabled`);
    const isBounded = range.every(Number.isFinite);
    return [
      `DEFUZZIFY ${this.#naming.variable(name)}`,
      ...(enabled ? [] : ['  ENABLED : FALSE;']),
      ...(isBounded || !this.#isIec ? [`  RANGE := (${range.map(writeNumber).join(' .. ')});`] : []),
      ...this.#terms(output, false),
      ...(defuzzifier === undefined ? [] : [`  METHOD : ${this.#method(output)};`]),
      ...this.#accumulation(output),
      ...(this.#isIec ? this.#iecDefault(output) : this.#fuzzyliteDefault(output)),
      'END_DEFUZZIFY',
    ];
  }

  #method({ name, defuzzifier, terms }: OutputVariable): string {
    if (defuzzifier?.kind === 'integral') {
      const { resolution } = defuzzifier;
      this.notes.add(`The text does not say that the range of "${name}" is cut into ${resolution} steps.`);
      return Object.entries(FCL_METHODS).find(([, one]) => one === defuzzifier.name)?.[0] as string;
    }
    const isSum = defuzzifier?.name === 'WeightedSum';
    if (!this.#isIec) {
      // fuzzylite 6 decides by the first term that was activated, and asks for one kind of terms.
      if (defuzzifier?.method !== 'Automatic') this.#checkAutomatic(name, terms, defuzzifier?.method);
      if (defuzzifier?.isGrouped === true)
        throw inconsistent(`fuzzylite cannot say that "${name}" accumulates singletons`);
      return isSum ? 'COGSS' : 'COGS';
    }
    if (isSum) throw inconsistent(`FCL cannot say that "${name}" is a weighted sum, only an average`);
    const other = terms.find(({ definition: { kind } }) => !['constant', 'linear', 'function'].includes(kind));
    if (other !== undefined) {
      throw inconsistent(`FCL cannot say that "${name}" is an average of values of the fuzzy set "${other.name}"`);
    }
    return terms.every(({ definition }) => definition.kind === 'constant') ? 'COGS' : 'COGF';
  }

  #checkAutomatic(output: string, terms: OutputVariable['terms'], method: string | undefined): void {
    const isSet = ({ definition: { kind } }: OutputVariable['terms'][number]): boolean =>
      kind === 'shape' || kind === 'discrete';
    const isAutomatic = method === 'TakagiSugeno' ? !terms.some(isSet) : method === 'Tsukamoto' && terms.every(isSet);
    if (!isAutomatic) throw inconsistent(`FCL cannot say the method ${method} of "${output}"`);
  }

  #accumulation({ name, aggregation, defuzzifier }: OutputVariable): string[] {
    if (this.#isIec || aggregation === undefined) {
      if (!this.#isIec && defuzzifier?.kind === 'integral') return ['  ACCU : MAX;'];
      return [];
    }
    const word = fclNameOf(FCL_ACCU, aggregation, 'fuzzylite');
    if (word === undefined) throw inconsistent(`FCL cannot say the aggregation ${aggregation} of "${name}"`);
    return [`  ACCU : ${word};`];
  }

  #iecDefault(output: OutputVariable): string[] {
    const { name, lockPrevious, lockRange, range, defuzzifier } = output;
    const fallback = lockRange ? Math.min(range[1], Math.max(range[0], output.default)) : output.default;
    if (lockRange && defuzzifier?.kind === 'weighted') {
      throw inconsistent(`FCL cannot say that values of "${name}" are moved into its range`);
    }
    if (lockPrevious) {
      if (Number.isNaN(fallback)) return ['  DEFAULT := NC;'];
      throw inconsistent(`FCL cannot say that "${name}" has a default, and keeps its last value before`);
    }
    if (Number.isNaN(fallback)) {
      this.notes.add(
        `No default is written for "${name}": it is not known where no rule fires. jFuzzyLogic keeps the last value.`,
      );
      return [];
    }
    if (!Number.isFinite(fallback)) throw inconsistent(`FCL cannot say the default of "${name}"`);
    return [`  DEFAULT := ${fallback};`];
  }

  #fuzzyliteDefault({ lockPrevious, lockRange, ...output }: OutputVariable): string[] {
    return [
      `  DEFAULT := ${writeNumber(output.default)};`,
      ...(lockPrevious || lockRange
        ? [`  LOCK : ${[...(lockPrevious ? ['PREVIOUS'] : []), ...(lockRange ? ['RANGE'] : [])].join(' | ')};`]
        : []),
    ];
  }

  #ruleBlocks(blocks: readonly RuleBlock[]): string[] {
    const names = new FclNames(this.notes);
    return blocks.flatMap((block, index) => {
      const label = block.name === '' ? `block${index + 1}` : block.name;
      if (!block.enabled) {
        this.notes.add(`The rule block "${label}" is not enabled and was left out.`);
        return [];
      }
      if (block.activation.name !== 'General') {
        throw inconsistent(`FCL cannot say the activation ${block.activation.name} of the rule block "${label}"`);
      }
      const rules = block.rules.filter(({ enabled }) => enabled);
      if (rules.length < block.rules.length) this.notes.add(`Rules of "${label}" that are not enabled were left out.`);
      return [
        `RULEBLOCK ${names.of(label, 'rule block', 'block')}`,
        ...this.#operators(block, rules, label),
        ...this.#rules(rules, label),
        'END_RULEBLOCK',
      ];
    });
  }

  #operators({ conjunction, disjunction, implication }: RuleBlock, rules: readonly Rule[], label: string): string[] {
    const uses = (kind: 'and' | 'or'): boolean => rules.some(({ antecedent }) => hasConnective(antecedent, kind));
    const [and, or] = [uses('and') ? conjunction : undefined, uses('or') ? disjunction : undefined];
    const isPair = FCL_PAIRS.some(([one, other]) => one === and && other === or);
    if (this.#isIec && and !== undefined && or !== undefined && !isPair) {
      throw inconsistent(`FCL cannot say ${and} beside ${or}, which the rule block "${label}" uses: they are no pair`);
    }
    const concluded = this.#concluded(rules);
    const needsActivation = concluded.some(({ defuzzifier }) => defuzzifier?.kind === 'integral');
    const line = <Name extends string>(
      key: string,
      operators: Parameters<typeof fclNameOf<Name>>[0],
      name: Name | undefined,
    ): string[] => {
      if (name === undefined) return [];
      const word = fclNameOf(operators, name, this.dialect);
      if (word === undefined) throw inconsistent(`FCL cannot say ${name}, which the rule block "${label}" names`);
      return [`  ${key} : ${word};`];
    };
    return [
      ...line('AND', FCL_AND, and),
      ...line('OR', FCL_OR, or),
      ...line('ACT', FCL_ACT, needsActivation ? implication : undefined),
      ...(this.#isIec ? line('ACCU', FCL_ACCU, this.#blockAccumulation(concluded, label)) : []),
    ];
  }

  #concluded(rules: readonly Rule[]): readonly OutputVariable[] {
    const names = new Set(rules.flatMap(({ consequents }) => consequents.map(({ variable }) => variable)));
    return [...names].flatMap((name) => this.#outputs.get(name) ?? []);
  }

  /** One accumulation stands for the block, though each output has its own. */
  #blockAccumulation(outputs: readonly OutputVariable[], label: string): SNorm | undefined {
    const wanted = new Set<SNorm>();
    for (const { name, terms, aggregation, defuzzifier } of outputs) {
      const all = this.knowledgeBase.ruleBlocks.flatMap(({ rules }) => rules.filter(({ enabled }) => enabled));
      const isWeighted = defuzzifier?.kind === 'weighted';
      const isGrouped = isWeighted && defuzzifier.isGrouped === true;
      const singletons = singletonsOf(name, terms, all);
      if (isGrouped && singletons.twins !== undefined) {
        throw inconsistent(
          `FCL cannot say that the equal singletons ${singletons.twins.join(' and ')} of "${name}" are two`,
        );
      }
      if (!isWeighted || isGrouped) wanted.add(aggregation ?? 'Maximum');
      else if (singletons.isRepeated || singletons.twins !== undefined) wanted.add('UnboundedSum');
    }
    if (wanted.size > 1) {
      throw inconsistent(
        `FCL cannot say more than one accumulation in the rule block "${label}": ${[...wanted].join(', ')}`,
      );
    }
    return [...wanted][0] ?? (outputs.length > 0 ? 'Maximum' : undefined);
  }

  #rules(rules: readonly Rule[], label: string): string[] {
    const names = new FclNames(this.notes);
    return rules.map((rule, index) => {
      const own = rule.id.startsWith(`${label}.`) ? rule.id.slice(label.length + 1) : rule.id;
      const isNumber = /^\d+$/.test(own) && Number(own) === index + 1;
      const name = isNumber || !/^[A-Za-z]/.test(own) ? String(index + 1) : names.of(own, 'rule', 'rule');
      const conclusions = rule.consequents
        .map((one) => this.#proposition(one, rule))
        .join(this.#isIec ? ', ' : ' and ');
      const weight = rule.weight === 1 ? '' : ` ${this.#word('WITH')} ${rule.weight}`;
      const condition = this.#condition(rule.antecedent, rule);
      if (`${label}.${name}` !== rule.id) {
        this.notes.add('Rules are cited by the names of their block and their own, which are not what they were.');
      }
      return `  RULE ${name} : ${this.#word('IF')} ${condition} ${this.#word('THEN')} ${conclusions}${weight};`;
    });
  }

  /** fuzzylite asks for small letters in rules. */
  #word(word: string): string {
    return this.#isIec ? word : word.toLowerCase();
  }

  #condition(antecedent: Antecedent, rule: Rule): string {
    if (antecedent.kind === 'is') {
      if (this.#isIec && this.#outputs.has(antecedent.variable)) {
        throw inconsistent(`FCL cannot say that rule ${rule.id} asks for the output "${antecedent.variable}"`);
      }
      return this.#proposition(antecedent, rule);
    }
    const { kind, left, right } = antecedent;
    // Engines group AND and OR side by side in different ways: brackets say it.
    const part = (one: Antecedent, isRight: boolean): string => {
      const text = this.#condition(one, rule);
      return one.kind === 'is' || (one.kind === kind && !isRight) ? text : `(${text})`;
    };
    return `${part(left, false)} ${this.#word(kind.toUpperCase())} ${part(right, true)}`;
  }

  #proposition({ variable, hedges, term }: Proposition, rule: Rule): string {
    const words = [this.#naming.variable(variable), this.#word('IS')];
    if (!this.#isIec) words.push(...hedges);
    else words.push(...this.#iecHedges(hedges, rule));
    return [...words, ...(term === undefined ? [] : [this.#naming.term(variable, term)])].join(' ');
  }

  #iecHedges(hedges: readonly Hedge[], { id, consequents }: Rule): string[] {
    const other = hedges.find((hedge) => hedge !== 'not');
    if (other !== undefined) throw inconsistent(`FCL cannot say "${other}", which stands in rule ${id}`);
    if (consequents.some((conclusion) => conclusion.hedges.length > 0)) {
      throw inconsistent(`FCL cannot say a hedge before the conclusion of rule ${id}`);
    }
    return hedges.length % 2 === 1 ? ['NOT'] : [];
  }
}
