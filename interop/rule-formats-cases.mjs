// Rule bases that ask for every word of the formats, and rows of inputs for each.

const T_NORMS = [
  ...['Minimum', 'AlgebraicProduct', 'BoundedDifference', 'DrasticProduct'],
  ...['EinsteinProduct', 'HamacherProduct', 'NilpotentMinimum'],
];
const S_NORMS = [
  ...['Maximum', 'AlgebraicSum', 'BoundedSum', 'DrasticSum', 'EinsteinSum'],
  ...['HamacherSum', 'NilpotentMaximum', 'NormalizedSum', 'UnboundedSum'],
];
const SHAPES = {
  triangle: 'Triangle 2 4 7',
  left_shoulder: 'Triangle -inf 4 7',
  right_shoulder: 'Triangle 2 4 inf',
  trapezoid: 'Trapezoid 1 3 6 9',
  half: 'Trapezoid 1 3 6 9 0.5',
  rectangle: 'Rectangle 3.01 6.01',
  up: 'Ramp 2 8',
  down: 'Ramp 8 2',
  gaussian: 'Gaussian 5 1.5',
  wide: 'GaussianProduct 4 1 6 2',
  bell: 'Bell 5 2 3',
  sigmoid: 'Sigmoid 5 2',
  difference: 'SigmoidDifference 3 4 4 7',
  product: 'SigmoidProduct 3 4 -4 7',
  spike: 'Spike 5 10',
  s: 'SShape 2 8',
  z: 'ZShape 2 8',
  pi: 'PiShape 1 4 6 9',
  cosine: 'Cosine 5 6',
  concave: 'Concave 4 6',
  points: 'Discrete 1 0 3 1 6 0.4 9 0',
  binary: 'Binary 5.01 inf',
};
const HEDGES = ['not', 'very', 'somewhat', 'extremely', 'seldom', 'not very', 'any'];
const ACTIVATIONS = [
  'General',
  'Proportional',
  'First 2 0.1',
  'Last 1 0.1',
  'Highest 1',
  'Lowest 1',
  'Threshold >= 0.4',
];

const INPUTS = `InputVariable: age
  range: 0 100
  term: young Ramp 60 25
  term: middle Triangle 20 45 70
  term: old Ramp 50 90
InputVariable: lactate
  range: 0 10
  term: normal Trapezoid -1 0 1 3
  term: raised Triangle 2 4 8
  term: high Ramp 4 9`;

const RISK = (aggregation, defuzzifier = 'Centroid 100') => `OutputVariable: risk
  range: 0 10
  aggregation: ${aggregation}
  defuzzifier: ${defuzzifier}
  default: nan
  term: small Triangle 0 2 4
  term: medium Triangle 3 5 7
  term: large Triangle 6 8 10`;

const RULES = [
  'if age is young and lactate is normal then risk is small',
  'if age is middle or lactate is raised then risk is medium',
  'if age is old and lactate is high then risk is large with 0.75',
];

function mamdani(
  name,
  {
    and = 'Minimum',
    or = 'Maximum',
    act = 'Minimum',
    accu = 'Maximum',
    activation = 'General',
    rules = RULES,
    defuzzifier,
  },
) {
  return `Engine: ${name}
${INPUTS}
${RISK(accu, defuzzifier)}
RuleBlock: main
  conjunction: ${and}
  disjunction: ${or}
  implication: ${act}
  activation: ${activation}
${rules.map((rule) => `  rule: ${rule}`).join('\n')}
`;
}

/** One output for each rule: how far its antecedent holds. */
function degrees(name, inputs, premises) {
  const outputs = Object.keys(premises).map(
    (output) => `OutputVariable: of_${output}
  range: 0 1
  aggregation: none
  defuzzifier: WeightedSum TakagiSugeno
  default: nan
  term: one Constant 1`,
  );
  const rules = Object.entries(premises).map(([output, premise]) => `  rule: if ${premise} then of_${output} is one`);
  return `Engine: ${name}
${inputs}
${outputs.join('\n')}
RuleBlock: main
  conjunction: Minimum
  disjunction: Maximum
  implication: none
  activation: General
${rules.join('\n')}
`;
}

const ONE_INPUT = `InputVariable: x
  range: 0 10
${Object.entries(SHAPES)
  .map(([name, shape]) => `  term: ${name} ${shape}`)
  .join('\n')}`;

const values = (name, terms, defuzzifier = 'WeightedAverage TakagiSugeno') => `Engine: ${name}
${INPUTS}
OutputVariable: risk
  range: 0 10
  aggregation: none
  defuzzifier: ${defuzzifier}
  default: nan
  term: small ${terms[0]}
  term: medium ${terms[1]}
  term: large ${terms[2]}
RuleBlock: main
  conjunction: AlgebraicProduct
  disjunction: AlgebraicSum
  implication: none
  activation: General
${RULES.map((rule) => `  rule: ${rule}`).join('\n')}
`;

const CHAINED = `Engine: chained
${INPUTS}
OutputVariable: middle
  range: 0 1
  aggregation: Maximum
  defuzzifier: Centroid 100
  default: nan
  term: low Triangle 0 0.25 0.5
  term: high Triangle 0.5 0.75 1
OutputVariable: risk
  range: 0 10
  aggregation: none
  defuzzifier: WeightedAverage TakagiSugeno
  default: nan
  term: small Constant 1
  term: large Constant 9
RuleBlock: first
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  activation: General
  rule: if age is young or lactate is normal then middle is low
  rule: if age is old or lactate is high then middle is high
RuleBlock: second
  conjunction: Minimum
  implication: none
  activation: General
  rule: if middle is low then risk is small
  rule: if middle is high then risk is large
`;

const BRACKETS = [
  'if (age is young or age is old) and not_here is high then risk is small',
  'if age is young and (lactate is normal or lactate is raised) then risk is medium',
  'if age is old or (lactate is high or (age is middle and lactate is raised)) then risk is large',
].map((rule) => rule.replace('not_here', 'lactate'));

/** `[{ name, fll, rows }]`; the names of rows' values are those of the inputs, in their order. */
export function formatCases() {
  const grid = product(steps(0, 100, 14), steps(0, 10, 14));
  const line = steps(0, 10, 80).map((x) => [x]);
  const ofRisk = [
    ...T_NORMS.map((and, i) => mamdani(`and_${and}`, { and, or: S_NORMS[i] })),
    ...S_NORMS.map((or) => mamdani(`or_${or}`, { or, accu: or })),
    ...T_NORMS.map((act) => mamdani(`act_${act}`, { act })),
    ...ACTIVATIONS.map((activation, i) => mamdani(`activation_${i}`, { activation })),
    mamdani('iec', { rules: RULES.map((rule) => rule.replace(' or ', ' and ').replace(/ with .*/, '')) }),
    mamdani('brackets', { rules: BRACKETS }),
    values('constants', ['Constant 1', 'Constant 4', 'Constant 9']),
    values('planes', ['Linear 0.01 0.2 1', 'Linear 0.02 -0.3 4', 'Linear 0 0 9']),
    values('formulas', [
      'Function age / 50 + 1',
      'Function (lactate + 1) * 2',
      'Function sqrt(age) - exp(0 - lactate)',
    ]),
    values('tsukamoto', ['Ramp 4 0', 'Ramp 3 7', 'Ramp 6 10'], 'WeightedAverage Tsukamoto'),
    CHAINED,
  ];
  const hedges = Object.fromEntries(
    HEDGES.map((words) => [words.replace(' ', '_'), `age is ${words}${words === 'any' ? '' : ' middle'}`]),
  );
  const shapes = Object.fromEntries(Object.keys(SHAPES).map((term) => [term, `x is ${term}`]));
  return [
    ...ofRisk.map((fll) => ({ fll, rows: grid })),
    { fll: degrees('hedges', INPUTS, hedges), rows: grid },
    { fll: degrees('shapes', ONE_INPUT, shapes), rows: line },
  ].map((one) => ({ ...one, name: /^Engine: (\w+)/.exec(one.fll)[1] }));
}

/** Numbers that meet no corner of a term, where engines differ by their own epsilon. */
const steps = (low, high, count) =>
  Array.from({ length: count }, (_, i) => low + ((i + 0.4567) * (high - low)) / (count + 0.1234));

const product = (first, second) => first.flatMap((one) => second.map((other) => [one, other]));
