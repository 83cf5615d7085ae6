// Rule bases drawn at random, as FLL: every norm, hedge, shape, activation and defuzzifier comes up.

const T_NORMS = [
  'Minimum',
  'AlgebraicProduct',
  'BoundedDifference',
  'DrasticProduct',
  'EinsteinProduct',
  'HamacherProduct',
  'NilpotentMinimum',
];
const S_NORMS = [
  'Maximum',
  'AlgebraicSum',
  'BoundedSum',
  'DrasticSum',
  'EinsteinSum',
  'HamacherSum',
  'NilpotentMaximum',
  'NormalizedSum',
  'UnboundedSum',
];
/** pyfuzzylite's quotient for the Hamacher sum loses all its digits near (1, 1); degrees beyond 1 have no inverse. */
const PLAIN_S_NORMS = S_NORMS.filter((name) => name !== 'HamacherSum' && name !== 'UnboundedSum');
const HEDGES = ['not', 'very', 'somewhat', 'extremely', 'seldom'];
const INTEGRAL = ['Centroid', 'Bisector', 'SmallestOfMaximum', 'LargestOfMaximum', 'MeanOfMaximum'];
const COMPARISONS = ['<', '<=', '==', '!=', '>=', '>'];
const INF = 'inf';

/** Parameters of each shape over a range, the points in ascending order where it has any. */
const SHAPES = {
  Triangle: (draw) => draw.shoulders(draw.points(3)),
  Trapezoid: (draw) => draw.shoulders(draw.points(4)),
  Rectangle: (draw) => draw.points(2),
  Ramp: (draw) => draw.eitherWay(draw.distinct(2)),
  Gaussian: (draw) => [draw.point(), draw.width()],
  GaussianProduct: (draw) => {
    const [left, right] = draw.points(2);
    return [left, draw.width(), right, draw.width()];
  },
  Bell: (draw) => [draw.point(), draw.width(), draw.number(0.5, 4)],
  Sigmoid: (draw) => [draw.point(), draw.slope()],
  SigmoidDifference: (draw) => {
    const [left, right] = draw.points(2);
    return [left, Math.abs(draw.slope()), Math.abs(draw.slope()), right];
  },
  SigmoidProduct: (draw) => {
    const [left, right] = draw.points(2);
    return [left, Math.abs(draw.slope()), -Math.abs(draw.slope()), right];
  },
  Spike: (draw) => [draw.point(), draw.width()],
  SShape: (draw) => draw.distinct(2),
  ZShape: (draw) => draw.distinct(2),
  PiShape: (draw) => draw.distinct(4),
  Cosine: (draw) => [draw.point(), draw.width()],
  Concave: (draw) => draw.eitherWay(draw.distinct(2)),
  Binary: (draw) => {
    const start = draw.point();
    return [start, draw.one([INF, `-${INF}`, start + 1, start - 1])];
  },
  Discrete: (draw) => draw.distinct(2 + draw.below(4)).flatMap((x) => [x, draw.degree()]),
};

const MONOTONE = ['Ramp', 'SShape', 'ZShape', 'Concave', 'Sigmoid'];

/** What is drawn for one engine, over the range of one variable at a time. */
class Draw {
  constructor(random, range = [0, 1]) {
    this.random = random;
    this.range = range;
  }

  over(range) {
    return new Draw(this.random, range);
  }

  below(count) {
    return Math.floor(this.random() * count);
  }

  chance(share) {
    return this.random() < share;
  }

  one(list) {
    return list[this.below(list.length)];
  }

  /** With few decimals, so that the values of a grid meet corners, and sums of degrees meet 1. */
  number(low, high, decimals = 2) {
    return Number((low + this.random() * (high - low)).toFixed(decimals));
  }

  degree() {
    return this.chance(0.3) ? this.below(2) : this.number(0, 1);
  }

  point() {
    return this.number(...this.range);
  }

  points(count) {
    return Array.from({ length: count }, () => this.point()).sort((a, b) => a - b);
  }

  distinct(count) {
    for (;;) {
      const points = this.points(count);
      if (points.every((point, i) => i === 0 || point - points[i - 1] > 0.05)) return points;
    }
  }

  eitherWay(points) {
    return this.chance(0.5) ? points : points.reverse();
  }

  shoulders(points) {
    const [first, ...others] = points;
    const left = this.chance(0.15) ? `-${INF}` : first;
    const right = this.chance(0.15) ? INF : others.pop();
    return right === INF ? [left, ...others.slice(0, -1), right] : [left, ...others, right];
  }

  width() {
    const [low, high] = this.range;
    return Math.max(0.1, this.number((high - low) / 20, (high - low) / 2));
  }

  slope() {
    const [low, high] = this.range;
    const slope = this.number(2, 30) / (high - low);
    return Number((this.chance(0.5) ? slope : -slope).toFixed(4));
  }
}

/** What has to come up. */
export const NAMES = [
  ...[...T_NORMS, ...S_NORMS, ...HEDGES, 'any', ...Object.keys(SHAPES), 'Constant', 'Linear', 'Function'],
  ...[...INTEGRAL, 'WeightedAverage', 'WeightedSum', 'TakagiSugeno', 'Tsukamoto', 'Automatic'],
  ...['General', 'Proportional', 'First', 'Last', 'Highest', 'Lowest', 'Threshold'],
];

/**
 * An engine and the rows that it is asked.
 *
 * @param {() => number} random as of `seededRandom`
 * @param {{ isPlain?: boolean }} options plain: one output, each of its terms concluded by one rule at most
 * @returns {{ fll: string, inputs: string[], outputs: string[], rows: number[][] }}
 */
export function randomEngine(random, rowCount, { isPlain = false } = {}) {
  const draw = new Draw(random);
  const inputs = Array.from({ length: 1 + draw.below(3) }, (_, i) => randomInput(draw, `i${i}`));
  const outputs = isPlain
    ? [plainOutput(draw, 'o0', inputs)]
    : Array.from({ length: 1 + draw.below(3) }, (_, i) => randomOutput(draw, `o${i}`, inputs));
  const blocks = isPlain ? [plainBlock(draw, inputs, outputs[0])] : randomBlocks(draw, inputs, outputs);
  const fll = [
    'Engine: random',
    ...inputs.flatMap(variableLines),
    ...outputs.flatMap(variableLines),
    ...blocks.flat(),
  ].join('\n');
  const rows = Array.from({ length: rowCount }, () =>
    inputs.map((input) => randomValue(draw, input, isPlain ? [0] : BESIDE)),
  );
  const names = (variables) => variables.map(({ name }) => name);
  return { fll: `${fll}\n`, inputs: names(inputs), outputs: names(outputs), rows };
}

function randomRange(draw) {
  const low = draw.one([0, -1, 10, -50]);
  return [low, low + draw.one([1, 2, 10, 100])];
}

function randomTerm(draw, shape) {
  const parameters = SHAPES[shape](draw);
  // A height would change what stands behind the pairs of Discrete from a height to a pair, and back.
  const height = draw.chance(0.15) && shape !== 'Discrete' ? [draw.number(0.3, 1)] : [];
  return { text: `${shape} ${[...parameters, ...height].join(' ')}`, corners: parameters.map(Number) };
}

function randomInput(draw, name) {
  const range = randomRange(draw);
  const inside = draw.over(range);
  const terms = Array.from({ length: 2 + draw.below(3) }, () => randomTerm(inside, draw.one(Object.keys(SHAPES))));
  const lines = draw.chance(0.2) ? ['lock-range: true'] : [];
  return { kind: 'InputVariable', name, range, terms, lines, enabled: !draw.chance(0.03) };
}

function randomOutput(draw, name, inputs) {
  const range = randomRange(draw);
  const inside = draw.over(range);
  const lines = draw.chance(0.3) ? [`default: ${inside.point()}`] : ['default: nan'];
  if (draw.chance(0.2)) lines.push('lock-range: true');
  if (draw.chance(0.1)) lines.push('lock-previous: true');
  const variable = { kind: 'OutputVariable', name, range, lines, enabled: !draw.chance(0.03) };
  if (draw.chance(0.6)) return integralOutput(inside, variable, draw.one(INTEGRAL));
  const isTsukamoto = draw.chance(0.4);
  const method = isTsukamoto ? 'Tsukamoto' : draw.one(['TakagiSugeno', 'Automatic']);
  // The console inverts no other monotone term, and none of a height.
  const term = isTsukamoto ? ramp : (each) => randomConclusion(each, inputs);
  return weightedOutput(inside, variable, `${draw.one(['WeightedAverage', 'WeightedSum'])} ${method}`, term);
}

const terms = (draw, make) => Array.from({ length: 2 + draw.below(3) }, () => make(draw));

const ramp = (draw) => ({ text: `Ramp ${SHAPES.Ramp(draw).join(' ')}`, corners: [] });

function integralOutput(draw, variable, defuzzifier) {
  return {
    ...variable,
    terms: terms(draw, (each) => randomTerm(each, draw.one(Object.keys(SHAPES)))),
    aggregation: draw.one(S_NORMS),
    lines: [...variable.lines, `defuzzifier: ${defuzzifier} ${draw.one([50, 100, 101, 200])}`],
  };
}

function weightedOutput(draw, variable, defuzzifier, term) {
  const lines = [...variable.lines, `defuzzifier: ${defuzzifier}`];
  return { ...variable, terms: terms(draw, term), aggregation: 'none', lines };
}

function plainOutput(draw, name, inputs) {
  const range = randomRange(draw);
  const inside = draw.over(range);
  const variable = { kind: 'OutputVariable', name, range, lines: ['default: nan'], enabled: true };
  const monotone = (each) => randomTerm(each, draw.one(MONOTONE));
  return draw.one([
    () => ({ ...integralOutput(inside, variable, 'Centroid'), aggregation: draw.one(PLAIN_S_NORMS) }),
    () => weightedOutput(inside, variable, 'WeightedAverage TakagiSugeno', (each) => randomConclusion(each, inputs)),
    () => weightedOutput(inside, variable, 'WeightedAverage Tsukamoto', monotone),
  ])();
}

/** The conclusion of a Takagi-Sugeno rule: a value, a plane over the inputs, or a formula of them. */
function randomConclusion(draw, inputs) {
  const [a, b] = [draw.one(inputs).name, draw.one(inputs).name];
  const number = () => draw.number(-3, 3);
  const text = draw.one([
    () => `Constant ${number()}`,
    () => `Linear ${[...inputs, undefined].map(number).join(' ')}`,
    () => `Function ${draw.number(0, 3)} * ${a} + ${b} ^ 2`,
    () => `Function min(${a}, ${b}) / (${draw.number(1, 3)} + abs(${b}))`,
    () => `Function sin(${a}) - exp(0 - abs(${b}))`,
  ])();
  return { text, corners: [] };
}

function randomBlocks(draw, inputs, outputs) {
  const count = 1 + draw.below(outputs.length);
  const read = [...inputs];
  return Array.from({ length: count }, (_, block) => {
    const concluded = outputs.filter((__, i) => i % count === block);
    // An unbounded sum passes 1, where no hedge nor any norm is defined: such degrees are defuzzified, not read.
    const disjunction = draw.one(S_NORMS);
    const isBounded = disjunction !== 'UnboundedSum';
    const readNow = [...read];
    const rules = Array.from({ length: 1 + draw.below(8) }, () => randomRule(draw, readNow, concluded, isBounded));
    // What a block concludes, a later one may read.
    read.push(...concluded.filter(({ aggregation }) => isBounded && isDegree(aggregation)));
    return [
      'RuleBlock: b',
      `  conjunction: ${draw.one(T_NORMS)}`,
      `  disjunction: ${disjunction}`,
      `  implication: ${draw.one(T_NORMS)}`,
      `  activation: ${randomActivation(draw)}`,
      ...rules.map((rule) => `  rule: ${rule}`),
    ];
  });
}

function plainBlock(draw, inputs, { name, terms: concluded }) {
  const premise = () => `${draw.one(inputs).name} is ${randomHedges(draw)}`;
  const term = () => `t${draw.below(2)}`;
  return [
    'RuleBlock: b',
    `  conjunction: ${draw.one(T_NORMS)}`,
    `  disjunction: ${draw.one(PLAIN_S_NORMS)}`,
    `  implication: ${draw.one(T_NORMS)}`,
    // A rule that does not fire must not conclude, where pyfuzzylite would invert a degree of 0.
    `  activation: ${draw.one(['Threshold > 0', `First 2 ${draw.degree()}`])}`,
    ...concluded.map((_, i) => {
      const premises = `${premise()}${term()} ${draw.one(['and', 'or'])} ${premise()}${term()}`;
      return `  rule: if ${premises} then ${name} is t${i} with ${draw.number(0.2, 0.9)}`;
    }),
  ];
}

const isDegree = (aggregation) => aggregation !== 'UnboundedSum' && aggregation !== 'none';

function randomActivation(draw) {
  const count = 1 + draw.below(3);
  return draw.one([
    () => 'General',
    () => 'Proportional',
    () => `First ${count} ${draw.degree()}`,
    () => `Last ${count} ${draw.degree()}`,
    () => `Highest ${count}`,
    () => `Lowest ${count}`,
    () => `Threshold ${draw.one(COMPARISONS)} ${draw.degree()}`,
  ])();
}

function randomRule(draw, read, concluded, isBounded) {
  const premise = (depth) => {
    if (depth < 2 && draw.chance(0.45)) {
      const text = `${premise(depth + 1)} ${draw.one(['and', 'or'])} ${premise(depth + 1)}`;
      return draw.chance(0.5) ? `( ${text} )` : text;
    }
    const variable = draw.one(read);
    if (draw.chance(0.03)) return `${variable.name} is any`;
    return `${variable.name} is ${randomHedges(draw)}t${draw.below(variable.terms.length)}`;
  };
  const conclude = (variable) => {
    const hedges = isBounded ? randomHedges(draw) : '';
    return `${variable.name} is ${hedges}t${draw.below(variable.terms.length)}`;
  };
  const conclusions = concluded.length > 1 && draw.chance(0.5) ? concluded : [draw.one(concluded)];
  const weight = draw.chance(0.3) ? ` with ${draw.number(0.1, 1)}` : '';
  return `if ${premise(0)} then ${conclusions.map(conclude).join(' and ')}${weight}`;
}

function randomHedges(draw) {
  return draw.chance(0.3) ? `${Array.from({ length: 1 + draw.below(2) }, () => draw.one(HEDGES)).join(' ')} ` : '';
}

function variableLines({ kind, name, enabled, range, aggregation, lines, terms }) {
  return [
    `${kind}: ${name}`,
    `  enabled: ${enabled}`,
    `  range: ${range.join(' ')}`,
    ...(aggregation === undefined ? [] : [`  aggregation: ${aggregation}`]),
    ...lines.map((line) => `  ${line}`),
    ...terms.map(({ text }, i) => `  term: t${i} ${text}`),
  ];
}

const BESIDE = [0, 0, 1e-7, -1e-7, 1e-5];

/**
 * Corners of terms and values beside them come up as often as others; so do values outside the range.
 *
 * @param {number[]} beside how far from a corner; where degrees of 1e-14 are inverted, other roundings are seen
 */
function randomValue(draw, { range, terms }, beside) {
  const [low, high] = range;
  const corners = terms.flatMap((term) => term.corners).filter((x) => Number.isFinite(x) && x >= low && x <= high);
  if (corners.length > 0 && draw.chance(0.3)) return draw.one(corners) + draw.one(beside);
  if (draw.chance(0.1)) return draw.one([low - 0.5, high + 0.5, low, high]);
  return draw.number(low, high, draw.one([1, 2, 8]));
}
