import { degreeOf } from '../fuzzy/degree-of.js';
import { applyHedges, type Hedge } from '../fuzzy/hedges.js';
import type { InputVariable, KnowledgeBase, OutputVariable, TermDefinition } from '../knowledge-base.js';
import type { ExpressionNode } from './expression-graph.js';

/** Where a premise has its degree from, its names looked up beforehand. */
export type PremiseReader = { readonly hedges: readonly Hedge[] } & (
  | { readonly kind: 'fixed'; readonly degree: number }
  | {
      readonly kind: 'input';
      /** Place of the input in the rule base. */
      readonly index: number;
      readonly variable: string;
      readonly term: string;
      readonly definition: TermDefinition;
    }
  /** The degree to which earlier rules conclude the term. */
  | { readonly kind: 'output'; readonly variable: string; readonly term: string }
);

type Input = { readonly index: number; readonly variable: InputVariable; readonly terms: Map<string, TermDefinition> };

/** Makes readers of the premises of a rule base that has been checked. */
export class PremiseReaders {
  readonly #inputs: ReadonlyMap<string, Input>;
  readonly #outputs: ReadonlyMap<string, OutputVariable>;

  constructor({ inputs, outputs }: KnowledgeBase) {
    this.#inputs = new Map(
      inputs.map((variable, index) => {
        const terms = new Map(variable.terms.map(({ name, definition }) => [name, definition] as const));
        return [variable.name, { index, variable, terms }] as const;
      }),
    );
    this.#outputs = new Map(outputs.map((output) => [output.name, output] as const));
  }

  of({ variable, hedges, term }: Extract<ExpressionNode, { kind: 'premise' }>): PremiseReader {
    const output = this.#outputs.get(variable);
    const input = this.#inputs.get(variable) as Input;
    // No premise about a variable that is switched off holds, whatever its hedges.
    if (!(output ?? input.variable).enabled) return { kind: 'fixed', hedges: [], degree: 0 };
    if (term === undefined || hedges.includes('any')) {
      return { kind: 'fixed', hedges: [], degree: applyHedges(hedges, 1) };
    }
    if (output !== undefined) return { kind: 'output', hedges, variable, term };
    const definition = input.terms.get(term) as TermDefinition;
    return { kind: 'input', hedges, index: input.index, variable, term, definition };
  }
}

/** The degree of a premise on an input whose value is known. */
export function membershipDegree(
  { definition, hedges }: Extract<PremiseReader, { kind: 'input' }>,
  value: number,
): number {
  const degree = degreeOf(definition, value);
  return hedges.length === 0 ? degree : applyHedges(hedges, degree);
}
