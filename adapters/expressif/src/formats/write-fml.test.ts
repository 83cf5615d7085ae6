import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { KnowledgeBase } from '../knowledge-base.js';
import { faultsOfFml } from '../testing/fml-structure.js';
import { FML, TSK_FML } from '../testing/fml-text.js';
import { randomKnowledgeBase } from '../testing/random-knowledge-base.js';
import { expectSameResults, gridOf } from '../testing/same-results.js';
import { vitals } from '../testing/vitals.js';
import {
  chained,
  shape,
  values,
  withBlock,
  withInput,
  withOutput,
  withRule,
  withTerm,
} from '../testing/vitals-variants.js';
import { parseFll } from './parse-fll.js';
import { parseFml } from './parse-fml.js';
import { writeFml } from './write-fml.js';

const back = (kb: KnowledgeBase) => parseFml(writeFml(kb).text, { resolution: 100 }).knowledgeBase;
const is = (variable: string, term: string) => ({ kind: 'is', variable, hedges: [], term }) as const;

describe('writeFml', () => {
  it('writes what the schema of the standard asks for', () => {
    const random = seededRandom(5);
    for (let i = 0; i < 60; i += 1) {
      const { text } = writeFml(randomKnowledgeBase(random, 'all'));
      expect(faultsOfFml(text), text).toEqual([]);
    }
    expect(faultsOfFml(FML)).toEqual([]);
    expect(faultsOfFml(TSK_FML)).toEqual([]);
    expect(faultsOfFml(FML.replace('"lactate_raised"', '"map"').replace('orMethod="MAX"', 'orMethod="MIN"'))).toEqual([
      'fuzzyVariable in line 8 is called map as another is',
      'mamdaniRuleBase in line 16 has orMethod="MIN"',
      'term lactate_raised is not there',
    ]);
  });

  it('carries a rule base with its units and the names of its rules', () => {
    const { knowledgeBase } = parseFml(FML, { resolution: 100 });
    expect(back(knowledgeBase)).toEqual(knowledgeBase);
    const { text, notes } = writeFml(knowledgeBase);
    expect(text).toContain(
      '<fuzzyVariable name="lactate" scale="mmol/l" domainleft="0" domainright="10" type="input">',
    );
    expect(text).toContain('<rule name="rule_2" andMethod="MIN" orMethod="MAX" connector="or" weight="0.5">');
    expect(notes).toEqual(['The document does not say that the range of "risk" is cut into 100 steps.']);
    expect(back(parseFml(TSK_FML).knowledgeBase)).toEqual(parseFml(TSK_FML).knowledgeBase);
  });

  it('names the default even where there is none, for the standard would take 0', () => {
    expect(writeFml(vitals()).text).toContain('defaultValue="NaN"');
    expect(back(vitals()).outputs[0]?.default).toBeNaN();
  });

  it('makes names unique in the document, and gives them back', () => {
    const kb = parseFll(`Engine: x
InputVariable: x
  range: 0 1
  term: 5% Ramp 0 1
  term: é_x0041_ Ramp 1 0
InputVariable: y
  range: 0 1
  term: up Ramp 0 1
  term: low Ramp 0 1
InputVariable: y_up
  range: 0 1
  term: up Ramp 0 1
OutputVariable: z
  range: 0 1
  aggregation: Maximum
  defuzzifier: Centroid 100
  term: z Triangle 0 0.5 1
  term: z_z Triangle 0 0.5 1
RuleBlock: z
  implication: Minimum
  rule: if x is 5% then z is z
  rule: if y_up is up then z is z_z
`);
    const { text, notes } = writeFml(kb);
    expect(faultsOfFml(text)).toEqual([]);
    expect(text).toContain('<fuzzyTerm name="x__x0035__x0025_">');
    expect(text).toContain('<fuzzyTerm name="y.up">');
    expect(notes).toContain('The rule block "z" is called "z_2": a name stands once in a document.');
    const read = back(kb);
    expect(read.inputs).toEqual(kb.inputs);
    expect(read.outputs).toEqual(kb.outputs);
    expect(read.ruleBlocks[0]?.rules).toEqual(kb.ruleBlocks[0]?.rules);
  });

  it.each([
    ['<rightLinearShape param1="1" param2="2"/>', shape('Ramp', 1, 2)],
    ['<leftLinearShape param1="1" param2="2"/>', shape('Ramp', 2, 1)],
    ['<triangularShape param1="1" param2="2" param3="2"/>', shape('Triangle', 1, 2, 2)],
    ['<trapezoidShape param1="1" param2="2" param3="3" param4="4"/>', shape('Trapezoid', 1, 2, 3, 4)],
    [
      '<pointSetShape><point x="1" y="1"/><point x="2" y="0"/></pointSetShape>',
      shape('Trapezoid', Number.NEGATIVE_INFINITY, 0, 1, 2),
    ],
    ['<rectangularShape param1="1" param2="2"/>', shape('Rectangle', 2, 1)],
    ['<singletonShape param1="2"/>', shape('Rectangle', 2, 2)],
    ['<gaussianShape param1="1" param2="2"/>', shape('Gaussian', 1, 2)],
    ['<rightGaussianShape param1="1" param2="2"/>', shape('GaussianProduct', 1, 2, Number.POSITIVE_INFINITY, 1)],
    ['<leftGaussianShape param1="1" param2="2"/>', shape('GaussianProduct', Number.NEGATIVE_INFINITY, 1, 1, 2)],
    ['<zShape param1="1" param2="2"/>', shape('ZShape', 1, 2)],
    ['<sShape param1="1" param2="2"/>', shape('SShape', 1, 2)],
    ['<piShape param1="1" param2="3"/>', shape('PiShape', 1, 3, 3, 5)],
  ])('writes %s', (text, definition) => {
    const kb = withTerm({ definition });
    const written = text.replace(/^<pointSetShape>.*/, '<pointSetShape><point x="0" y="1"/>');
    expect(writeFml(kb).text).toContain(
      `<fuzzyTerm name="lactate_normal">${text.startsWith('<pointSet') ? '<pointSetShape>' : written}`,
    );
    expectSameResults(kb, back(kb), gridOf(kb, 8));
  });

  it.each([
    ['any', 'any'],
    ['extremely', 'intensify'],
    ['not', 'not'],
    ['seldom', 'seldom'],
    ['somewhat', 'somewhat'],
    ['very', 'very'],
  ] as const)('writes the hedge %s as the modifier %s', (hedge, modifier) => {
    const kb = withRule({ antecedent: { ...is('lactate', 'normal'), hedges: [hedge] } });
    expect(writeFml(kb).text).toContain(`<clause modifier="${modifier}"><variable>lactate</variable>`);
    expectSameResults(kb, back(kb), gridOf(kb, 8));
  });

  it('writes premises that AND and OR join as aggregated variables, each once', () => {
    const either = { kind: 'or', left: is('lactate', 'raised'), right: is('map', 'low') } as const;
    const kb = withRule({ antecedent: { kind: 'and', left: either, right: is('lactate', 'normal') } });
    const { text, notes } = writeFml(kb);
    expect(text.match(/<aggregatedFuzzyVariable /g)).toHaveLength(1);
    expect(notes).toContain('Premises that are joined by AND and OR are written as aggregated variables.');
    expectSameResults(kb, back(kb), gridOf(kb, 8));
    const valued = withRule(
      {
        antecedent: {
          kind: 'and',
          left: is('x', 'up'),
          right: { kind: 'or', left: is('x', 'up'), right: is('x', 'down') },
        },
      },
      values(),
    );
    expect(writeFml(withBlock({ conjunction: 'Minimum', disjunction: 'Maximum' }, valued)).notes).toContain(
      'JFML takes the aggregated premises of a tskRule for 0, and computes something else.',
    );
    const wide = withRule({
      antecedent: {
        kind: 'and',
        left: is('lactate', 'normal'),
        right: { kind: 'or', left: { kind: 'and', left: either, right: either }, right: is('map', 'low') },
      },
    });
    expect(() => writeFml(wide)).toThrow(
      'FML cannot say the premises of rule 1.1: brackets stand on both sides of "or".',
    );
  });

  it('makes two bases of a block whose rules conclude values and sets', () => {
    const [one, two] = [vitals(), values()];
    const kb: KnowledgeBase = {
      ...one,
      inputs: [...one.inputs, ...two.inputs],
      outputs: [...one.outputs, ...two.outputs],
      ruleBlocks: withBlock({
        rules: [
          ...(one.ruleBlocks[0]?.rules ?? []),
          ...(two.ruleBlocks[0]?.rules ?? []).map((rule) => ({ ...rule, id: `y${rule.id}` })),
        ],
      }).ruleBlocks,
    };
    const { text, notes } = writeFml(kb);
    expect(faultsOfFml(text)).toEqual([]);
    expect(notes).toContain('The rule block "main" was written as 2 rule bases, by what its rules conclude.');
    expectSameResults(kb, back(kb), gridOf(kb, 4));
  });

  it('adds a term to an input that has none, for the standard asks for one', () => {
    const kb = values('term: low Linear 1 2 0\n  term: high Constant 1');
    const more = {
      ...kb,
      inputs: [...kb.inputs, { ...(kb.inputs[0] as KnowledgeBase['inputs'][number]), name: 'w', terms: [] }],
    };
    expect(faultsOfFml(writeFml(more).text)).toEqual([]);
    expect(writeFml(more).notes).toContain('The input "w" has no term, and FML asks for one: "value" was added.');
    expectSameResults(more, back(more), gridOf(more, 4));
  });

  it('escapes what XML keeps for itself, and refuses what it cannot say', () => {
    expect(back(withInput({ unit: '<&">\n' })).inputs[0]?.unit).toBe('<&">');
    expect(() => writeFml(withInput({ unit: '\u0000' }))).toThrow('XML cannot say a character of a name or unit.');
  });

  it('says that numbers have more digits than the schema asks readers to keep', () => {
    const note =
      'Numbers are written with all their digits; the schema has them as 32-bit numbers, and readers may round.';
    expect(writeFml(withTerm({ definition: shape('Ramp', 0.1, 2) })).notes).toContain(note);
    expect(writeFml(withTerm({ definition: shape('Ramp', 0.5, 2) })).notes).not.toContain(note);
  });

  const weighted = { kind: 'weighted', name: 'WeightedAverage', method: 'TakagiSugeno' } as const;
  it.each([
    ['no conjunction', withBlock({ conjunction: undefined })],
    ['no implication', withBlock({ implication: undefined })],
    ['Proportional', withBlock({ activation: { name: 'Proportional' } })],
    ['First', withBlock({ activation: { name: 'First', count: 1, threshold: 0 } })],
    ['Last', withBlock({ activation: { name: 'Last', count: 1, threshold: 0 } })],
    ['Highest', withBlock({ activation: { name: 'Highest', count: 1 } })],
    ['Lowest', withBlock({ activation: { name: 'Lowest', count: 1 } })],
    ['Threshold', withBlock({ activation: { name: 'Threshold', comparison: '>', threshold: 0 } })],
    ['more than one hedge', withRule({ antecedent: { ...is('lactate', 'normal'), hedges: ['not', 'very'] } })],
    ['more than one hedge', withRule({ antecedent: { ...is('lactate', 'normal'), hedges: ['not', 'any'] } })],
    [
      'a hedge before the conclusion',
      withRule({ consequents: [{ variable: 'risk', hedges: ['not'], term: 'small' }] }),
    ],
    ['UnboundedSum', withBlock({ disjunction: 'UnboundedSum' })],
    ['NormalizedSum', withBlock({ disjunction: 'NormalizedSum' })],
    ['NormalizedSum', withOutput({ aggregation: 'NormalizedSum' })],
    ['"lactate" are moved into its range', withInput({ lockRange: true })],
    ['"lactate" is not enabled', withInput({ enabled: false })],
    ['keeps its last value', withOutput({ lockPrevious: true })],
    ['Bell', withTerm({ definition: shape('Bell', 1, 2, 3) })],
    ['PiShape', withTerm({ definition: shape('PiShape', 1, 2, 3, 4) })],
    ['Gaussian', withTerm({ definition: { ...shape('Gaussian', 1, 2), height: 0.5 } as never })],
    ['asks for the output "middle"', chained()],
    ['weighted sum', withOutput({ defuzzifier: { ...weighted, name: 'WeightedSum' } }, values())],
    ['accumulates singletons', withOutput({ defuzzifier: { ...weighted, isGrouped: true } }, values())],
    ['the method TakagiSugeno', values('term: low Function x\n  term: high Constant 1')],
    ['two variables', { ...vitals(), inputs: [], ruleBlocks: [] }],
    ['a rule at least', withBlock({ enabled: false })],
  ])('refuses to write what the standard cannot say: %s', (what, kb) => {
    expect(() => writeFml(kb)).toThrow(
      expect.objectContaining({ code: 'DH_RULES_INCONSISTENT', message: expect.stringContaining(what) }),
    );
  });
});
