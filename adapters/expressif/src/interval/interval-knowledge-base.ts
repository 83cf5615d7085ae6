import type {
  InputVariable,
  KnowledgeBase,
  OutputVariable,
  Term,
  TermDefinition,
  Variable,
} from '../knowledge-base.js';

/** A term whose degree is only known to lie between two: the space between them is its footprint of uncertainty. */
export type FootprintTerm = {
  readonly name: string;
  readonly lower: TermDefinition;
  readonly upper: TermDefinition;
};

export type IntervalTerm = Term | FootprintTerm;

type WithFootprints<V extends Variable> = Omit<V, 'terms'> & { readonly terms: readonly IntervalTerm[] };

/** A rule base whose terms may have a footprint of uncertainty; every type-1 rule base is one. */
export type IntervalKnowledgeBase = Omit<KnowledgeBase, 'inputs' | 'outputs'> & {
  readonly inputs: readonly WithFootprints<InputVariable>[];
  readonly outputs: readonly WithFootprints<OutputVariable>[];
};

export const hasFootprint = (term: IntervalTerm): term is FootprintTerm => 'lower' in term;

/** The type-1 rule base of one end of every footprint. */
export function endOf(knowledgeBase: IntervalKnowledgeBase, end: 'lower' | 'upper'): KnowledgeBase {
  const flat = <V extends Variable>(variable: WithFootprints<V>) => ({
    ...variable,
    terms: variable.terms.map((term) =>
      hasFootprint(term)
        ? { name: term.name, definition: term[end] }
        : { name: term.name, definition: term.definition },
    ),
  });
  return { ...knowledgeBase, inputs: knowledgeBase.inputs.map(flat), outputs: knowledgeBase.outputs.map(flat) };
}
