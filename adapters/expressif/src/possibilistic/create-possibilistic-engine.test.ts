import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createPossibilisticEngine } from './create-possibilistic-engine.js';
import type { Statement } from './explain-possibility.js';
import { minMaxProduct, toMinMaxMatrix } from './min-max-system.js';
import type { PossibilisticOutputEvaluation } from './possibilistic-evaluation.js';
import type { PossibilisticRule, PossibilisticRules } from './possibilistic-rules.js';
import { necessityOf, possibilityOf } from './possibility-distribution.js';

type Distributions = Record<string, Record<string, number>>;

/** Sixteenths, of which differences are exact. */
const sixteenth = (random: () => number): number => Math.floor(random() * 17) / 16;

const someOf = <T>(random: () => number, values: readonly T[]): T[] => {
  const chosen = values.filter(() => random() < 0.5);
  return chosen.length > 0 ? chosen : [values[Math.floor(random() * values.length)] as T];
};

function randomDistribution(random: () => number, values: readonly string[]): Record<string, number> {
  const sure = Math.floor(random() * values.length);
  return Object.fromEntries(values.map((value, i) => [value, i === sure ? 1 : sixteenth(random)]));
}

const valuesOf = (random: () => number): string[] =>
  Array.from({ length: 2 + Math.floor(random() * 3) }, (_, i) => `v${i}`);

/** Rules over three inputs for one output, and distributions for the inputs. */
function randomSystem(random: () => number): { rules: PossibilisticRules; given: Distributions } {
  const inputs = ['a', 'b', 'c'].map((name) => ({ name, values: valuesOf(random), given: 'possibility' as const }));
  const values = valuesOf(random);
  const rules = Array.from(
    { length: 1 + Math.floor(random() * 5) },
    (_, i): PossibilisticRule => ({
      id: `r${i}`,
      if: someOf(random, inputs).map((input) => ({ attribute: input.name, in: someOf(random, input.values) })),
      conclude: someOf(random, values),
      s: sixteenth(random),
      r: random() < 0.5 ? 0 : sixteenth(random),
    }),
  );
  return {
    rules: {
      format: 'deephealth.possibilistic-rules/1',
      name: 'random',
      inputs,
      outputs: [{ name: 'o', values, rules }],
    },
    given: Object.fromEntries(inputs.map((input) => [input.name, randomDistribution(random, input.values)])),
  };
}

type Determinate = Extract<PossibilisticOutputEvaluation, { status: 'determinate' }>;

function conclusion(rules: PossibilisticRules, given: Distributions, output = 'o'): Determinate {
  const found = createPossibilisticEngine(rules).evaluate(given).outputs.get(output);
  if (found?.status !== 'determinate') throw new Error(`not determinate: ${found?.reason}`);
  return found;
}

/** Possibility that all premises hold, and that one of them does not. */
function judged({ if: premises }: PossibilisticRule, given: Distributions): [lambda: number, rho: number] {
  const degrees = premises.map(({ attribute, in: inside }) => {
    const most = (isInside: boolean) =>
      Object.entries(given[attribute] ?? {})
        .filter(([value]) => inside.includes(value) === isInside)
        .reduce((greatest, [, degree]) => Math.max(greatest, degree), 0);
    return [most(true), most(false)] as const;
  });
  return [Math.min(...degrees.map(([holds]) => holds)), Math.max(...degrees.map(([, fails]) => fails))];
}

/** What remains where nothing but these statements is known: the least specific distributions that bear them out. */
function knowingOnly(statements: readonly Statement[], rules: PossibilisticRules): Distributions {
  return Object.fromEntries(
    rules.inputs.map(({ name, values }) => {
      const about = statements.filter(({ premise }) => premise.attribute === name);
      const degree = (value: string): number =>
        about.reduce((least, { premise, modality, degree }) => {
          const isInside = premise.in.includes(value);
          if (modality === 'possible') return isInside ? Math.min(least, degree) : least;
          return isInside ? least : Math.min(least, 1 - degree);
        }, 1);
      return [name, Object.fromEntries(values.map((value) => [value, degree(value)]))];
    }),
  );
}

const TRIAGE: PossibilisticRules = {
  format: 'deephealth.possibilistic-rules/1',
  name: 'triage',
  inputs: [
    { name: 'lesion', values: ['none', 'small', 'large'], given: 'probability', transform: 'antipignistic' },
    { name: 'history', values: ['yes', 'no'], given: 'possibility' },
  ],
  outputs: [
    {
      name: 'risk',
      values: ['low', 'high'],
      rules: [
        { id: 'large', if: [{ attribute: 'lesion', in: ['large'] }], conclude: ['high'], s: 1, r: 0.125 },
        {
          id: 'nothing',
          if: [
            { attribute: 'lesion', in: ['none'] },
            { attribute: 'history', in: ['no'] },
          ],
          conclude: ['low'],
          s: 1,
          r: 0,
        },
      ],
    },
    {
      name: 'delay',
      values: ['today', 'week'],
      rules: [
        { id: 'urgent', if: [{ attribute: 'risk', in: ['high'] }], conclude: ['today'], s: 0.25, r: 0 },
        { id: 'relaxed', if: [{ attribute: 'risk', in: ['low'] }], conclude: ['week'], s: 1, r: 0.5 },
      ],
    },
  ],
};

const LARGE = { lesion: { none: 0.0625, small: 0.1875, large: 0.75 }, history: { yes: 1, no: 1 } };

describe('createPossibilisticEngine', () => {
  it('computes a cascade as by hand', () => {
    // Antipignistic: none 3/16, small 7/16, large 1.
    const { outputs, rules } = createPossibilisticEngine(TRIAGE).evaluate(LARGE);
    expect(rules).toEqual([
      { rule: 'large', lambda: 1, rho: 0.4375, alpha: 1, beta: 0.4375 },
      { rule: 'nothing', lambda: 0.1875, rho: 1, alpha: 1, beta: 1 },
      { rule: 'urgent', lambda: 1, rho: 0.4375, alpha: 1, beta: 0.4375 },
      { rule: 'relaxed', lambda: 0.4375, rho: 1, alpha: 1, beta: 1 },
    ]);
    const risk = outputs.get('risk') as Determinate;
    expect(Object.fromEntries(risk.distribution)).toEqual({ low: 0.4375, high: 1 });
    expect(risk.inconsistency).toBe(0);
    expect(necessityOf(risk.distribution, ['high'])).toBe(0.5625);
    expect(Object.fromEntries((outputs.get('delay') as Determinate).distribution)).toEqual({ today: 1, week: 0.4375 });
  });

  it('agrees with the min-max product on 600 random systems', () => {
    const random = seededRandom(8);
    for (let k = 0; k < 600; k += 1) {
      const { rules, given } = randomSystem(random);
      const evaluation = createPossibilisticEngine(rules).evaluate(given);
      const degrees = (rules.outputs[0]?.rules ?? []).flatMap((rule) => judged(rule, given));
      expect(evaluation.rules.flatMap(({ lambda, rho }) => [lambda, rho])).toEqual(degrees);
      const product = minMaxProduct(toMinMaxMatrix(rules.outputs[0] as PossibilisticRules['outputs'][number]), degrees);
      const output = evaluation.outputs.get('o') as Determinate;
      expect([...output.distribution.values()]).toEqual(product);
      expect(output.inconsistency).toBe(1 - Math.max(...product));
      const event = someOf(random, [...output.distribution.keys()]);
      if (output.inconsistency > 0) continue;
      expect(necessityOf(output.distribution, event)).toBeLessThanOrEqual(possibilityOf(output.distribution, event));
    }
  });

  it('agrees, for one premise and one rule, with the max-min composition of conditional possibilities', () => {
    const random = seededRandom(9);
    for (let k = 0; k < 200; k += 1) {
      const [s, r] = [sixteenth(random), sixteenth(random)];
      const given = { p: randomDistribution(random, ['yes', 'no']) };
      const rules: PossibilisticRules = {
        ...TRIAGE,
        inputs: [{ name: 'p', values: ['yes', 'no'], given: 'possibility' }],
        outputs: [
          {
            name: 'o',
            values: ['q', 'other'],
            rules: [{ id: '1', if: [{ attribute: 'p', in: ['yes'] }], conclude: ['q'], s, r }],
          },
        ],
      };
      const [lambda, rho] = [given.p.yes as number, given.p.no as number];
      const { distribution } = conclusion(rules, given);
      expect(distribution.get('q')).toBe(Math.max(Math.min(1, lambda), Math.min(s, rho)));
      expect(distribution.get('other')).toBe(Math.max(Math.min(r, lambda), Math.min(1, rho)));
    }
  });

  it('gives each reason so that it alone, with nothing else known, yields the same degree (500 systems)', () => {
    const random = seededRandom(10);
    let reasons = 0;
    for (let k = 0; k < 500; k += 1) {
      const { rules, given } = randomSystem(random);
      for (const [value, { degree, attainedBy, unexpectedness }] of conclusion(rules, given).explanations) {
        expect(attainedBy.length > 0).toBe(degree < 1);
        for (const { justification } of attainedBy) {
          reasons += 1;
          expect(conclusion(rules, toNormal(justification, rules)).distribution.get(value)).toBe(degree);
          for (const statement of justification) expect(unexpectedness).not.toContainEqual(statement);
        }
      }
    }
    expect(reasons).toBeGreaterThan(400);
  });

  it('names what decides, whether a rule set the degree itself, and what had no part', () => {
    const { explanations } = conclusion(
      TRIAGE,
      { ...LARGE, lesion: { none: 0, small: 0.03125, large: 0.96875 } },
      'risk',
    );
    const large = { attribute: 'lesion', in: ['large'] };
    const [none, no] = TRIAGE.outputs[0]?.rules[1]?.if ?? [];
    expect(explanations.get('low')).toEqual({
      degree: 0.125,
      attainedBy: [
        {
          rule: 'large',
          side: 'excluded',
          setBy: 'r',
          justification: [{ premise: large, modality: 'certain', degree: 0.9375 }],
        },
      ],
      unexpectedness: [{ premise: none, modality: 'possible', degree: 0 }],
    });
    expect(explanations.get('high')?.attainedBy).toEqual([]);
    const small = conclusion(
      TRIAGE,
      { lesion: { none: 1, small: 0, large: 0 }, history: { yes: 0.25, no: 1 } },
      'risk',
    );
    expect(small.explanations.get('high')?.attainedBy).toEqual([
      {
        rule: 'nothing',
        side: 'excluded',
        setBy: 'premises',
        justification: [
          { premise: none, modality: 'certain', degree: 1 },
          { premise: no, modality: 'certain', degree: 0.75 },
        ],
      },
    ]);
  });

  it('says so where the uncertainty of the rule, not the premise, keeps the conclusion from being less possible', () => {
    const { explanations } = conclusion(
      TRIAGE,
      { lesion: { none: 1, small: 0, large: 0 }, history: { yes: 0, no: 1 } },
      'delay',
    );
    // No risk is high with certainty 1; the rule leaves 0.25 to its conclusion all the same.
    expect(explanations.get('today')).toMatchObject({
      degree: 0.25,
      attainedBy: [
        { rule: 'urgent', side: 'concluded', setBy: 's', justification: [{ modality: 'possible', degree: 0 }] },
      ],
    });
  });

  it('reports a contradiction by its degree, leaves the distribution as it is, and says who builds on it', () => {
    const rules: PossibilisticRules = {
      ...TRIAGE,
      outputs: TRIAGE.outputs.map((output, i) =>
        i > 0
          ? output
          : {
              ...output,
              rules: [
                { id: 'a', if: [{ attribute: 'history', in: ['yes'] }], conclude: ['low'], s: 1, r: 0 },
                { id: 'b', if: [{ attribute: 'lesion', in: ['large'] }], conclude: ['high'], s: 1, r: 0.25 },
              ],
            },
      ),
    };
    const given = { lesion: { none: 0, small: 0, large: 1 }, history: { yes: 1, no: 0.125 } };
    const risk = conclusion(rules, given, 'risk');
    expect([...risk.distribution.values()]).toEqual([0.25, 0.125]);
    expect(risk).toMatchObject({ inconsistency: 0.75, inconsistentPremises: [] });
    expect(conclusion(rules, given, 'delay').inconsistentPremises).toEqual(['risk']);
  });

  it.each([
    [{ history: LARGE.history }, { reason: 'missing', rule: 'large' }],
    [
      { ...LARGE, lesion: { none: 0.5, small: 0.5, large: 0.5 } },
      { reason: 'not-summing-to-one', rule: 'large' },
    ],
    [
      { ...LARGE, lesion: { none: 0, small: 0, big: 1 } },
      { reason: 'unknown-value', rule: 'large', value: 'big' },
    ],
    [
      { ...LARGE, history: { yes: 0.5, no: 0.5 } },
      { reason: 'subnormal', rule: 'nothing' },
    ],
    [
      { ...LARGE, history: { yes: 1, no: 1.5 } },
      { reason: 'out-of-range', rule: 'nothing', value: 'no' },
    ],
    [
      { ...LARGE, history: { yes: 1, no: Number.NaN } },
      { reason: 'not-a-number', rule: 'nothing', value: 'no' },
    ],
  ])('is indeterminate for %o, and so is what follows from it', (given, fault) => {
    const { outputs, rules } = createPossibilisticEngine(TRIAGE).evaluate(given as Distributions);
    const attribute = fault.rule === 'large' ? 'lesion' : 'history';
    for (const name of ['risk', 'delay']) {
      expect(outputs.get(name)).toMatchObject({ status: 'indeterminate', ...fault, premise: { attribute } });
    }
    expect(rules.find(({ rule }) => rule === fault.rule)?.lambda).toBeNaN();
    expect(rules.find(({ rule }) => rule === 'urgent')?.alpha).toBeNaN();
  });

  it('concludes what does not depend on the missing input', () => {
    const rules = { ...TRIAGE, outputs: [{ ...TRIAGE.outputs[0], rules: TRIAGE.outputs[0]?.rules.slice(0, 1) }] };
    const found = conclusion(rules as PossibilisticRules, { lesion: LARGE.lesion }, 'risk');
    expect(found.distribution.get('low')).toBe(0.4375);
  });
});

/** A statement alone may leave no value entirely possible, as when it says that all values are impossible. */
function toNormal(statements: readonly Statement[], rules: PossibilisticRules): Distributions {
  const known = knowingOnly(statements, rules);
  for (const degrees of Object.values(known)) expect(Object.values(degrees)).toContain(1);
  return known;
}
