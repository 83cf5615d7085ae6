import type { SNorm, TNorm } from '../fuzzy/norms.js';
import type { Antecedent, Proposition } from '../knowledge-base.js';
import { inconsistent, malformed } from '../rule-errors.js';
import { FmlElement } from './fml-element.js';
import { FML_MODIFIERS, FML_S_NORMS, FML_T_NORMS } from './fml-names.js';
import type { FmlVariable, FmlVariables } from './fml-variables.js';
import type { FormatNotes } from './format-notes.js';
import type { XmlElement } from './xml-tree.js';

/** The norms by which a rule's premises are joined; absent where none is needed. */
export type Norms = { and?: TNorm; or?: SNorm };

/** Reads clauses, and puts what aggregated variables stand for in their place. */
export class FmlClauses {
  constructor(
    private readonly variables: FmlVariables,
    private readonly notes: FormatNotes,
  ) {}

  /** @param norms is told which norms the premise needs. @throws DH_RULES_MALFORMED */
  premise(clause: XmlElement, norms: Norms, isInside = false): Antecedent {
    const { element, variable, term } = this.#parts(clause);
    const aggregated = this.variables.aggregated.get(variable.text);
    if (aggregated !== undefined) {
      // One in another could lead back to itself.
      if (isInside)
        throw inconsistent(`The aggregated variable "${variable.text}" stands in another, which is not read`);
      if (element.attribute('modifier') !== undefined) {
        throw inconsistent(`A modifier of the aggregated variable "${variable.text}" is not read`);
      }
      return this.#aggregated(aggregated, term, norms);
    }
    const found = this.#variable(variable);
    if (found.kind === 'output') {
      throw malformed(`a premise asks for the output "${variable.text}", which the standard gives no meaning`, clause);
    }
    const circular = found.terms.circular.get(term.text);
    if (circular === undefined) return { kind: 'is', ...this.#proposition(element, variable, term) };
    if (element.attribute('modifier') !== undefined) {
      throw inconsistent(`A modifier of the circularDefinition "${shown(term)}" is not read`);
    }
    return this.#joined(circular, norms, 'termName', (leaf) => this.#termOf(found, leaf));
  }

  /** @throws DH_RULES_MALFORMED */
  conclusion(clause: XmlElement): Proposition {
    const { element, variable, term } = this.#parts(clause);
    const proposition = this.#proposition(element, variable, term);
    if (this.variables.byName.get(variable.text)?.kind !== 'output') {
      throw malformed(`"${variable.text}" is no output and cannot be concluded`, clause);
    }
    if (proposition.hedges.length > 0) throw inconsistent('A modifier in the consequent of a rule is not read');
    return proposition;
  }

  #variable(element: XmlElement): FmlVariable {
    const found = this.variables.byName.get(element.text);
    if (found === undefined) throw malformed(`"${shown(element)}" is no variable`, element);
    return found;
  }

  /** A term in a circularDefinition. */
  #termOf(variable: FmlVariable, leaf: XmlElement): Antecedent {
    const complement =
      new FmlElement(leaf, this.notes, ['complement']).attribute('complement')?.toLowerCase() ?? 'false';
    if (complement !== 'true' && complement !== 'false') throw malformed('"complement" is true or false', leaf);
    const term = variable.terms.names.get(leaf.text);
    if (term === undefined) throw malformed(`"${shown(leaf)}" is no term with a shape of "${variable.name}"`, leaf);
    return { kind: 'is', variable: variable.name, hedges: complement === 'true' ? ['not'] : [], term };
  }

  #parts(clause: XmlElement): { element: FmlElement; variable: XmlElement; term: XmlElement } {
    const element = new FmlElement(clause, this.notes, clause.name === 'clause' ? ['modifier'] : []);
    const [variable, term, ...rest] = element.children('variable', 'term');
    if (variable?.name !== 'variable' || term?.name !== 'term' || rest.length > 0) {
      throw malformed(`a ${clause.name} holds a variable and then a term`, clause);
    }
    return { element, variable, term };
  }

  #proposition(clause: FmlElement, variable: XmlElement, term: XmlElement): Proposition {
    const found = this.#variable(variable);
    const name = found.terms.names.get(term.text);
    if (name === undefined) {
      const what = found.terms.circular.has(term.text)
        ? 'stands for other terms and cannot be concluded of'
        : 'is no term of';
      throw malformed(`"${shown(term)}" ${what} "${variable.text}"`, term);
    }
    const modifier = clause.attribute('modifier');
    if (modifier !== undefined && !Object.hasOwn(FML_MODIFIERS, modifier)) {
      throw inconsistent(`The modifier "${modifier.slice(0, 40)}" is not read: there is no such hedge`);
    }
    const hedges = modifier === undefined ? [] : [clause.oneOf('modifier', FML_MODIFIERS, '')];
    return { variable: found.name, hedges, term: name };
  }

  #aggregated(variable: XmlElement, term: XmlElement, norms: Norms): Antecedent {
    const terms = new FmlElement(variable, this.notes, ['name', 'type']).children('aggregatedFuzzyTerm');
    const found = terms.find((one) => one.attributes.get('name')?.trim() === term.text);
    if (found === undefined)
      throw malformed(`"${shown(term)}" is no term of "${variable.attributes.get('name')}"`, term);
    const root = new FmlElement(found, this.notes, ['name']).only('and', 'or');
    return this.#joined(root, norms, 'clause', (leaf) => this.premise(leaf, norms, true));
  }

  /** The schema has "and" and "or" stand before a clause; JFML writes them after one, too. */
  #joined(node: XmlElement, norms: Norms, leafName: string, leaf: (element: XmlElement) => Antecedent): Antecedent {
    const kind = node.name as 'and' | 'or';
    const element = new FmlElement(node, this.notes, [kind === 'and' ? 't-norm' : 't-conorm']);
    if (kind === 'and') need(norms, 'and', element.oneOf('t-norm', FML_T_NORMS, 'MIN'), node);
    else need(norms, 'or', element.oneOf('t-conorm', FML_S_NORMS, 'MAX'), node);
    const [left, right, ...rest] = element
      .children('and', 'or', leafName)
      .map((child) => (child.name === leafName ? leaf(child) : this.#joined(child, norms, leafName, leaf)));
    if (left === undefined || right === undefined || rest.length > 0) {
      throw malformed(`"${kind}" joins two of ${leafName}, "and" or "or"`, node);
    }
    return { kind, left, right };
  }
}

/** @throws DH_RULES_INCONSISTENT where one rule would need two norms for the same word */
export function need<Kind extends 'and' | 'or'>(norms: Norms, kind: Kind, norm: Norms[Kind], at: XmlElement): void {
  norms[kind] ??= norm;
  if (norms[kind] !== norm) {
    throw inconsistent(`A rule joins by "${kind}" in two ways (line ${at.line}): a rule base holds one for a rule`);
  }
}

const shown = ({ text }: XmlElement): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
