import type { Defuzzifier, InputVariable, OutputVariable, TermDefinition } from '../knowledge-base.js';
import { inconsistent, malformed } from '../rule-errors.js';
import { FmlElement } from './fml-element.js';
import { FML_DEFUZZIFIERS, FML_S_NORMS, fromXmlName } from './fml-names.js';
import { type FmlTerms, readFmlTerms } from './fml-terms.js';
import type { FormatNotes } from './format-notes.js';
import type { XmlElement } from './xml-tree.js';

/** A variable as rules find it: by the names of the document. */
export type FmlVariable = {
  readonly name: string;
  readonly element: XmlElement;
  readonly kind: 'input' | 'output';
  readonly terms: FmlTerms;
};

export type FmlVariables = {
  readonly inputs: readonly InputVariable[];
  readonly outputs: readonly OutputVariable[];
  readonly byName: ReadonlyMap<string, FmlVariable>;
  /** Variables whose terms stand for clauses of others. */
  readonly aggregated: ReadonlyMap<string, XmlElement>;
};

const TERM_OF: Readonly<Record<string, string>> = {
  fuzzyVariable: 'fuzzyTerm',
  tsukamotoVariable: 'tsukamotoTerm',
  tskVariable: 'tskTerm',
};

/** Reads the knowledgeBase element. @throws DH_RULES_MALFORMED */
export function readFmlVariables(element: XmlElement, resolution: number, notes: FormatNotes): FmlVariables {
  const reader = new VariableReader(resolution, notes);
  const kinds = [...Object.keys(TERM_OF), 'aggregatedFuzzyVariable', 'anYaDataCloud'];
  for (const child of new FmlElement(element, notes).children(...kinds)) reader.read(child);
  return reader.variables();
}

/** How many coefficients all terms may come to, one for each input: more would fill the memory. */
const MAX_COEFFICIENTS = 1_000_000;

class VariableReader {
  readonly #inputs: InputVariable[] = [];
  readonly #outputs: OutputVariable[] = [];
  readonly #byName = new Map<string, FmlVariable>();
  readonly #aggregated = new Map<string, XmlElement>();
  #inputAfterAggregated: XmlElement | undefined;
  #coefficients = 0;

  constructor(
    private readonly resolution: number,
    private readonly notes: FormatNotes,
  ) {}

  variables(): FmlVariables {
    const outputs = this.#outputs.map((output) => this.#withCoefficients(output));
    return { inputs: this.#inputs, outputs, byName: this.#byName, aggregated: this.#aggregated };
  }

  read(element: XmlElement): void {
    const name = element.attributes.get('name')?.trim() ?? '';
    if (name === '') throw malformed(`${element.name} has no "name"`, element);
    if (this.#byName.has(name) || this.#aggregated.has(name))
      throw malformed(`two variables are called "${name}"`, element);
    if (element.name === 'anYaDataCloud')
      throw inconsistent('Data clouds (AnYa) are not read: a rule base holds no data');
    if (element.name === 'aggregatedFuzzyVariable') {
      this.#aggregated.set(name, element);
      return;
    }
    const isFuzzy = element.name === 'fuzzyVariable';
    const variable = new FmlElement(element, this.notes, [
      ...['name', 'scale', 'type', 'defaultValue'],
      ...(element.name === 'tskVariable' ? [] : ['domainleft', 'domainright']),
      ...(isFuzzy ? ['accumulation', 'defuzzifier'] : ['combination']),
    ]);
    const type = (variable.attribute('type') ?? (isFuzzy ? 'input' : '')).toLowerCase();
    if (type !== 'output' && !(isFuzzy && type === 'input')) {
      throw malformed(`the type of a ${element.name} is ${isFuzzy ? 'input or ' : ''}output`, element);
    }
    const read = readFmlTerms(element, variable.children(TERM_OF[element.name] as string), this.notes);
    const { terms } = read;
    if (terms.length === 0) throw malformed(`"${name}" has no ${TERM_OF[element.name]}`, element);
    const scale = variable.attribute('scale');
    const input: InputVariable = {
      name: fromXmlName(name),
      ...(scale === undefined || scale === '' ? {} : { unit: scale }),
      enabled: true,
      range: this.#range(variable),
      lockRange: false,
      terms,
    };
    this.#byName.set(name, { name: input.name, element, kind: type as 'input' | 'output', terms: read });
    if (type === 'input') {
      if (this.#aggregated.size > 0) this.#inputAfterAggregated ??= element;
      this.#inputs.push(input);
    } else this.#outputs.push(this.#output(input, variable));
  }

  #range(variable: FmlElement): readonly [number, number] {
    if (variable.xml.name === 'tskVariable') return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const [low, high] = [variable.number('domainleft'), variable.number('domainright')];
    if (!(low <= high)) throw malformed(`domainleft lies above domainright: ${low} and ${high}`, variable.xml);
    return [low, high];
  }

  #output(input: InputVariable, variable: FmlElement): OutputVariable {
    const { name } = input;
    if (variable.attribute('defaultValue') === undefined) {
      this.notes.add(`No default is named for "${name}": it is 0 where no rule fires, by the standard.`);
    }
    const fallback = variable.number('defaultValue', 0);
    if (Math.abs(fallback) === Number.POSITIVE_INFINITY) throw malformed('the defaultValue is infinite', variable.xml);
    const common = { ...input, default: fallback, lockPrevious: false };
    if (variable.xml.name === 'fuzzyVariable') {
      this.notes.add(`The range of "${name}" is cut into ${this.resolution} steps, which the document does not say.`);
      const method = variable.oneOf('defuzzifier', FML_DEFUZZIFIERS, 'COG');
      return {
        ...common,
        aggregation: variable.oneOf('accumulation', FML_S_NORMS, 'MAX'),
        defuzzifier: { kind: 'integral', name: method, resolution: this.resolution },
      };
    }
    variable.oneOf('combination', { WA: 'WeightedAverage' }, 'WA');
    const method = variable.xml.name === 'tskVariable' ? 'TakagiSugeno' : 'Tsukamoto';
    const defuzzifier: Defuzzifier = { kind: 'weighted', name: 'WeightedAverage', method };
    return { ...common, aggregation: undefined, defuzzifier };
  }

  /** A document may name the coefficients of the first inputs alone; here each has one, and the constant is last. */
  #withCoefficients(output: OutputVariable): OutputVariable {
    const count = this.#inputs.length;
    const terms = output.terms.map(({ name, definition }) => {
      if (definition.kind !== 'linear') return { name, definition };
      const given = definition.coefficients.slice(0, -1);
      if (given.length > count) {
        const element = [...this.#byName.values()].find((one) => one.name === output.name)?.element as XmlElement;
        throw malformed(`the term "${name}" has ${given.length} coefficients for ${count} inputs`, element);
      }
      if (given.length > 0 && this.#inputAfterAggregated !== undefined) {
        const what =
          'it is not said which inputs a tskTerm of order 1 counts where an aggregated variable stands before';
        throw malformed(what, this.#inputAfterAggregated);
      }
      this.#coefficients += count;
      if (this.#coefficients > MAX_COEFFICIENTS) {
        throw inconsistent(`Terms of order 1 with more than ${MAX_COEFFICIENTS} coefficients in all are not read`);
      }
      const coefficients = [
        ...given,
        ...Array.from({ length: count - given.length }, () => 0),
        definition.coefficients.at(-1) as number,
      ];
      return { name, definition: { kind: 'linear', coefficients } satisfies TermDefinition };
    });
    return { ...output, terms };
  }
}
