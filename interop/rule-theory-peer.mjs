// PyIT2FLS, SciPy and formulas in NumPy beside interval type-2 inference, possibilistic rules and spatial relations.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPythonChecks } from './python-peer.mjs';

export async function runRuleTheoryChecks(venvPython, { root, name, scratch }, report) {
  const sdk = await import('@deephealth/sdk');
  const rules = await import('@deephealth/adapter-expressif');
  const random = sdk.seededRandom(2026);
  const cases = {
    means: many(300, () => weightedMeans(rules, random)),
    mamdani: mamdani(rules, random),
    systems: many(300, () => possibilisticSystem(rules, random)),
    relations: many(60, () => spatialRelations(rules, random)),
  };
  const file = join(scratch, 'rule-theory.json');
  writeFileSync(file, JSON.stringify(cases));
  report.add(await runPythonChecks(root, name, { venvPython, args: ['--cases', file] }));
}

const many = (count, make) => Array.from({ length: count }, make);
const between = (random, low, high) => low + random() * (high - low);

function weightedMeans({ karnikMendel, nieTan }, random) {
  const values = many(2 + Math.floor(random() * 30), () => between(random, -5, 5));
  const ends = values.map(() => [random(), random()].sort((a, b) => a - b));
  const [lower, upper] = [ends.map(([low]) => low), ends.map(([, high]) => high)];
  return { values, lower, upper, ends: karnikMendel(values, lower, upper), nieTan: nieTan(values, lower, upper) };
}

/** One Mamdani system of trapezoids with footprints, and what it answers. */
function mamdani({ createIntervalEngine, parseFll }, random) {
  const text = `Engine: footprints
InputVariable: a
  range: 0 10
  term: low Trapezoid -1 0 2 7
  term: high Trapezoid 3 8 10 11
InputVariable: b
  range: 0 10
  term: low Trapezoid -1 0 3 8
  term: high Trapezoid 2 7 10 11
OutputVariable: y
  range: 0 20
  aggregation: Maximum
  defuzzifier: Centroid 200
  term: low Trapezoid 0 3 5 9
  term: middle Trapezoid 6 9 11 14
  term: high Trapezoid 11 15 17 20
RuleBlock: main
  conjunction: Minimum
  implication: Minimum
  rule: if a is low and b is low then y is low
  rule: if a is low and b is high then y is middle
  rule: if a is high and b is low then y is middle
  rule: if a is high and b is high then y is high
`;
  const base = parseFll(text);
  const widen = (variable) => ({ ...variable, terms: variable.terms.map(footprint) });
  const knowledgeBase = { ...base, inputs: base.inputs.map(widen), outputs: base.outputs.map(widen) };
  const engine = createIntervalEngine(knowledgeBase);
  const rows = many(80, () => {
    const values = { a: random() * 10, b: random() * 10 };
    const { lower, upper } = engine.evaluate(values).outputs.get('y');
    return { values, ends: [lower, upper] };
  });
  const terms = (variable) =>
    Object.fromEntries(
      variable.terms.map(({ name, ...ends }) => [name, [ends.lower.parameters, ends.upper.parameters]]),
    );
  const variables = Object.fromEntries(
    [...knowledgeBase.inputs, ...knowledgeBase.outputs].map((v) => [v.name, terms(v)]),
  );
  const table = base.ruleBlocks[0].rules.map(({ antecedent: { left, right }, consequents }) => [
    left.term,
    right.term,
    consequents[0].term,
  ]);
  return { variables, rules: table, rows };
}

/** The term a quarter narrower below, and half a unit wider above. */
function footprint({ name, definition }) {
  const [a, b, c, d] = definition.parameters;
  const shape = (...parameters) => ({ ...definition, parameters });
  return {
    name,
    lower: shape(a + (b - a) / 4, b, c, d - (d - c) / 4),
    upper: shape(a - 0.5, b - 0.5, c + 0.5, d + 0.5),
  };
}

function possibilisticSystem({ createPossibilisticEngine }, random) {
  const values = many(2 + Math.floor(random() * 4), (_, i) => `v${i}`);
  const some = () => values.filter((_, i) => i === 0 || random() < 0.5);
  const raw = values.map(() => random() + 0.01);
  const sum = raw.reduce((total, one) => total + one, 0);
  const transform = random() < 0.5 ? 'antipignistic' : 'minimum-specificity';
  const document = {
    format: 'deephealth.possibilistic-rules/1',
    name: 'random',
    inputs: ['p', 'q'].map((input) => ({ name: input, values, given: 'probability', transform })),
    outputs: [
      {
        name: 'o',
        values,
        rules: many(1 + Math.floor(random() * 5), (_, i) => ({
          id: String(i),
          if: ['p', 'q'].map((attribute) => ({ attribute, in: some() })),
          conclude: some(),
          s: random(),
          r: random(),
        })),
      },
    ],
  };
  const given = { p: raw.map((one) => one / sum), q: raw.map((one) => one / sum).reverse() };
  const named = Object.fromEntries(
    Object.entries(given).map(([key, ps]) => [key, Object.fromEntries(ps.map((p, i) => [values[i], p]))]),
  );
  const { distribution } = createPossibilisticEngine(document).evaluate(named).outputs.get('o');
  return { document, given, distribution: [...distribution.values()] };
}

const SIDES = ['left', 'right', 'anterior', 'posterior', 'superior', 'inferior'];

function spatialRelations({ evaluateRelation, fuzzyMask, patientGrid }, random) {
  const size = [0, 1, 2].map(() => 3 + Math.floor(random() * 5));
  const steps = [0, 1, 2].map(() => between(random, 0.5, 4));
  // A turn about the long axis of the patient.
  const turn = random() < 0.5 ? 0 : between(random, 0, 6);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const affine = [cos * steps[0], -sin * steps[1], 0, 3, sin * steps[0], cos * steps[1], 0, 4, 0, 0, -steps[2], 5];
  const grid = patientGrid(size, affine);
  const mask = () => {
    const degrees = many(size[0] * size[1] * size[2], () => Number(random() < 0.25));
    degrees[Math.floor(random() * degrees.length)] = 1;
    return degrees;
  };
  const [object, reference] = [mask(), mask()];
  const side = SIDES[Math.floor(random() * SIDES.length)];
  const near = { kind: 'near', fullUpToMm: 1, noneFromMm: between(random, 2, 9) };
  const [a, b] = [fuzzyMask(grid, object), fuzzyMask(grid, reference)];
  return {
    size,
    affine,
    object,
    reference,
    side,
    near,
    found: { direction: evaluateRelation(a, b, { kind: 'direction', side }), near: evaluateRelation(a, b, near) },
  };
}
