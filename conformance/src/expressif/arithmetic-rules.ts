import { S_NORMS, T_NORMS } from './oracle/norms.js';
import { SHAPES } from './oracle/shapes.js';
import { blocks, head, output, tenfold } from './rule-texts.js';

/** Numbers of each shape over 0 to 10; some with a height, an open end, or falling. */
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  ...{ Triangle: ['1 4 9', '2 5 7 0.5'], Trapezoid: ['1 3 6 8', '-inf -inf 3 5', '4 6 inf inf'], Rectangle: ['3 6'] },
  ...{ Ramp: ['2 8', '8 2'], Gaussian: ['5 1.5'], GaussianProduct: ['3 1 6 2'], Bell: ['5 2 3'] },
  ...{ Sigmoid: ['5 2', '5 -1'], SigmoidDifference: ['3 2 1.5 7'], SigmoidProduct: ['3 2 -1.5 7'], Spike: ['5 4'] },
  ...{ SShape: ['2 7'], ZShape: ['3 8'], PiShape: ['1 4 6 9'], Cosine: ['5 6'], Concave: ['4 6', '6 4'] },
  ...{ Binary: ['5 inf', '5 -inf'], Discrete: ['1 0 3 0.75 6 0.25 9 1'] },
};

/** Each hedge, and pairs of them whose order counts. */
const HEDGED = [
  ...['not', 'very', 'somewhat', 'extremely', 'seldom', 'not very', 'very not', 'somewhat seldom', 'seldom very'],
  ...['extremely not', 'not somewhat'],
]
  .map((hedges) => `a is ${hedges} yes`)
  .concat('a is any');

/** Rule bases of which each shows one kind of arithmetic, operator by operator; by their labels. */
export const ARITHMETIC_RULES = {
  't-norms': blocks(
    't-norms',
    Object.keys(T_NORMS).map((norm) => [`conjunction: ${norm}`, 'a is yes and b is yes']),
  ),
  's-norms': blocks(
    's-norms',
    Object.keys(S_NORMS).map((norm) => [`disjunction: ${norm}`, 'a is yes or b is yes']),
  ),
  hedges: blocks(
    'hedges',
    HEDGED.map((premise) => ['conjunction: Minimum', premise]),
  ),
  terms: terms(),
  implications: `${head('implications')}${Object.keys(T_NORMS)
    .map((_, index) => output(`o${index + 1}`))
    .join('')}${Object.keys(T_NORMS)
    .map(
      (norm, index) => `RuleBlock: b${index + 1}
  conjunction: Minimum
  disjunction: Maximum
  implication: ${norm}
  rule: if a is yes then o${index + 1} is small
  rule: if b is yes then o${index + 1} is large
`,
    )
    .join('')}`,
  aggregations: `${head('aggregations')}${Object.keys(S_NORMS)
    .map((norm, index) => output(`o${index + 1}`, norm))
    .join('')}RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: AlgebraicProduct
${Object.keys(S_NORMS)
  .map(
    (_, index) => `  rule: if a is yes then o${index + 1} is small
  rule: if b is yes then o${index + 1} is large
  rule: if a is yes and b is yes then o${index + 1} is large with 0.5
`,
  )
  .join('')}`,
  defuzzifiers: `${head('defuzzifiers')}${[
    'Centroid',
    'SmallestOfMaximum',
    'LargestOfMaximum',
    'MeanOfMaximum',
    'Bisector',
  ]
    .map((name, index) => output(`o${index + 1}`, 'Maximum', `${name} 250`))
    .join('')}RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
${[1, 2, 3, 4, 5]
  .map(
    (index) => `  rule: if a is yes then o${index} is small
  rule: if b is yes then o${index} is large
`,
  )
  .join('')}`,
  sugeno: `${head('sugeno')}${['WeightedAverage', 'WeightedSum']
    .map(
      (name, index) => `OutputVariable: o${index + 1}
  range: -1000 1000
  aggregation: none
  defuzzifier: ${name} TakagiSugeno
  default: nan
  term: constant Constant -12.5
  term: line Linear 40 -3 7
  term: curve Function 2 * a * b + (a - 1) ^ 2
`,
    )
    .join('')}RuleBlock: all
  conjunction: AlgebraicProduct
  disjunction: Maximum
  implication: Minimum
${[1, 2]
  .map(
    (index) => `  rule: if a is yes and b is yes then o${index} is constant
  rule: if a is not yes then o${index} is line with 0.5
  rule: if b is yes then o${index} is curve
`,
  )
  .join('')}`,
  tsukamoto: `${head('tsukamoto')}${['Ramp', 'SShape', 'ZShape', 'Concave']
    .map(
      (shape, index) => `OutputVariable: o${index + 1}
  range: 0 100
  aggregation: none
  defuzzifier: WeightedAverage Tsukamoto
  default: nan
  term: up ${shape} 10 60
  term: other Ramp 90 30
`,
    )
    .join('')}RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
${[1, 2, 3, 4]
  .map(
    (index) => `  rule: if a is yes then o${index} is up
  rule: if b is yes then o${index} is other
`,
  )
  .join('')}`,
  activations: activations(),
} as const;

function terms(): string {
  const all = Object.keys(SHAPES).flatMap((shape) => (NUMBERS[shape] ?? []).map((numbers) => `${shape} ${numbers}`));
  const names = all.map((_, index) => index + 1);
  return `Engine: terms
InputVariable: x
  range: 0 10
${all.map((term, index) => `  term: t${index + 1} ${term}\n`).join('')}${names.map((at) => tenfold(`o${at}`)).join('')}RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
${names.map((at) => `  rule: if x is t${at} then o${at} is ten\n`).join('')}`;
}

/** Rules of one block each, chosen among by their degrees. */
function activations(): string {
  const ways = ['General', 'First 2 0.3', 'Last 2 0.3', 'Highest 2', 'Lowest 1', 'Proportional', 'Threshold >= 0.4'];
  return `${head('activations')}${ways
    .map(
      (_, index) => `OutputVariable: o${index + 1}
  range: 0 100
  aggregation: none
  defuzzifier: WeightedAverage TakagiSugeno
  default: nan
  term: one Constant 10
  term: two Constant 30
  term: three Constant 60
  term: four Constant 100
`,
    )
    .join('')}${ways
    .map(
      (way, index) => `RuleBlock: b${index + 1}
  conjunction: AlgebraicProduct
  disjunction: Maximum
  implication: Minimum
  activation: ${way}
  rule: if a is yes then o${index + 1} is one
  rule: if b is yes then o${index + 1} is two
  rule: if a is very yes then o${index + 1} is three
  rule: if a is somewhat yes and b is yes then o${index + 1} is four
`,
    )
    .join('')}`;
}
