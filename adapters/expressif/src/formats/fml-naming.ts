import type { KnowledgeBase } from '../knowledge-base.js';
import { FmlNames, toXmlName } from './fml-names.js';
import type { FormatNotes } from './format-notes.js';

/** Stands for the terms of an input that has none: the standard asks for one. */
export const NO_TERM = 'value';

/** What variables and their terms are called in a document, and names for what else stands there. */
export class FmlNaming {
  readonly names: FmlNames;
  readonly #variables = new Map<string, string>();
  readonly #terms = new Map<string, ReadonlyMap<string, string>>();

  constructor({ inputs, outputs }: KnowledgeBase, notes: FormatNotes) {
    this.names = new FmlNames(notes);
    for (const { name } of [...inputs, ...outputs]) {
      this.#variables.set(name, this.names.take('variable', toXmlName(name)));
    }
    for (const { name, terms } of [...inputs, ...outputs]) {
      const own = terms.length > 0 ? terms.map((term) => term.name) : [NO_TERM];
      const written = this.names.takeTerms(this.#variables.get(name) as string, own);
      this.#terms.set(name, new Map(own.map((term, i) => [term, written[i] as string] as const)));
    }
  }

  variable(name: string): string | undefined {
    return this.#variables.get(name);
  }

  term(variable: string, term: string): string | undefined {
    return this.#terms.get(variable)?.get(term);
  }
}
