import { describe, expect, it } from 'vitest';
import {
  type Contrast,
  type ContrastRequest,
  compileRuleBase,
  createEngine,
  type Engine,
  explain,
  type InputValues,
  parseFll,
  traceEvaluation,
} from '../src/index.js';
import { must } from './explanation-checks.js';
import { type RandomCase, randomCases } from './random-cases.js';
import { Draw } from './random-rule-bases.js';

/** Whether an answer reaches the goal, judged apart from the search. */
function reaches(engine: Engine, values: InputValues, { output, goal }: Contrast): boolean {
  const answer = engine.evaluate(values).outputs.get(output);
  if (goal?.kind === 'threshold') {
    if (answer?.status !== 'determinate') return false;
    return goal.side === 'below' ? answer.value < goal.threshold : answer.value >= goal.threshold;
  }
  const sorted = [...(answer?.degrees ?? [])].sort(([, a], [, b]) => b - a);
  const [[first, degree] = ['', 0], [, next] = ['', 0]] = sorted;
  if (degree === 0) return false;
  if (goal?.kind === 'term') return first === goal.term && degree - next > 1e-14 * degree;
  return sorted.every(([term, one]) => degree - one > 1e-14 * degree || goal?.from.includes(term) === false);
}

function requestFor(draw: Draw, { knowledgeBase, trace }: RandomCase): ContrastRequest | undefined {
  const known = [...trace.evaluation.outputs.values()].filter(({ status }) => status === 'determinate');
  if (known.length === 0) return undefined;
  const { name } = draw.of(known);
  const terms = knowledgeBase.outputs.find((one) => one.name === name)?.terms ?? [];
  const goals = [undefined, { term: draw.of(terms).name }, { threshold: draw.count(1, 9) }] as const;
  const values = { in1: [0, 2, 4, 6, 8, 10] };
  return {
    output: name,
    goal: draw.of(goals),
    ...(draw.chance(0.2) ? { fixed: ['in0'] } : {}),
    ...(draw.chance(0.2) ? { values } : {}),
  };
}

/** @throws where a change does not do what is said of it, or a smaller one would */
function checkContrast({ knowledgeBase, values }: RandomCase, contrast: Contrast): void {
  const engine = createEngine(knowledgeBase);
  const at = (input: string, value: number): boolean => reaches(engine, { ...values, [input]: value }, contrast);
  for (const { input, from, to, searched } of contrast.changes) {
    must(at(input, to), `${input} at ${to} changes nothing`);
    const [low, high] = knowledgeBase.inputs.find(({ name }) => name === input)?.range ?? [0, 0];
    must(to >= low && to <= high, `${input} at ${to} is outside its range`);
    if (searched.kind === 'values') {
      const nearer = searched.values.filter((value) => Math.abs(value - from) < Math.abs(to - from));
      must(!nearer.some((value) => at(input, value)), `${input} changes it before ${to}`);
      continue;
    }
    const { grid, resolution } = searched;
    const nearer = Array.from({ length: 200 }, (_, i) => low + i * grid).filter(
      (value) => Math.abs(value - from) < Math.abs(to - from) - resolution,
    );
    const half = Math.abs(to - from) > 2 * resolution ? [from + (to - from) / 2] : [];
    const step = Math.abs(to - from) > resolution ? [Number((to - Math.sign(to - from) * resolution).toFixed(9))] : [];
    for (const value of [...nearer, ...half, ...step])
      must(!at(input, value), `${input} at ${value} does it, before ${to}`);
  }
  for (const { input, searched } of contrast.withoutEffect) {
    const tried =
      searched.kind === 'values'
        ? searched.values
        : Array.from({ length: 200 }, (_, i) => searched.low + i * searched.grid);
    must(!tried.some((value) => at(input, value)), `${input} changes it`);
  }
  const spoken = [...contrast.changes, ...contrast.withoutEffect, ...contrast.notVaried]
    .map(({ input }) => input)
    .sort();
  const all = knowledgeBase.inputs.map(({ name }) => name).sort();
  must(['already', 'not-known'].includes(contrast.status) || `${spoken}` === `${all}`, 'an input is not spoken of');
}

describe('contrasts of random rule bases', () => {
  it('change the answer as they say, and no smaller change that was tried does', () => {
    const draw = new Draw(4);
    const seen: Record<string, number> = {};
    for (const random of randomCases(110, 2, 4)) {
      const request = requestFor(draw, random);
      if (request === undefined) continue;
      const [contrast] = explain(random.compiled, random.trace, { contrasts: [request] }).contrasts;
      if (contrast === undefined) throw new Error('no contrast');
      try {
        checkContrast(random, contrast);
      } catch (error) {
        throw new Error(`${random.where}: ${(error as Error).message}`, { cause: error });
      }
      seen[contrast.status] = (seen[contrast.status] ?? 0) + 1;
    }
    for (const status of ['found', 'none', 'already']) expect(seen[status], status).toBeGreaterThan(10);
  }, 120_000);
});

const FEVER = parseFll(`Engine: fever
InputVariable: temperature
  range: 34 43
  term: normal Trapezoid 35 36 37 38
  term: high Ramp 37 39
InputVariable: age
  range: 0 120
  term: old Ramp 60 80
OutputVariable: concern
  range: 0 10
  aggregation: Maximum
  defuzzifier: Centroid 100
  term: low Triangle 0 2 4
  term: high Triangle 6 8 10
RuleBlock: main
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if temperature is normal and age is not old then concern is low
  rule: if temperature is high or age is old then concern is high
`);

function contrastOf(request: Omit<ContrastRequest, 'output'>, values: InputValues = { temperature: 36.5, age: 40 }) {
  const compiled = compileRuleBase(FEVER);
  const contrasts = [{ output: 'concern', ...request }];
  return explain(compiled, traceEvaluation(compiled, values), { contrasts }).contrasts[0];
}

describe('a contrast', () => {
  it('names the smallest change of each input, on round numbers', () => {
    const contrast = contrastOf({});
    expect(contrast).toMatchObject({ status: 'found', goal: { kind: 'other-term', from: ['low'] }, withoutEffect: [] });
    // low is 38 - t, high (t - 37) / 2: equal at 37 2/3. Of the ages, half of 60 to 80 makes both equal.
    expect(contrast?.changes).toMatchObject([
      { input: 'temperature', from: 36.5, to: 37.67, reached: { strongest: ['high'] } },
      { input: 'age', from: 40, to: 70.1, reached: { strongest: ['high'] } },
    ]);
    expect(contrast?.changes[0]?.searched).toEqual({
      kind: 'range',
      low: 34,
      high: 43,
      grid: 0.045,
      resolution: 0.01,
    });
  });

  it('holds what cannot change, and tries only values that there are', () => {
    expect(contrastOf({ fixed: ['temperature'], values: { age: [30, 50, 90, 150] } })).toMatchObject({
      changes: [{ input: 'age', to: 90, searched: { kind: 'values', values: [30, 50, 90] } }],
      notVaried: [{ input: 'temperature', because: 'fixed' }],
    });
  });

  it('says that no single input does it', () => {
    const values = { temperature: 40, age: 90 };
    expect(contrastOf({ goal: { term: 'low' } }, values)).toMatchObject({
      status: 'none',
      changes: [],
      withoutEffect: [{ input: 'temperature' }, { input: 'age' }],
    });
  });

  it('lets the value pass a threshold, and says on which side it then lies', () => {
    const contrast = contrastOf({ goal: { threshold: 5 } });
    expect(contrast?.goal).toMatchObject({ kind: 'threshold', side: 'at-or-above', threshold: 5 });
    for (const { reached } of contrast?.changes ?? []) expect(reached.value).toBeGreaterThanOrEqual(5);
    expect(contrast?.changes).toHaveLength(2);
  });

  it('starts from nothing where nothing is known', () => {
    expect(contrastOf({}, { temperature: 38 })).toMatchObject({ status: 'not-known', changes: [] });
    expect(contrastOf({ goal: { term: 'low' } })).toMatchObject({ status: 'already' });
    expect(contrastOf({}, { temperature: 36.5, age: { degrees: { old: 0 } } })).toMatchObject({
      notVaried: [{ input: 'age', because: 'given-as-degrees' }],
    });
  });

  it.each([
    [{ output: 'x' }, 'A contrast asks for "x", which is no output.'],
    [{ output: 'concern', goal: { term: 'x' } }, 'A contrast asks for "x", which is no term of "concern".'],
    [
      { output: 'concern', goal: { threshold: Number.NaN } },
      'A contrast of "concern" asks for a threshold that is no finite number.',
    ],
  ])('refuses %o', (request, message) => {
    const compiled = compileRuleBase(FEVER);
    const trace = traceEvaluation(compiled, { temperature: 36.5, age: 40 });
    expect(() => explain(compiled, trace, { contrasts: [request] })).toThrow(
      expect.objectContaining({ code: 'DH_REQUEST_MALFORMED', message }),
    );
  });
});
