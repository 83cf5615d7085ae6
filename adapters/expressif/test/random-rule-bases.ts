import { seededRandom } from '@deephealth/sdk';
import type {
  Activation,
  Antecedent,
  Hedge,
  InputValue,
  InputVariable,
  KnowledgeBase,
  OutputVariable,
  Proposition,
  Rule,
  RuleBlock,
  SNorm,
  Term,
  TNorm,
} from '../src/index.js';

/** Draws from a seed: the same rule bases and values on every machine. */
export class Draw {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  number(low = 0, high = 1): number {
    return low + (high - low) * this.#next();
  }

  count(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  of<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#next() * items.length)] as Item;
  }
}

const T_NORMS: readonly TNorm[] = [
  'Minimum',
  'Minimum',
  'Minimum',
  'AlgebraicProduct',
  'AlgebraicProduct',
  'BoundedDifference',
  'DrasticProduct',
  'EinsteinProduct',
  'HamacherProduct',
  'NilpotentMinimum',
];
const S_NORMS: readonly SNorm[] = [
  'Maximum',
  'Maximum',
  'Maximum',
  'AlgebraicSum',
  'BoundedSum',
  'DrasticSum',
  'EinsteinSum',
  'HamacherSum',
  'NilpotentMaximum',
  'NormalizedSum',
];
const HEDGES: readonly Hedge[] = ['not', 'not', 'very', 'somewhat', 'extremely', 'seldom', 'any'];

/** Input values with few digits, so that degrees are often equal. */
export const place = (draw: Draw): number => (draw.chance(0.6) ? draw.count(0, 20) / 2 : draw.number(0, 10));

export type Kind = 'Mamdani' | 'Takagi-Sugeno' | 'Tsukamoto';

/** A rule base with all that a rule base may have; half of them with an output that later rules read. */
export function randomRuleBase(draw: Draw): KnowledgeBase {
  const inputs = Array.from({ length: draw.count(2, 4) }, (_, i) => randomInput(draw, `in${i}`));
  const finals = Array.from({ length: draw.count(1, 2) }, (_, i) => randomOutput(draw, `out${i}`, inputs.length));
  const chained = draw.chance(0.5) ? [randomOutput(draw, 'middle', inputs.length)] : [];
  const blocks = [
    ...(chained.length > 0 ? [randomBlock(draw, 'first', inputs, chained)] : []),
    randomBlock(draw, 'main', [...inputs, ...chained], finals),
    ...(draw.chance(0.3) ? [randomBlock(draw, 'more', [...inputs, ...chained], finals)] : []),
  ];
  return { name: 'random', inputs, outputs: [...chained, ...finals], ruleBlocks: blocks };
}

function randomInput(draw: Draw, name: string): InputVariable {
  return {
    name,
    enabled: !draw.chance(0.03),
    range: [0, 10],
    lockRange: draw.chance(0.2),
    terms: Array.from({ length: draw.count(2, 3) }, (_, i) => randomSet(draw, `t${i}`)),
  };
}

function randomSet(draw: Draw, name: string): Term {
  const [a = 0, b = 0, c = 0, d = 0] = Array.from({ length: 4 }, () => draw.count(0, 10)).sort((x, y) => x - y);
  const shape = (kind: string, parameters: number[], height = 1): Term =>
    ({ name, definition: { kind: 'shape', shape: kind, parameters, height } }) as Term;
  switch (draw.count(0, 9)) {
    case 0:
      return shape('Triangle', [a, b, d]);
    case 1:
      return shape('Trapezoid', [a, b, c, d]);
    case 2:
    case 3:
      return shape('Ramp', draw.chance(0.5) ? [a, d + 1] : [d + 1, a]);
    case 4:
      return shape('Gaussian', [b, 0.5 + c / 5]);
    case 5:
      return shape('Sigmoid', [b, draw.of([-2, 1, 3])]);
    case 6:
      return shape('Rectangle', [a, c]);
    case 7:
      return shape('PiShape', [a, a + 1, c + 1, c + 3]);
    case 8:
      return shape('SShape', [a, d + 1], 0.8);
    default:
      return {
        name,
        definition: {
          kind: 'discrete',
          height: 1,
          points: [
            [a, draw.count(0, 4) / 4],
            [b + 0.5, draw.count(0, 4) / 4],
            [d + 1, draw.count(0, 4) / 4],
          ],
        },
      };
  }
}

function randomOutput(draw: Draw, name: string, inputs: number): OutputVariable {
  const kind = draw.of<Kind>(['Mamdani', 'Mamdani', 'Takagi-Sugeno', 'Tsukamoto']);
  const terms = Array.from({ length: draw.count(2, 3) }, (_, i) => {
    const term = `c${i}`;
    if (kind === 'Mamdani') return randomSet(draw, term);
    if (kind === 'Tsukamoto') {
      const from = draw.count(0, 5);
      const definition = { kind: 'shape', shape: 'Ramp', parameters: [from, from + 3], height: 1 } as const;
      return { name: term, definition };
    }
    const coefficients = Array.from({ length: inputs + 1 }, () => draw.count(-2, 2));
    return draw.chance(0.6)
      ? { name: term, definition: { kind: 'constant', value: draw.count(0, 10) } as const }
      : { name: term, definition: { kind: 'linear', coefficients } as const };
  });
  return {
    name,
    enabled: !draw.chance(0.03),
    range: [0, 10],
    lockRange: draw.chance(0.1),
    terms,
    // What later rules read stays a degree only where something keeps the sum of conclusions at 1.
    aggregation: kind === 'Mamdani' || name === 'middle' ? draw.of(S_NORMS) : undefined,
    defuzzifier:
      kind === 'Mamdani'
        ? {
            kind: 'integral',
            name: draw.of(['Centroid', 'Centroid', 'Bisector', 'MeanOfMaximum', 'SmallestOfMaximum'] as const),
            resolution: 20,
          }
        : {
            kind: 'weighted',
            name: draw.of(['WeightedAverage', 'WeightedSum'] as const),
            method: kind === 'Tsukamoto' ? 'Tsukamoto' : 'TakagiSugeno',
          },
    default: draw.chance(0.3) ? draw.count(0, 10) : Number.NaN,
    lockPrevious: draw.chance(0.2),
  };
}

function randomBlock(
  draw: Draw,
  name: string,
  read: readonly (InputVariable | OutputVariable)[],
  conclude: readonly OutputVariable[],
): RuleBlock {
  return {
    name,
    enabled: !draw.chance(0.03),
    conjunction: draw.of(T_NORMS),
    disjunction: draw.of(S_NORMS),
    implication: draw.of(['Minimum', 'AlgebraicProduct'] as const),
    activation: draw.chance(0.5) ? { name: 'General' } : randomActivation(draw),
    rules: Array.from({ length: draw.count(2, 7) }, (_, i) => randomRule(draw, `${name}.${i}`, read, conclude)),
  };
}

function randomActivation(draw: Draw): Activation {
  const threshold = draw.count(0, 10) / 10;
  return draw.of<Activation>([
    { name: 'Proportional' },
    { name: 'First', count: draw.count(1, 3), threshold: threshold / 2 },
    { name: 'Last', count: draw.count(1, 3), threshold: threshold / 2 },
    { name: 'Highest', count: draw.count(1, 3) },
    { name: 'Lowest', count: draw.count(1, 3) },
    { name: 'Threshold', comparison: draw.of(['>=', '>', '<', '!='] as const), threshold },
  ]);
}

function randomRule(
  draw: Draw,
  id: string,
  read: readonly (InputVariable | OutputVariable)[],
  conclude: readonly OutputVariable[],
): Rule {
  const consequents = [randomConclusion(draw, draw.of(conclude))];
  if (draw.chance(0.2)) consequents.push(randomConclusion(draw, draw.of(conclude)));
  return {
    id,
    enabled: !draw.chance(0.05),
    weight: draw.chance(0.6) ? 1 : draw.of([0, 0.3, 0.5, 0.75]),
    antecedent: randomAntecedent(draw, read, draw.count(1, 4)),
    consequents,
  };
}

function randomConclusion(draw: Draw, { name, terms }: OutputVariable): Proposition {
  return {
    variable: name,
    term: draw.of(terms).name,
    hedges: draw.chance(0.85) ? [] : [draw.of(HEDGES)],
  };
}

function randomAntecedent(draw: Draw, read: readonly (InputVariable | OutputVariable)[], size: number): Antecedent {
  if (size === 1) {
    const variable = draw.of(read);
    const hedges = draw.chance(0.6) ? [] : Array.from({ length: draw.count(1, 2) }, () => draw.of(HEDGES));
    return { kind: 'is', variable: variable.name, term: draw.of(variable.terms).name, hedges };
  }
  const left = draw.count(1, size - 1);
  return {
    kind: draw.of(['and', 'and', 'or'] as const),
    left: randomAntecedent(draw, read, left),
    right: randomAntecedent(draw, read, size - left),
  };
}

/** Values for the inputs, some of them as degrees, few of them unusable. */
export function randomValues(draw: Draw, inputs: readonly InputVariable[]): Record<string, InputValue> {
  const isFaulty = draw.chance(0.12);
  return Object.fromEntries(
    inputs.map(({ name, terms }) => {
      if (isFaulty && draw.chance(0.5)) {
        return [name, draw.of<InputValue>([undefined, Number.NaN, 11, -1, { degrees: { t0: 0.5 } }])];
      }
      if (!draw.chance(0.12)) return [name, place(draw)];
      return [name, { degrees: Object.fromEntries(terms.map((term) => [term.name, draw.count(0, 10) / 10])) }];
    }),
  );
}
