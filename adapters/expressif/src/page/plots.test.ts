import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import { parseFll } from '../formats/parse-fll.js';
import { vitals } from '../testing/vitals.js';
import { colourOf } from './colour-scale.js';
import { outputSetOf } from './output-set.js';
import { lineThrough, ticksOf } from './plot-frame.js';
import { plotOutputSet } from './plot-output-set.js';
import { plotResponse } from './plot-response.js';
import { plotSurface } from './plot-surface.js';
import { plotTerms } from './plot-terms.js';
import { computeGrid } from './response-grid.js';

const kb = vitals();
const [lactate, map] = kb.inputs;
const [risk] = kb.outputs;
if (lactate === undefined || map === undefined || risk === undefined) throw new Error('the rule base lacks a variable');

/** The attributes of each element of a kind. */
const elements = (svg: string, name: string): Record<string, string>[] =>
  [...svg.matchAll(new RegExp(`<${name} ([^>]*?)/?>`, 'g'))].map(([, text = '']) =>
    Object.fromEntries([...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  );
const description = (svg: string) => /<desc[^>]*>(.*?)<\/desc>/.exec(svg)?.[1];
/** Of the plot, not of the key below it. */
const patternsIn = (svg: string) =>
  elements(svg, 'rect')
    .filter(({ height, fill }) => height !== '13' && fill?.startsWith('url'))
    .map(({ fill }) => fill);
const fills = (svg: string) => elements(svg, 'rect').map(({ fill }) => fill);

describe('plotTerms', () => {
  it('marks each term at the value with its degree, and says so', () => {
    const svg = plotTerms(lactate, 1.75);
    const dots = elements(svg, 'circle');
    expect(dots).toHaveLength(2);
    expect(new Set(dots.map(({ cx }) => cx)).size).toBe(1);
    // Both at a quarter: 1.75 lies a quarter from 2 on the way to 1, and a quarter of the way from 1 to 4.
    expect(dots[0]?.cy).toBe(dots[1]?.cy);
    const [top, bottom] = [/M52 ([\d.]+)V([\d.]+)H/.exec(svg)?.[1], /M52 ([\d.]+)V([\d.]+)H/.exec(svg)?.[2]].map(
      Number,
    );
    expect(Number(dots[0]?.cy)).toBeCloseTo((bottom ?? 0) - ((bottom ?? 0) - (top ?? 0)) / 4, 1);
    expect(description(svg)).toBe('At 1.75 the degrees are: normal 0.25, raised 0.25.');
  });

  it('marks nothing without a value, or for one that the picture does not reach', () => {
    expect(elements(plotTerms(lactate), 'circle')).toEqual([]);
    expect(elements(plotTerms(lactate, 12), 'circle')).toEqual([]);
    expect(description(plotTerms(lactate, Number.NaN))).toBe('Membership functions: normal, raised.');
  });

  it('draws jumps as jumps, and a straight line as two points', () => {
    expect(
      lineThrough([
        [0, 0],
        [1, 1],
        [2, 2],
        [2, 5],
        [3, 5],
        [4, 5],
      ]),
    ).toBe('M0 0L2 2L2 5L4 5');
  });

  it('writes numbers and words as the language does', () => {
    expect(description(plotTerms(lactate, 1.75, { language: 'fr' }))).toContain('En 1,75 les degrés sont');
  });
});

describe('ticksOf', () => {
  it('gives few round values within the range', () => {
    const random = seededRandom(2);
    for (let round = 0; round < 300; round += 1) {
      const from = (random() - 0.5) * 10 ** Math.floor(random() * 8 - 4);
      const to = from + random() * 10 ** Math.floor(random() * 8 - 4);
      const ticks = ticksOf(from, to);
      expect(ticks.length).toBeGreaterThanOrEqual(1);
      expect(ticks.length).toBeLessThanOrEqual(7);
      const slack = (to - from) * 1e-6;
      expect(ticks.every((tick) => tick >= from - slack && tick <= to + slack)).toBe(true);
      expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b));
    }
    expect(ticksOf(0, 1, 4)).toEqual([0, 0.5, 1]);
    expect(ticksOf(3, 3)).toEqual([3]);
  });
});

describe('outputSetOf', () => {
  it('is the set whose centre the engine answers', () => {
    const random = seededRandom(4);
    const variants = [
      kb,
      vitals(
        ['aggregation: Maximum', 'aggregation: AlgebraicSum'],
        ['implication: Minimum', 'implication: AlgebraicProduct'],
      ),
      vitals(['then risk is small', 'then risk is somewhat small and risk is large']),
    ];
    // The engine's own samples, so that nothing but the set can differ.
    const values = Array.from({ length: 100 }, (_, k) => k + 0.5);
    for (let round = 0; round < 60; round += 1) {
      const variant = variants[round % variants.length] ?? kb;
      const evaluation = createEngine(variant).evaluate({ lactate: 10 * random(), map: 30 + 110 * random() });
      const set = outputSetOf(variant, variant.outputs[0] ?? risk, evaluation, values) ?? [];
      const area = set.reduce((sum, [, degree]) => sum + degree, 0);
      const centre = set.reduce((sum, [value, degree]) => sum + value * degree, 0) / area;
      const output = evaluation.outputs.get('risk');
      expect(centre).toBeCloseTo(output?.status === 'determinate' ? output.value : Number.NaN, 9);
    }
  });

  it('is none where no rule fired', () => {
    const silent = vitals(['rule: if lactate is normal and map is not low then risk is small\n', '']);
    const evaluation = createEngine(silent).evaluate({ lactate: 0.5, map: 100 });
    expect(outputSetOf(silent, risk, evaluation, [50])).toBeUndefined();
    const svg = plotOutputSet(silent, risk, evaluation);
    expect(svg).not.toContain('stroke-dasharray="4 3"');
    expect(description(svg)).toBe('Membership functions: small, large.');
  });
});

describe('plotOutputSet', () => {
  it('marks the value, and tells conclusions with their degrees', () => {
    const svg = plotOutputSet(kb, risk, createEngine(kb).evaluate({ lactate: 4, map: 50 }));
    expect(description(svg)).toBe('The rules conclude: large 0.5. The value that stands for it is 80.');
    expect(svg).toContain('>80</text>');
  });

  it('shows values of Takagi and Sugeno at their places', () => {
    const sugeno = parseFll(`Engine: s
InputVariable: a
  range: 0 1
  term: on Ramp 0 1
  term: off Ramp 1 0
OutputVariable: z
  range: 0 10
  defuzzifier: WeightedAverage
  term: low Constant 2
  term: high Constant 8
RuleBlock: r
  rule: if a is on then z is high
  rule: if a is off then z is low
`);
    const [z] = sugeno.outputs;
    const svg = plotOutputSet(sugeno, z ?? risk, createEngine(sugeno).evaluate({ a: 0.25 }));
    const stems = elements(svg, 'path').filter((path) => path['stroke-width'] === '5');
    // 52 to 402 pixels are 0 to 10; the plot is 160 high.
    expect(stems.map(({ d }) => d)).toEqual(['M122 180V60', 'M332 180V140']);
    expect(description(svg)).toContain('The value that stands for it is 3.5.');
    const unbounded = { ...(z ?? risk), range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const };
    const shown = plotOutputSet(sugeno, unbounded, createEngine(sugeno).evaluate({ a: 0.25 }));
    expect(elements(shown, 'path').filter((path) => path['stroke-width'] === '5')).toHaveLength(2);
  });
});

const GAP = ['if lactate is normal and map is not low', 'if lactate is normal and map is low'] as const;
const DEFAULT = ['  aggregation', '  default: 5\n  aggregation'] as const;
const surface = (base = kb, steps = 10) =>
  computeGrid(createEngine(base), { output: 'risk', x: 'lactate', y: 'map' }, {}, steps);

describe('computeGrid', () => {
  it('has at each place what the engine answers there', () => {
    const grid = surface();
    const engine = createEngine(kb);
    expect(grid.cells).toHaveLength(100);
    for (const [k, cell] of grid.cells.entries()) {
      const values = { lactate: grid.x.values[k % 10], map: grid.y?.values[Math.floor(k / 10)] };
      const output = engine.evaluate(values).outputs.get('risk');
      expect(cell).toEqual({ value: output?.status === 'determinate' && output.value, isDefault: false });
    }
    expect(grid.x.values[0]).toBe(0.5);
    expect(grid.y?.values.at(-1)).toBe(134.5);
  });

  it('holds other inputs at what they are given as, or in the middle of their range', () => {
    const line = (given: Record<string, number>) =>
      computeGrid(createEngine(kb), { output: 'risk', x: 'lactate' }, given, 4);
    expect(line({}).held).toEqual({ map: 85 });
    expect(line({ map: 50, lactate: 3 }).held).toEqual({ map: 50 });
    // Even steps, and where terms have corners.
    expect(line({}).x.values).toEqual([0, 1, 2, 2.5, 4, 5, 7.5, 10]);
    expect(line({ map: 500 }).cells.every((cell) => cell === undefined)).toBe(true);
  });
});

describe('plotSurface', () => {
  it('colours what is reached, and says where lowest and highest are', () => {
    const svg = plotSurface(surface(), { range: [0, 100] });
    expect(fills(svg)).toContain(colourOf(0));
    expect(fills(svg)).toContain(colourOf(1));
    expect(description(svg)).toMatch(/^Lowest: 20 at lactate 0\.5, map 79\.5\. Highest: 80 at lactate \d/);
    expect(svg).not.toContain('url(#surface-risk-lactate-map-none)"');
  });

  it('stripes what has no number and dots what a default stands in for, each with its meaning', () => {
    const striped = plotSurface(surface(vitals(GAP)), { id: 's' });
    expect(new Set(patternsIn(striped))).toEqual(new Set(['url(#s-none)']));
    expect(striped).toContain('>no number</text>');
    expect(description(striped)).toContain('No number at ');
    const dotted = plotSurface(surface(vitals(GAP, DEFAULT)), { id: 's' });
    expect(new Set(patternsIn(dotted))).toEqual(new Set(['url(#s-default)']));
    expect(description(dotted)).toContain('The default stands in at ');
  });

  it('gives one colour to values that differ in the rounding of sums alone', () => {
    const grid = surface();
    const cells = grid.cells.map((_, k) => ({ value: k % 2 === 0 ? 2 : 2 + 4e-16, isDefault: false }));
    const svg = plotSurface({ ...grid, cells }, { range: [0, 4] });
    const colours = fills(svg).filter((fill) => /^#/.test(fill ?? '') && fill !== '#7a7f8c');
    expect(new Set(colours)).toEqual(new Set([colourOf(0.5)]));
  });

  it('draws one where there is no number at all', () => {
    const svg = plotSurface({ ...surface(), cells: surface().cells.map(() => undefined) });
    expect(description(svg)).toContain('There is no number anywhere. No number at 100%');
  });

  it('refuses a line', () => {
    const line = computeGrid(createEngine(kb), { output: 'risk', x: 'lactate' }, {}, 4);
    expect(() => plotSurface(line)).toThrow(RangeError);
  });
});

describe('plotResponse', () => {
  const line = (base = kb) => computeGrid(createEngine(base), { output: 'risk', x: 'lactate' }, { map: 100 }, 50);
  const strokes = (svg: string) => elements(svg, 'path').filter(({ stroke }) => stroke === '#2f7de1');

  it('is one line where there is a number everywhere', () => {
    const svg = plotResponse(line(), { range: [0, 100], mark: 3 });
    expect(strokes(svg)).toHaveLength(1);
    expect(fills(svg)).not.toContain('url(#response-risk-lactate-none)');
    expect(svg).toContain('>3</text>');
  });

  it('is never drawn across what has no number', () => {
    const svg = plotResponse(line(vitals(GAP)), { id: 'r' });
    const [drawn] = strokes(svg);
    const stripes = elements(svg, 'rect').filter(({ fill }) => fill === 'url(#r-none)');
    expect(stripes.length).toBeGreaterThan(0);
    const end = Math.max(
      ...stripes.filter(({ height }) => height === '160').map(({ x, width }) => Number(x) + Number(width)),
    );
    expect(Number(/^M([\d.]+)/.exec(drawn?.d ?? '')?.[1])).toBeGreaterThanOrEqual(end);
  });

  it('is dashed where a default stands in', () => {
    const dashes = strokes(plotResponse(line(vitals(GAP, DEFAULT)))).map((path) => path['stroke-dasharray']);
    expect(dashes).toEqual(['6 4', '']);
  });
});
