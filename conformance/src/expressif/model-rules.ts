import type { BoundPremise, BoundRuleBase, BoundVariable, Transform } from './expressif-binding.js';

/** A rule base with its rules, as a package of the suite has it. */
export interface SuiteRuleBase {
  readonly bound: BoundRuleBase;
  /** In the FuzzyLite language. */
  readonly text: string;
}

/** Output of the model that gives probabilities, and its classes. */
export const FINDING = 'finding';
export const CLASSES = ['benign', 'unsure', 'malignant'] as const;
/** Output of the model that gives numbers with units. */
export const MEASURES = 'measures';
/** Output of the models that give labels. */
export const MASK = 'parts';

/** Of a probability that is known at every tenth, with a step. */
const POINTS = [
  [0, 0],
  [0.25, 0.125],
  [0.5, 0.75],
  [1, 1],
] as const;
const TRANSFORMS = {
  probability: 'probability',
  antipignistic: 'antipignistic',
  'minimum-specificity': 'minimum-specificity',
  piecewise: { piecewise: POINTS },
} as const satisfies Record<string, Transform>;

/** Terms that stand for classes of the model; the last for two of them. */
const STANDS_FOR = {
  benign: ['benign'],
  unsure: ['unsure'],
  malignant: ['malignant'],
  suspect: ['unsure', 'malignant'],
};

/** Degrees of a model, each shown by an output that is a hundred times it. */
function shown(label: string, variables: Readonly<Record<string, readonly string[]>>): string {
  const pairs = Object.entries(variables).flatMap(([name, terms]) => terms.map((term) => [name, term] as const));
  const inputs = Object.entries(variables).map(
    ([name, terms]) =>
      `InputVariable: ${name}\n  range: 0 1\n${terms.map((term) => `  term: ${term} Ramp 0 1\n`).join('')}`,
  );
  const outputs = pairs.map(
    ([name, term]) => `OutputVariable: ${name}_${term}
  range: 0 100
  aggregation: none
  defuzzifier: WeightedSum TakagiSugeno
  default: 0
  term: all Constant 100
`,
  );
  const rules = pairs.map(([name, term]) => `  rule: if ${name} is ${term} then ${name}_${term} is all\n`);
  return `Engine: ${label}\n${inputs.join('')}${outputs.join('')}RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
${rules.join('')}`;
}

function base(
  label: string,
  title: string,
  text: string,
  variables: Readonly<Record<string, BoundVariable>>,
  more: Partial<BoundRuleBase> = {},
): SuiteRuleBase {
  return { text, bound: { label, title, rules: `rules/${label}.fll`, variables, ...more } };
}

/** Of classes and what callers say: for most that concerns the way to the runtime and back. */
const MIXED = `Engine: mixed
InputVariable: image
  range: 0 1
  term: benign Ramp 1 0
  term: malignant Ramp 0 1
InputVariable: suspicion
  range: 0 100
  term: high Ramp 20 90
InputVariable: age
  range: 0 120
  term: old Ramp 40 80
OutputVariable: risk
  range: 0 100
  aggregation: Maximum
  defuzzifier: Centroid 200
  default: nan
  term: small Triangle 0 20 45
  term: large Triangle 40 75 100
OutputVariable: recall
  range: 0 100
  aggregation: none
  defuzzifier: WeightedAverage TakagiSugeno
  default: nan
  term: late Constant 90
  term: soon Constant 10
RuleBlock: all
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if image is benign and age is not old then risk is small
  rule: if image is malignant or suspicion is high then risk is large
  rule: if age is old then recall is soon
  rule: if age is not old then recall is late
`;

const probabilityOf = (label: string, scale: number, offset?: number): BoundPremise => ({
  ...{ as: 'value', output: FINDING, label, unit: '1', scale },
  ...(offset !== undefined && { offset }),
});

/** Rule bases over the model of three classes. */
export const SCORE_BASES: readonly SuiteRuleBase[] = [
  base('mixed', 'Classes of a picture with what a caller says', MIXED, {
    image: {
      unit: '1',
      model: {
        ...{ as: 'degrees', output: FINDING, transform: 'antipignistic' },
        terms: { benign: ['benign'], malignant: ['malignant'] },
      },
    },
    suspicion: { unit: '%', model: probabilityOf('malignant', 100) },
    age: { unit: 'a' },
  }),
  ...Object.entries(TRANSFORMS).map(([name, transform]) =>
    base(name, `Classes as degrees: ${name}`, shown(name, { image: Object.keys(STANDS_FOR) }), {
      image: { unit: '1', model: { as: 'degrees', output: FINDING, terms: STANDS_FOR, transform } },
    }),
  ),
];

const CONVERT = `Engine: convert
InputVariable: dose
  range: 0 2
  term: high Ramp 0 2
InputVariable: ratio
  range: 0 1
  term: high Ramp 0 1
InputVariable: glucose
  range: 0 600
  term: high Ramp 0 600
InputVariable: male
  range: 0 1
  term: yes Ramp 0 1
OutputVariable: o1
  range: 0 10
  aggregation: none
  defuzzifier: WeightedSum TakagiSugeno
  default: nan
  term: ten Constant 10
OutputVariable: o2
  range: 0 10
  aggregation: none
  defuzzifier: WeightedSum TakagiSugeno
  default: nan
  term: ten Constant 10
OutputVariable: o3
  range: 0 10
  aggregation: none
  defuzzifier: WeightedSum TakagiSugeno
  default: nan
  term: ten Constant 10
RuleBlock: all
  conjunction: AlgebraicProduct
  disjunction: Maximum
  implication: Minimum
  rule: if dose is high then o1 is ten
  rule: if ratio is high then o2 is ten
  rule: if glucose is high and male is somewhat yes then o3 is ten
`;

/** A rule base over numbers of a model in other units than its own, and columns that it shares with the model. */
export const TABLE_BASES: readonly SuiteRuleBase[] = [
  base('convert', 'Numbers of a model in the units of the rules', CONVERT, {
    dose: {
      unit: 'g',
      model: { as: 'value', output: MEASURES, label: 'dose', unit: 'mg', scale: 0.001, offset: 0.25 },
    },
    ratio: { unit: '1', model: { as: 'value', output: MEASURES, label: 'ratio', unit: '1' } },
    glucose: { unit: 'mg/dL', column: 'glucose' },
    male: { unit: '1', column: 'sex', numbers: { female: 0, male: 1 } },
  }),
];

const extent = (unit: string, range: string): SuiteRuleBase =>
  base(
    'extent',
    `How much of a part there is, in ${unit}`,
    shown('extent', { size: ['large'] }).replace(
      'range: 0 1\n  term: large Ramp 0 1',
      `range: 0 ${range}\n  term: large Ramp 0 ${range}`,
    ),
    { size: { unit, model: { as: 'value', output: MASK, label: 'lesion', unit } } },
  );

/** Rule bases over areas and volumes of parts. */
export const PICTURE_BASES: readonly SuiteRuleBase[] = [extent('mm2', '400')];
export const VOLUME_BASES: readonly SuiteRuleBase[] = [extent('mm3', '400')];

type Relation = Extract<BoundPremise, { as: 'relation' }>;

/** One variable for each relation of the lesion to the organ. */
function relations(
  label: string,
  all: Readonly<Record<string, Pick<Relation, 'relation' | 'measure'>>>,
): SuiteRuleBase {
  const names = Object.keys(all);
  return base(
    label,
    `How a lesion lies to an organ: ${label}`,
    shown(label, Object.fromEntries(names.map((name) => [name, ['holds']]))),
    Object.fromEntries(
      Object.entries(all).map(([name, one]): [string, BoundVariable] => [
        name,
        {
          unit: '1',
          model: { as: 'relation', output: MASK, subject: 'lesion', reference: 'organ', term: 'holds', ...one },
        },
      ]),
    ),
  );
}

const direction = (name: string, measure: Relation['measure'] = 'mean') => ({ relation: { direction: name }, measure });
const distances = (near: readonly [number, number], adjacentMm: number) =>
  relations('distances', {
    near_all: { relation: { nearMm: near }, measure: 'necessity' },
    near: { relation: { nearMm: near }, measure: 'mean' },
    near_some: { relation: { nearMm: near }, measure: 'possibility' },
    touches: { relation: { adjacentMm }, measure: 'possibility' },
  });

/** Rule bases over relations of parts of a picture. */
export const PICTURE_RELATIONS: readonly SuiteRuleBase[] = [
  relations('directions', {
    right: direction('image-right'),
    left: direction('image-left'),
    above: direction('image-above'),
    below: direction('image-below'),
    above_all: direction('image-above', 'necessity'),
    above_some: direction('image-above', 'possibility'),
  }),
  distances([2, 9], 0.25),
];

/** Rule bases over relations of parts of a body. */
export const VOLUME_RELATIONS: readonly SuiteRuleBase[] = [
  relations('directions', {
    left: direction('left'),
    right: direction('right'),
    anterior: direction('anterior'),
    posterior: direction('posterior'),
    superior: direction('superior'),
    inferior: direction('inferior'),
    left_all: direction('left', 'necessity'),
    left_some: direction('left', 'possibility'),
  }),
  distances([1, 8], 0.25),
];
