import type { SNorm } from '../fuzzy/norms.js';
import type {
  Antecedent,
  InputVariable,
  KnowledgeBase,
  Rule,
  RuleBlock,
  Term,
  TermDefinition,
} from '../knowledge-base.js';
import { inconsistent, malformed } from '../rule-errors.js';
import { FclConditions } from './fcl-conditions.js';
import { FCL_PAIRS, type FclDialect } from './fcl-operators.js';
import { type FclConcluded, readFclOutput } from './fcl-outputs.js';
import { type FclFunctionBlock, type FclRuleBlock, type FclSection, readFclSyntax } from './fcl-syntax.js';
import type { FclTerm } from './fcl-terms.js';
import { FormatNotes } from './format-notes.js';
import { resolutionOf } from './resolution.js';
import { checkLength } from './text-limit.js';

export type FclOptions = {
  /** The function block to read. @defaultValue the first */
  readonly functionBlock?: string | undefined;
  /**
   * How many steps an output's range is cut into, which the language does not say.
   *
   * @defaultValue 1000
   */
  readonly resolution?: number | undefined;
  /**
   * What `a OR b AND c` means. IEC 61131-7 and fuzzylite bind AND closer, jFuzzyLogic goes from left to right.
   * Applies to texts that are not in fuzzylite's form.
   *
   * @defaultValue 'refuse'
   */
  readonly andAfterOr?: 'refuse' | 'and-first' | 'left-to-right' | undefined;
};

export type ParsedFcl = {
  readonly knowledgeBase: KnowledgeBase;
  readonly dialect: FclDialect;
  /** What the text does not say and was taken for granted. */
  readonly notes: readonly string[];
};

/**
 * Reads a rule base in the Fuzzy Control Language of IEC 61131-7, with what jFuzzyLogic adds to it, or in the form
 * that fuzzylite writes. Rules are cited by the names of their block and their own, such as "No1.3".
 *
 * @throws DH_RULES_MALFORMED naming line and column
 * @throws DH_RULES_INCONSISTENT where a rule base cannot hold what the text says
 */
export function parseFcl(text: string, options: FclOptions = {}): ParsedFcl {
  checkLength(text);
  const { blocks, dialect } = readFclSyntax(text);
  const notes = new FormatNotes();
  const block = chosen(blocks, options.functionBlock, notes);
  const knowledgeBase = new FclReader(block, dialect, options, notes).read();
  return { knowledgeBase, dialect, notes: notes.list() };
}

function chosen(blocks: readonly FclFunctionBlock[], name: string | undefined, notes: FormatNotes): FclFunctionBlock {
  const shown = blocks.slice(0, MAX_SHOWN).map((block) => `"${block.name}"`);
  const names = [...shown, ...(blocks.length > MAX_SHOWN ? ['…'] : [])].join(', ');
  if (name === undefined) {
    const [first] = blocks as readonly [FclFunctionBlock];
    if (blocks.length > 1) notes.add(`The text holds the function blocks ${names}; the first was read.`);
    return first;
  }
  const found = blocks.find((block) => block.name === name);
  if (found === undefined) throw inconsistent(`No function block is called "${name}"; there are ${names}`);
  return found;
}

/** How many names of function blocks an error or a note lists. */
const MAX_SHOWN = 20;

/** How many coefficients the functions of all terms may come to, one for each input: more would fill the memory. */
const MAX_COEFFICIENTS = 1_000_000;

class FclReader {
  #coefficients = 0;
  readonly #conditions: FclConditions;
  readonly #outputNames: ReadonlySet<string>;

  constructor(
    private readonly block: FclFunctionBlock,
    private readonly dialect: FclDialect,
    private readonly options: FclOptions,
    private readonly notes: FormatNotes,
  ) {
    this.#outputNames = new Set(block.outputs.map(({ name }) => name));
    this.#conditions = new FclConditions(dialect, options.andAfterOr ?? 'refuse');
  }

  read(): KnowledgeBase {
    const sections = this.#sections();
    const inputs = this.block.inputs.map((input): InputVariable => this.#input(input, sections.get(input.name)));
    const declared = this.block.outputs.map((output) => this.#variable(output, sections.get(output.name)));
    this.#conditions.know([...inputs, ...declared]);
    const ruleBlocks = this.#ruleBlocks();
    const concluded = this.#concluded(ruleBlocks);
    const outputs = declared.map((output) =>
      readFclOutput(output, sections.get(output.name), concluded.get(output.name) as FclConcluded, {
        dialect: this.dialect,
        resolution: resolutionOf(this.options),
        notes: this.notes,
      }),
    );
    this.#checkFunctions(inputs);
    return { name: this.block.name, inputs, outputs, ruleBlocks };
  }

  /** FUZZIFY and DEFUZZIFY by the variables that they are about. */
  #sections(): ReadonlyMap<string, FclSection> {
    const found = new Map<string, FclSection>();
    const declare = (sections: readonly FclSection[], variables: FclFunctionBlock['inputs'], kind: string): void => {
      const names = new Map(variables.map(({ name }) => [name, name] as const));
      const anyCase = new Map(variables.map(({ name }) => [name.toLowerCase(), name] as const));
      for (const section of sections) {
        const name = names.get(section.variable) ?? anyCase.get(section.variable.toLowerCase());
        if (name === undefined) throw malformed(`"${section.variable}" is not declared in ${kind}`, section);
        if (found.has(name)) throw malformed(`"${name}" is defined twice`, section);
        found.set(name, section);
      }
    };
    const seen = new Set<string>();
    for (const variable of [...this.block.inputs, ...this.block.outputs]) {
      if (seen.has(variable.name)) throw malformed(`"${variable.name}" is declared twice`, variable);
      seen.add(variable.name);
    }
    declare(this.block.fuzzify, this.block.inputs, 'VAR_INPUT');
    declare(this.block.defuzzify, this.block.outputs, 'VAR_OUTPUT');
    return found;
  }

  #variable({ name, range }: FclFunctionBlock['inputs'][number], section: FclSection | undefined): InputVariable {
    return {
      name,
      enabled: section?.isEnabled ?? true,
      range: section?.range ?? range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      lockRange: section?.lockRange ?? false,
      terms: section?.terms.map((term): Term => ({ name: term.name, definition: this.#definition(term) })) ?? [],
    };
  }

  /** A function that is a sum of inputs is told as one, which every format can say. */
  #definition({ definition, function: read, ...at }: FclTerm): TermDefinition {
    const form = read?.linear;
    if (form === undefined) return definition;
    if (form.coefficients.size === 0) return { kind: 'constant', value: form.constant };
    this.#coefficients += this.block.inputs.length;
    if (this.#coefficients > MAX_COEFFICIENTS) {
      throw malformed(`functions of more than ${MAX_COEFFICIENTS} coefficients in all are not read`, at);
    }
    const coefficients = this.block.inputs.map(({ name }) => form.coefficients.get(name) ?? 0);
    return { kind: 'linear', coefficients: [...coefficients, form.constant] };
  }

  #input(declared: FclFunctionBlock['inputs'][number], section: FclSection | undefined): InputVariable {
    const input = this.#variable(declared, section);
    if (!input.range.every(Number.isFinite)) {
      this.notes.add(`No range is named for the input "${input.name}": every number is taken.`);
    }
    if (this.dialect === 'fuzzylite') return input;
    // A singleton of an input holds at its value alone.
    const terms = input.terms.map(({ name, definition }): Term => {
      if (definition.kind !== 'constant') return { name, definition };
      const parameters = [definition.value, definition.value];
      return { name, definition: { kind: 'shape', shape: 'Rectangle', parameters, height: 1 } };
    });
    return { ...input, terms };
  }

  /** What concludes each output: the rules, and what their blocks name for the accumulation. */
  #concluded(ruleBlocks: readonly RuleBlock[]): ReadonlyMap<string, FclConcluded> {
    const found = new Map<string, { readonly rules: Rule[]; readonly accumulations: Set<SNorm | undefined> }>();
    for (const { name } of this.block.outputs) found.set(name, { rules: [], accumulations: new Set() });
    for (const [i, { rules }] of ruleBlocks.entries()) {
      const accumulation = this.block.ruleBlocks[i]?.accumulation;
      for (const rule of rules) {
        for (const name of new Set(rule.consequents.map(({ variable }) => variable))) {
          found.get(name)?.rules.push(rule);
          found.get(name)?.accumulations.add(accumulation);
        }
      }
    }
    return found;
  }

  #ruleBlocks(): readonly RuleBlock[] {
    const ids = new Set<string>();
    return this.block.ruleBlocks.map((written, index): RuleBlock => {
      const label = written.name === '' ? String(index + 1) : written.name;
      const rules = written.rules.map((rule): Rule => {
        const id = `${label}.${rule.name}`;
        if (ids.has(id)) throw malformed(`two rules are called "${id}"`, rule);
        ids.add(id);
        return { id, enabled: true, weight: rule.weight, ...this.#body(rule, written) };
      });
      const { conjunction, disjunction } = this.#connectives(written, rules);
      if (written.activation === undefined && this.dialect !== 'fuzzylite') {
        this.notes.add(`No activation (ACT) is named in the rule block "${label}": MIN stands in, as in jFuzzyLogic.`);
      }
      return {
        name: written.name,
        enabled: written.isEnabled,
        conjunction,
        disjunction,
        implication: written.activation ?? (this.dialect === 'fuzzylite' ? undefined : 'Minimum'),
        activation: { name: 'General' },
        rules,
      };
    });
  }

  #body(rule: FclRuleBlock['rules'][number], block: FclRuleBlock): Pick<Rule, 'antecedent' | 'consequents'> {
    const antecedent = this.#conditions.antecedent(rule.condition, isDual(block));
    const consequents = rule.conclusions.map((conclusion) => this.#conditions.proposition(conclusion));
    const read = this.dialect === 'fuzzylite' ? undefined : firstOutput(antecedent, this.#outputNames);
    if (read !== undefined) {
      // fuzzylite asks how far rules conclude the term, jFuzzyLogic for its degree at the value of the time before.
      throw malformed(`the rule asks for the output "${read}", which the standard gives no meaning`, rule);
    }
    return { antecedent, consequents };
  }

  #connectives(
    { and, or, name }: FclRuleBlock,
    rules: readonly Rule[],
  ): Pick<RuleBlock, 'conjunction' | 'disjunction'> {
    if (this.dialect === 'fuzzylite') return { conjunction: and, disjunction: or };
    const uses = rules.some(({ antecedent }) => antecedent.kind !== 'is');
    if (and !== undefined && or !== undefined) {
      if (!FCL_PAIRS.some(([conjunction, disjunction]) => conjunction === and && disjunction === or) && uses) {
        // jFuzzyLogic takes whichever stands last, and its partner in the place of the other.
        throw inconsistent(`The rule block "${name}" names an AND and an OR that are no pair, as the standard demands`);
      }
      return { conjunction: and, disjunction: or };
    }
    const pair = FCL_PAIRS.find(([conjunction, disjunction]) => conjunction === and || disjunction === or);
    const [conjunction, disjunction] = pair ?? (['Minimum', 'Maximum'] as const);
    if (and === undefined && or === undefined) {
      if (!uses) return {};
      this.notes.add(`The rule block "${name}" names neither AND nor OR: MIN and MAX stand in, as in jFuzzyLogic.`);
    }
    return { conjunction, disjunction };
  }

  #checkFunctions(inputs: readonly InputVariable[]): void {
    const names = new Set(inputs.map(({ name }) => name));
    const sections = [...this.block.fuzzify, ...this.block.defuzzify];
    for (const term of sections.flatMap(({ terms }) => terms)) {
      const other = term.function?.variables.find(({ text }) => !names.has(text));
      if (other !== undefined) throw malformed(`"${other.text}" is no input`, other);
    }
  }
}

/** Whether NOT before a bracket may be passed on to what stands in it. */
function isDual({ and, or }: FclRuleBlock): boolean {
  if (and === undefined && or === undefined) return true;
  const pairs = FCL_PAIRS.filter(([conjunction]) => conjunction !== 'HamacherProduct');
  return pairs.some(
    ([conjunction, disjunction]) => (and ?? conjunction) === conjunction && (or ?? disjunction) === disjunction,
  );
}

function firstOutput(antecedent: Antecedent, outputs: ReadonlySet<string>): string | undefined {
  if (antecedent.kind === 'is') return outputs.has(antecedent.variable) ? antecedent.variable : undefined;
  return firstOutput(antecedent.left, outputs) ?? firstOutput(antecedent.right, outputs);
}
