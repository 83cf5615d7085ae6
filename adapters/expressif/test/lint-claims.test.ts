import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import {
  createEngine,
  type KnowledgeBase,
  type LintFinding,
  lintKnowledgeBase,
  parseFll,
  plotTerms,
} from '../src/index.js';

/** Two or three inputs with terms anywhere, gaps among them, and rules drawn at random, some of them impossible. */
function randomBase(seed: number): KnowledgeBase {
  const random = seededRandom(seed);
  const whole = (count: number): number => Math.floor(random() * count);
  const inputs = Array.from({ length: 2 + whole(2) }, (_, i) => `v${i}`);
  const terms = ['a', 'b', 'c'];
  const shape = (): string => {
    const [x, y, z] = [random(), random(), random()].sort((p, q) => p - q).map((one) => (12 * one - 1).toFixed(2));
    return [`Triangle ${x} ${y} ${z}`, `Ramp ${x} ${z}`, `Rectangle ${x} ${y}`, `Gaussian ${y} 0.6`][whole(4)] ?? '';
  };
  const premise = (): string => `${inputs[whole(inputs.length)]} is ${random() < 0.2 ? 'not ' : ''}${terms[whole(3)]}`;
  const rule = (): string => {
    const premises = Array.from({ length: 1 + whole(3) }, premise);
    return `  rule: if ${premises.join(random() < 0.8 ? ' and ' : ' or ')} then z is ${['low', 'high'][whole(2)]}\n`;
  };
  const variables = inputs.map(
    (name) => `InputVariable: ${name}\n  range: 0 10\n${terms.map((term) => `  term: ${term} ${shape()}\n`).join('')}`,
  );
  return parseFll(`Engine: random
${variables.join('')}OutputVariable: z
  range: 0 10
  defuzzifier: WeightedAverage
  term: low Constant ${whole(5)}
  term: high Constant ${5 + whole(6)}
RuleBlock: r
  conjunction: ${['Minimum', 'AlgebraicProduct', 'BoundedDifference'][whole(3)]}
  disjunction: Maximum
${Array.from({ length: 3 + whole(5) }, rule).join('')}`);
}

const of = (findings: readonly LintFinding[], code: LintFinding['code']) => findings.filter((one) => one.code === code);

describe('what the lint claims', () => {
  it('is borne out by the engine, for random rule bases', () => {
    const told = new Set<string>();
    for (let seed = 1; seed <= 40; seed += 1) {
      const kb = randomBase(seed);
      const engine = createEngine(kb);
      const findings = lintKnowledgeBase(kb);
      for (const { code } of findings) told.add(code);
      const random = seededRandom(1000 + seed);
      const fired = new Set<string>();
      let silentPoints = 0;
      const values: number[] = [];
      for (let k = 0; k < 600; k += 1) {
        const point = Object.fromEntries(kb.inputs.map(({ name }) => [name, 10 * random()]));
        const { rules, outputs } = engine.evaluate(point);
        for (const { rule, fired: isFired } of rules) if (isFired) fired.add(rule);
        const output = outputs.get('z');
        if (output?.status === 'determinate') values.push(output.value);
        else silentPoints += 1;
      }
      for (const { place } of of(findings, 'dead-rule')) expect(fired).not.toContain(place.rules?.[0]);
      for (const { evidence, place } of of(findings, 'coverage-gap')) {
        // With the premises that rules ask, such as "not a": no rule can speak of the example by this input.
        const terms = kb.inputs.find(({ name }) => name === place.variable);
        const degrees = / degrees are: (.*)\.<\/desc>/.exec(
          plotTerms(terms ?? never(), evidence.example as number),
        )?.[1];
        const numbers = degrees?.split(', ').map((one) => Number(one.split(' ').at(-1)));
        expect(Math.max(...(numbers ?? [1]))).toBeLessThanOrEqual(0.05);
      }
      const [silent] = of(findings, 'silent-region');
      if (silent !== undefined) {
        const example = silent.evidence.example as Record<string, number>;
        expect(engine.evaluate(example).outputs.get('z')).toMatchObject({ reason: 'nothing-fired' });
      }
      // What random points meet more than by a rare chance, the lint must not miss.
      if (silentPoints > 2) expect(silent).toBeDefined();
      const [saturation] = of(findings, 'saturation');
      const [low, high] = (saturation?.evidence.reached ?? [0, 10]) as [number, number];
      // Samples miss the ends, by little: 5 % of the declared range.
      expect(Math.min(...values)).toBeGreaterThan(low - 0.5);
      expect(Math.max(...values)).toBeLessThan(high + 0.5);
    }
    expect([...told]).toEqual(
      expect.arrayContaining([
        'dead-rule',
        'coverage-gap',
        'silent-region',
        'saturation',
        'dead-term',
        'subsumed-rule',
      ]),
    );
  });
});

const folder = fileURLToPath(new URL('../../../../shared/data/fuzzy/', import.meta.url));
const engines = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.fll')) : [];

describe.skipIf(engines.length === 0)('the engines of the reference tables (where ../shared is there)', () => {
  it.each(engines)('%s: no rule that its table fires is told as dead', (file) => {
    const kb = parseFll(readFileSync(`${folder}${file}`, 'utf8'));
    const engine = createEngine(kb, { outOfRange: 'extend' });
    const findings = lintKnowledgeBase(kb, { samples: 256 });
    expect(of(findings, 'inconsistent')).toEqual([]);
    const [header = [], ...rows] = readFileSync(`${folder}${file.replace(/fll$/, 'fld')}`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    const fired = new Set<string>();
    for (const row of rows) {
      const values = Object.fromEntries(header.map((name, i) => [name, Number(row[i])]));
      const isInside = kb.inputs.every(
        ({ name, range: [low, high] }) => (values[name] ?? low) >= low && (values[name] ?? low) <= high,
      );
      if (!isInside) continue;
      for (const rule of engine.evaluate(values).rules) if (rule.fired) fired.add(rule.rule);
    }
    for (const { place } of of(findings, 'dead-rule')) expect(fired).not.toContain(place.rules?.[0]);
  });
});

function never(): never {
  throw new Error('a finding names a variable that is not there');
}
