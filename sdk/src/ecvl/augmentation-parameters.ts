import { type AugmentationNode, augmentationInvalid } from './parse-augmentations.js';

/** Parameters of one augmentation, asked for as ECVL does: by name and type. */
export class AugmentationParameters {
  readonly #asked = new Set<string>();

  constructor(private readonly node: AugmentationNode) {}

  number(name: string, problemIfAbsent: string): number;
  number(name: string, problemIfAbsent?: undefined): number | undefined;
  number(name: string, problemIfAbsent?: string): number | undefined {
    const value = this.#get(name, problemIfAbsent);
    if (value === undefined || value.type === 'number') return value?.number;
    throw this.#wrongType(name, 'a number');
  }

  numbers(name: string, type: 'range' | 'vector', problemIfAbsent?: string): readonly number[] | undefined {
    const value = this.#get(name, problemIfAbsent);
    if (value === undefined || value.type === type) return value?.numbers;
    throw this.#wrongType(name, type === 'range' ? 'a range [a,b]' : 'a vector (a,b)');
  }

  /** A number as a vector of one; undefined if it is neither. */
  numberOrVector(name: string): { readonly isVector: boolean; readonly numbers: readonly number[] } {
    const value = this.#get(name, `${this.node.name} needs ${name}.`);
    if (value?.type === 'number') return { isVector: false, numbers: [value.number] };
    if (value?.type === 'vector') return { isVector: true, numbers: value.numbers };
    throw this.#wrongType(name, 'a number or a vector (a,b,c)');
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || value.type === 'string') return value?.text;
    throw this.#wrongType(name, 'a text in double quotes');
  }

  /** Names that nothing asked for; ECVL ignores them without a word. */
  unknown(): string[] {
    return [...this.node.parameters.keys()].filter((name) => !this.#asked.has(name));
  }

  #get(name: string, problemIfAbsent?: string) {
    this.#asked.add(name);
    const value = this.node.parameters.get(name);
    if (value === undefined && problemIfAbsent !== undefined)
      throw augmentationInvalid(this.node.line, problemIfAbsent);
    return value;
  }

  #wrongType(name: string, expected: string) {
    return augmentationInvalid(this.node.line, `${this.node.name}: the parameter ${name} must be ${expected}.`);
  }
}
