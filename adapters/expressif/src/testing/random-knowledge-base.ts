import { type Hedge, hedges as hedgeFunctions } from '../fuzzy/hedges.js';
import { type SNorm, sNorms, type TNorm, tNorms } from '../fuzzy/norms.js';
import { type ShapeName, shapes } from '../fuzzy/shapes.js';
import type {
  Activation,
  Antecedent,
  Defuzzifier,
  InputVariable,
  KnowledgeBase,
  OutputVariable,
  Proposition,
  Rule,
  RuleBlock,
  Term,
  TermDefinition,
} from '../knowledge-base.js';

type Random = () => number;

/** Picks from a seeded source of numbers from 0 to 1. */
export class Picker {
  constructor(private readonly random: Random) {}

  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  between(low: number, high: number): number {
    return Number((low + this.random() * (high - low)).toPrecision(6));
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  many<T>(count: number, make: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => make(index));
  }

  /** Different numbers in ascending order. */
  ascending(count: number, low: number, high: number): number[] {
    const step = (high - low) / count;
    return this.many(count, (i) => this.between(low + (i + 0.1) * step, low + (i + 0.9) * step));
  }
}

/**
 * A random rule base that can be evaluated.
 *
 * @param scope `everything` that a rule base can hold, or what `all` formats can say
 */
export function randomKnowledgeBase(random: Random, scope: 'everything' | 'all'): KnowledgeBase {
  return new Builder(new Picker(random), scope === 'all').build();
}

const PAIRS: readonly (readonly [TNorm, SNorm])[] = [
  ['Minimum', 'Maximum'],
  ['AlgebraicProduct', 'AlgebraicSum'],
  ['BoundedDifference', 'BoundedSum'],
  ['NilpotentMinimum', 'NilpotentMaximum'],
  ['DrasticProduct', 'DrasticSum'],
];

const INTEGRAL = ['Centroid', 'Bisector', 'SmallestOfMaximum', 'LargestOfMaximum', 'MeanOfMaximum'] as const;

class Builder {
  #inputs: readonly InputVariable[] = [];

  constructor(
    private readonly pick: Picker,
    private readonly isPlain: boolean,
  ) {}

  build(): KnowledgeBase {
    const { pick } = this;
    this.#inputs = pick.many(1 + pick.below(3), (i) => this.#input(`input${i + 1}`));
    const blocks = pick.many(1 + pick.below(2), (i) => this.#block(i));
    return {
      name: 'random',
      inputs: this.#inputs,
      outputs: blocks.flatMap(({ outputs }) => outputs),
      ruleBlocks: blocks.map(({ block }) => block),
    };
  }

  #input(name: string): InputVariable {
    const { pick } = this;
    const range = this.#range();
    return {
      name,
      enabled: this.isPlain || pick.chance(0.95),
      range,
      lockRange: !this.isPlain && pick.chance(0.3),
      terms: pick.many(1 + pick.below(4), (i) => ({ name: `t${i + 1}`, definition: this.#set(range) })),
    };
  }

  #range(): readonly [number, number] {
    const low = this.pick.between(-50, 50);
    return [low, low + this.pick.between(1, 100)];
  }

  #set(range: readonly [number, number]): TermDefinition {
    const { pick } = this;
    const [low, high] = range;
    const height = this.isPlain || pick.chance(0.8) ? 1 : pick.between(0.1, 1);
    const shape = pick.one<ShapeName | 'Discrete'>(
      this.isPlain ? PLAIN : [...(Object.keys(shapes) as ShapeName[]), 'Discrete'],
    );
    if (shape === 'Discrete') {
      const xs = pick.ascending(2 + pick.below(4), low, high);
      return { kind: 'discrete', points: xs.map((x) => [x, pick.between(0, 1)] as const), height };
    }
    return { kind: 'shape', shape, parameters: this.#parameters(shape, low, high), height };
  }

  #parameters(shape: ShapeName, low: number, high: number): readonly number[] {
    const { pick } = this;
    const [a, b, c, d] = pick.ascending(4, low, high) as [number, number, number, number];
    const width = pick.between((high - low) / 20, (high - low) / 3);
    switch (shape) {
      case 'Triangle':
        if (this.isPlain || pick.chance(0.7)) return pick.chance(0.2) ? [a, a, c] : [a, b, c];
        return pick.one([
          [Number.NEGATIVE_INFINITY, b, c],
          [a, b, Number.POSITIVE_INFINITY],
        ]);
      case 'Trapezoid':
      case 'PiShape':
        return [a, b, c, d];
      case 'Ramp':
      case 'Concave':
        return pick.chance(0.5) ? [a, c] : [c, a];
      case 'Gaussian':
      case 'Cosine':
      case 'Spike':
        return [b, width];
      case 'GaussianProduct':
        return [b, width, c, width * 2];
      case 'Bell':
        return [b, width, pick.between(1, 4)];
      case 'Sigmoid':
        return [b, pick.between(-3, 3)];
      case 'SigmoidDifference':
        return [b, pick.between(0.5, 3), pick.between(0.5, 3), d];
      case 'SigmoidProduct':
        return [b, pick.between(0.5, 3), -pick.between(0.5, 3), d];
      case 'Binary':
        return [b, pick.one([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])];
      default:
        return [a, c];
    }
  }

  #block(index: number): { block: RuleBlock; outputs: readonly OutputVariable[] } {
    const { pick } = this;
    const kind = pick.one(['integral', 'integral', 'constants', 'linear'] as const);
    const accumulation = pick.one<SNorm>(
      this.isPlain ? ['Maximum', 'AlgebraicSum', 'BoundedSum'] : (Object.keys(sNorms) as SNorm[]),
    );
    const outputs = pick.many(1 + pick.below(2), (i) =>
      this.#output(`output${index + 1}_${i + 1}`, kind, accumulation),
    );
    const [conjunction, disjunction] = this.isPlain
      ? pick.one(PAIRS)
      : [pick.one(Object.keys(tNorms) as TNorm[]), pick.one(Object.keys(sNorms) as SNorm[])];
    const implication = this.isPlain
      ? pick.one(['Minimum', 'AlgebraicProduct'] as const)
      : pick.one(Object.keys(tNorms) as TNorm[]);
    const block: RuleBlock = {
      name: this.isPlain || pick.chance(0.5) ? `block${index + 1}` : '',
      enabled: this.isPlain || pick.chance(0.95),
      conjunction,
      disjunction,
      implication: kind === 'integral' ? implication : undefined,
      activation: this.isPlain ? { name: 'General' } : this.#activation(),
      rules: pick.many(1 + pick.below(6), (i) => this.#rule(`${index + 1}.${i + 1}`, outputs)),
    };
    return { block, outputs };
  }

  #activation(): Activation {
    const { pick } = this;
    return pick.one<Activation>([
      { name: 'General' },
      { name: 'Proportional' },
      { name: 'First', count: 1 + pick.below(3), threshold: pick.between(0, 0.5) },
      { name: 'Last', count: 1 + pick.below(3), threshold: 0 },
      { name: 'Highest', count: 1 + pick.below(3) },
      { name: 'Lowest', count: 1 },
      { name: 'Threshold', comparison: pick.one(['<', '<=', '==', '!=', '>=', '>']), threshold: pick.between(0, 1) },
    ]);
  }

  #output(name: string, kind: 'integral' | 'constants' | 'linear', aggregation: SNorm): OutputVariable {
    const { pick } = this;
    const range = this.#range();
    const value = (i: number): TermDefinition => {
      if (kind === 'constants') return { kind: 'constant', value: range[0] + i };
      return { kind: 'linear', coefficients: pick.many(this.#inputs.length + 1, () => pick.between(-2, 2)) };
    };
    const terms = pick.many(
      2 + pick.below(3),
      (i): Term => ({ name: `t${i + 1}`, definition: kind === 'integral' ? this.#set(range) : value(i) }),
    );
    const defuzzifier: Defuzzifier =
      kind === 'integral'
        ? { kind, name: pick.one(INTEGRAL), resolution: this.isPlain ? 200 : 20 + pick.below(100) }
        : {
            kind: 'weighted',
            name: this.isPlain ? 'WeightedAverage' : pick.one(['WeightedAverage', 'WeightedSum']),
            method: 'TakagiSugeno',
          };
    return {
      name,
      enabled: this.isPlain || pick.chance(0.95),
      range: kind === 'integral' || !this.isPlain ? range : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      lockRange: !this.isPlain && pick.chance(0.3),
      aggregation: kind === 'integral' || !this.isPlain ? aggregation : undefined,
      defuzzifier,
      default: pick.chance(0.5) ? Number.NaN : pick.between(...range),
      lockPrevious: !this.isPlain && pick.chance(0.3),
      terms,
    };
  }

  #rule(id: string, outputs: readonly OutputVariable[]): Rule {
    const { pick } = this;
    return {
      id,
      enabled: true,
      weight: pick.chance(0.5) ? 1 : pick.between(0, 1),
      antecedent: this.#antecedent(),
      consequents: outputs.map(
        ({ name, terms }): Proposition => ({ variable: name, hedges: [], term: pick.one(terms).name }),
      ),
    };
  }

  /** Where all formats must say it, a tree that leans to the left under a chain of one connector. */
  #antecedent(): Antecedent {
    const { pick } = this;
    if (!this.isPlain) return this.#tree(3);
    const kind = pick.one(['and', 'or'] as const);
    const part = (): Antecedent => {
      if (pick.chance(0.7)) return this.#premise();
      return { kind: kind === 'and' ? 'or' : 'and', left: this.#premise(), right: this.#premise() };
    };
    return pick.many(pick.below(3), part).reduce<Antecedent>((left, right) => ({ kind, left, right }), this.#premise());
  }

  #tree(depth: number): Antecedent {
    if (depth === 0 || this.pick.chance(0.3)) return this.#premise();
    return { kind: this.pick.one(['and', 'or'] as const), left: this.#tree(depth - 1), right: this.#tree(depth - 1) };
  }

  #premise(): Antecedent {
    const { pick } = this;
    const input = pick.one(this.#inputs);
    const words = this.isPlain ? (['not'] as const) : (Object.keys(hedgeFunctions) as Hedge[]);
    const hedges = pick.many(pick.chance(0.6) ? 0 : this.isPlain ? 1 : 1 + pick.below(3), () => pick.one<Hedge>(words));
    return { kind: 'is', variable: input.name, hedges, term: pick.one(input.terms).name };
  }
}

const PLAIN: readonly (ShapeName | 'Discrete')[] = [
  'Triangle',
  'Trapezoid',
  'Ramp',
  'Rectangle',
  'Binary',
  'Discrete',
  'Gaussian',
];
