import type { KnowledgeBase, OutputVariable, Variable } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { fmlKindOf, writeNorm } from './fml-kinds.js';
import { FML_DEFUZZIFIERS, FML_S_NORMS, fmlNameOf } from './fml-names.js';
import { type FmlNaming, NO_TERM } from './fml-naming.js';
import { writeFmlShape } from './fml-write-terms.js';
import type { FormatNotes } from './format-notes.js';
import { attributesOf, writeXmlNumber } from './xml-text.js';

/** Writes the variables of a rule base, as lines that stand in the knowledgeBase element. */
export class FmlVariableWriter {
  constructor(
    private readonly knowledgeBase: KnowledgeBase,
    private readonly naming: FmlNaming,
    private readonly notes: FormatNotes,
  ) {}

  /** @throws DH_RULES_INCONSISTENT */
  input(input: Variable): string[] {
    const { name, lockRange, terms } = input;
    this.#checkEnabled(input);
    if (lockRange) throw inconsistent(`FML cannot say that values of "${name}" are moved into its range`);
    const attributes = [...this.#head(input), ...domainOf(input), ['type', 'input'] as const];
    if (terms.length > 0) return this.#variable('fuzzyVariable', attributes, this.#fuzzyTerms(input, 'fuzzyTerm'));
    this.notes.add(`The input "${name}" has no term, and FML asks for one: "${NO_TERM}" was added.`);
    const term = attributesOf([['name', this.naming.term(name, NO_TERM)]]);
    const shape = '<pointSetShape><point x="0" y="1"/></pointSetShape>';
    return this.#variable('fuzzyVariable', attributes, [`<fuzzyTerm${term}>${shape}</fuzzyTerm>`]);
  }

  /** @throws DH_RULES_INCONSISTENT */
  output(output: OutputVariable): string[] {
    const { name, lockPrevious, lockRange, range, defuzzifier, aggregation } = output;
    this.#checkEnabled(output);
    if (lockPrevious) throw inconsistent(`FML cannot say that "${name}" keeps its last value`);
    if (lockRange && defuzzifier?.kind === 'weighted') {
      throw inconsistent(`FML cannot say that values of "${name}" are moved into its range`);
    }
    if (output.terms.length === 0) throw inconsistent(`FML asks for a term of "${name}"`);
    const fallback = lockRange ? Math.min(range[1], Math.max(range[0], output.default)) : output.default;
    if (Math.abs(fallback) === Number.POSITIVE_INFINITY) throw inconsistent(`FML cannot say the default of "${name}"`);
    const type = ['type', 'output'] as const;
    const rest = ['defaultValue', fallback] as const;
    switch (fmlKindOf(output)) {
      case 'tsk':
        if (range.every(Number.isFinite)) this.notes.add(`The range of "${name}" was left out.`);
        return this.#variable(
          'tskVariable',
          [...this.#head(output), type, ['combination', 'WA'], rest],
          this.#tskTerms(output),
        );
      case 'tsukamoto': {
        const attributes = [...this.#head(output), ...domainOf(output), type, ['combination', 'WA'] as const, rest];
        return this.#variable('tsukamotoVariable', attributes, this.#fuzzyTerms(output, 'tsukamotoTerm'));
      }
      default: {
        if (defuzzifier?.kind !== 'integral') throw inconsistent(`FML asks for a defuzzifier of "${name}"`);
        this.notes.add(
          `The document does not say that the range of "${name}" is cut into ${defuzzifier.resolution} steps.`,
        );
        const accumulation = writeNorm(FML_S_NORMS, aggregation ?? 'Maximum', `"${name}"`, this.notes);
        const method = fmlNameOf(FML_DEFUZZIFIERS, defuzzifier.name);
        const own = [['accumulation', accumulation] as const, ['defuzzifier', method] as const];
        const attributes = [...this.#head(output), ...domainOf(output), type, ...own, rest];
        return this.#variable('fuzzyVariable', attributes, this.#fuzzyTerms(output, 'fuzzyTerm'));
      }
    }
  }

  #head({ name, unit }: Variable): (readonly [string, string | undefined])[] {
    return [
      ['name', this.naming.variable(name)],
      ['scale', unit],
    ];
  }

  #checkEnabled({ name, enabled }: Variable): void {
    if (!enabled) throw inconsistent(`FML cannot say that "${name}" is not enabled`);
  }

  #variable(element: string, attributes: Parameters<typeof attributesOf>[0], terms: readonly string[]): string[] {
    for (const [, value] of attributes) if (typeof value === 'number') this.#noteDigits(value);
    return [
      `    <${element}${attributesOf(attributes)}>`,
      ...terms.map((term) => `      ${term}`),
      `    </${element}>`,
    ];
  }

  #noteDigits(value: number): void {
    if (Number.isFinite(value) && Math.fround(value) !== value) {
      this.notes.add(
        'Numbers are written with all their digits; the schema has them as 32-bit numbers, and readers may round.',
      );
    }
  }

  #fuzzyTerms({ name, terms }: Variable, element: string): string[] {
    return terms.map((term) => {
      const attributes = attributesOf([['name', this.naming.term(name, term.name)]]);
      if (term.definition.kind === 'shape') for (const value of term.definition.parameters) this.#noteDigits(value);
      return `<${element}${attributes}>${writeFmlShape(term, name, this.notes)}</${element}>`;
    });
  }

  #tskTerms({ name, terms }: Variable): string[] {
    const { inputs } = this.knowledgeBase;
    return terms.map(({ name: term, definition }) => {
      let values: readonly number[] = [];
      if (definition.kind === 'constant') values = [definition.value];
      else if (definition.kind === 'linear') {
        // The constant stands last here and first in the document.
        values = [
          definition.coefficients[inputs.length] ?? 0,
          ...inputs.map((_, i) => definition.coefficients[i] ?? 0),
        ];
      }
      for (const value of values) this.#noteDigits(value);
      const order = definition.kind === 'constant' ? '0' : '1';
      const attributes = attributesOf([
        ['name', this.naming.term(name, term)],
        ['order', order],
      ]);
      return `<tskTerm${attributes}>${values.map((value) => `<tskValue>${writeXmlNumber(value)}</tskValue>`).join('')}</tskTerm>`;
    });
  }
}

const domainOf = ({ range }: Variable): (readonly [string, number])[] => [
  ['domainleft', range[0]],
  ['domainright', range[1]],
];
