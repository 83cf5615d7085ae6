import { malformed } from '../rule-errors.js';
import { FML_NAMESPACE } from './fml-names.js';
import type { FormatNotes } from './format-notes.js';
import type { XmlElement } from './xml-tree.js';

/** Where a machine that computes a part stands: it says nothing about what is computed. */
const ADDRESS = 'networkAddress';

/** An element of the standard, of which only what is known is taken: a misspelt attribute would stand for nothing. */
export class FmlElement {
  constructor(
    readonly xml: XmlElement,
    private readonly notes: FormatNotes,
    attributes: readonly string[] = [],
  ) {
    const other = [...xml.attributes.keys()].find((name) => ![...attributes, ADDRESS].includes(name));
    if (other !== undefined) throw malformed(`"${other}" is no attribute of ${xml.name} that is read here`, xml);
  }

  /** Those of the standard; others are left out, and a note says so. */
  children(...known: readonly string[]): readonly XmlElement[] {
    return this.xml.children.filter((child) => {
      if (child.namespace !== FML_NAMESPACE) {
        this.notes.add(`The element "${child.name}" is not of the standard and was left out.`);
        return false;
      }
      if (!known.includes(child.name)) {
        throw malformed(`"${child.name}" does not stand in ${this.xml.name}; there are ${known.join(', ')}`, child);
      }
      return true;
    });
  }

  /** The child of which there must be one. */
  only(name: string, ...others: readonly string[]): XmlElement {
    const [child, ...more] = this.children(name, ...others);
    if (child === undefined || more.length > 0) {
      throw malformed(`${this.xml.name} holds one of ${[name, ...others].join(', ')}`, more[0] ?? this.xml);
    }
    return child;
  }

  attribute(name: string): string | undefined {
    return this.xml.attributes.get(name)?.trim();
  }

  required(name: string): string {
    const value = this.attribute(name);
    if (value === undefined || value === '') throw malformed(`${this.xml.name} has no "${name}"`, this.xml);
    return value;
  }

  number(name: string, fallback?: number): number {
    const value = this.attribute(name);
    if (value === undefined && fallback !== undefined) return fallback;
    return toFmlNumber(this.required(name), this.xml);
  }

  oneOf<T>(name: string, known: Readonly<Record<string, T>>, fallback: string): T {
    const value = this.attribute(name) ?? fallback;
    if (!Object.hasOwn(known, value)) {
      throw malformed(
        `"${name}" is one of ${Object.keys(known).join(', ')}; "${value.slice(0, 40)}" is not read`,
        this.xml,
      );
    }
    return known[value] as T;
  }
}

/** An xs:float, with the digits that it has. @throws DH_RULES_MALFORMED */
export function toFmlNumber(text: string, at: XmlElement): number {
  const special: Readonly<Record<string, number>> = {
    INF: Number.POSITIVE_INFINITY,
    '-INF': Number.NEGATIVE_INFINITY,
    NaN: Number.NaN,
  };
  if (Object.hasOwn(special, text)) return special[text] as number;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw malformed(`expected a number, got "${text.slice(0, 40)}"`, at);
  return value;
}
