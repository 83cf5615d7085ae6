import { DeepHealthError, seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import { changed } from '../testing/fcl-texts.js';
import { FML, TSK_FML } from '../testing/fml-text.js';
import { expectSameResults, gridOf } from '../testing/same-results.js';
import { vitals } from '../testing/vitals.js';
import { parseFml } from './parse-fml.js';

type Change = readonly [part: string, other: string];

const read = (changes: readonly Change[], text = FML) => parseFml(changed(text, changes));
const firstTerm = (shape: string, attributes = '') =>
  read([
    ['<leftLinearShape param1="1" param2="2"/>', shape],
    ['name="lactate_normal"', `name="lactate_normal"${attributes}`],
  ]).knowledgeBase.inputs[0]?.terms[0]?.definition;
const and = '<clause modifier="not"><variable>map</variable><term>low</term></clause>';

describe('parseFml', () => {
  it('reads variables with their units, terms, operators and rules', () => {
    const { knowledgeBase, notes } = parseFml(FML);
    expect(notes).toEqual(['The range of "risk" is cut into 1000 steps, which the document does not say.']);
    expect(knowledgeBase).toMatchObject({
      name: 'vitals',
      inputs: [
        {
          name: 'lactate',
          unit: 'mmol/l',
          range: [0, 10],
          lockRange: false,
          terms: [{ name: 'normal' }, { name: 'raised' }],
        },
        { name: 'map', range: [30, 140], terms: [{ name: 'low' }] },
      ],
      outputs: [
        { name: 'risk', aggregation: 'Maximum', default: 7, defuzzifier: { name: 'Centroid', resolution: 1000 } },
      ],
      ruleBlocks: [{ name: 'main', conjunction: 'Minimum', disjunction: 'Maximum', implication: 'Minimum' }],
    });
    expect(knowledgeBase.ruleBlocks[0]?.rules).toMatchObject([
      { id: 'calm', weight: 1, antecedent: { kind: 'and', right: { hedges: ['not'], term: 'low' } } },
      { id: '2', weight: 0.5, antecedent: { kind: 'or' }, consequents: [{ variable: 'risk', term: 'large' }] },
    ]);
    const same = { ...vitals(), outputs: vitals().outputs.map((output) => ({ ...output, default: 7 })) };
    expectSameResults(same, parseFml(FML, { resolution: 100 }).knowledgeBase, gridOf(same, 12));
  });

  it("takes the standard's defaults where something is not said, and says which", () => {
    const { knowledgeBase, notes } = read([[' defaultValue="7"', '']]);
    expect(knowledgeBase.outputs[0]?.default).toBe(0);
    expect(notes).toContain('No default is named for "risk": it is 0 where no rule fires, by the standard.');
    const bare = read([[' activationMethod="MIN" andMethod="MIN" orMethod="MAX"', '']]).knowledgeBase;
    expect(bare).toEqual(parseFml(FML).knowledgeBase);
  });

  it('lets a rule that names no method follow its base, and says so where the schema would have it otherwise', () => {
    const { knowledgeBase, notes } = read([['andMethod="MIN"', 'andMethod="PROD"']]);
    expect(knowledgeBase.ruleBlocks[0]?.conjunction).toBe('AlgebraicProduct');
    expect(notes).toContain(
      'Rules that name no andMethod follow their rule base, as in JFML; by the schema it would be Minimum.',
    );
  });

  it('makes two blocks of rules that are joined by different norms', () => {
    const { knowledgeBase, notes } = read([
      ['connector="or"', 'connector="and" andMethod="PROD"'],
      ['name="calm"', 'name="calm" orMethod="BSUM"'],
    ]);
    expect(knowledgeBase.ruleBlocks).toMatchObject([
      { name: 'main', conjunction: 'Minimum', disjunction: 'Maximum' },
      { name: 'main_2', conjunction: 'AlgebraicProduct' },
    ]);
    expect(notes).toContain('Rules of "main" are joined by different norms and were read as 2 rule blocks.');
  });

  const one = (shape: string, parameters: readonly number[]) => ({ kind: 'shape', shape, parameters, height: 1 });
  const INF = Number.POSITIVE_INFINITY;
  it.each([
    ['<rightLinearShape param1="1" param2="2"/>', one('Ramp', [1, 2])],
    ['<leftLinearShape param1="1" param2="2"/>', one('Ramp', [2, 1])],
    ['<piShape param1="1" param2="3"/>', one('PiShape', [1, 3, 3, 5])],
    ['<triangularShape param1="1" param2="2" param3="2"/>', one('Triangle', [1, 2, 2])],
    ['<gaussianShape param1="1" param2="2"/>', one('Gaussian', [1, 2])],
    ['<rightGaussianShape param1="1" param2="2"/>', one('GaussianProduct', [1, 2, INF, 1])],
    ['<leftGaussianShape param1="1" param2="2"/>', one('GaussianProduct', [-INF, 1, 1, 2])],
    ['<trapezoidShape param1="1" param2="2" param3="3" param4="4.5e0"/>', one('Trapezoid', [1, 2, 3, 4.5])],
    ['<singletonShape param1="1"/>', one('Rectangle', [1, 1])],
    ['<rectangularShape param1="1" param2="2"/>', one('Rectangle', [1, 2])],
    ['<zShape param1="1" param2="2"/>', one('ZShape', [1, 2])],
    ['<sShape param1="1" param2="2"/>', one('SShape', [1, 2])],
    [
      '<pointSetShape><point x="3" y="0.5"/><point x="1" y="0"/></pointSetShape>',
      {
        kind: 'discrete',
        points: [
          [1, 0],
          [3, 0.5],
        ],
      },
    ],
  ])('reads %s', (shape, definition) => expect(firstTerm(shape)).toMatchObject(definition));

  it('makes a gaussian with one shoulder of a left or right one', () => {
    const degree = (shape: string, x: number) => {
      const { knowledgeBase } = read([
        ['<leftLinearShape param1="60" param2="75"/>', shape],
        [and, ''],
        ['<term>lactate_normal', '<term>lactate_raised'],
      ]);
      return createEngine(knowledgeBase).evaluate({ lactate: 1, map: x }).rules[1]?.degree;
    };
    expect(degree('<leftGaussianShape param1="60" param2="10"/>', 40)).toBe(0.5);
    expect(degree('<leftGaussianShape param1="60" param2="10"/>', 70)).toBeCloseTo(0.5 * Math.exp(-0.5), 12);
    expect(degree('<rightGaussianShape param1="60" param2="10"/>', 80)).toBe(0.5);
    expect(degree('<rightGaussianShape param1="60" param2="10"/>', 50)).toBeCloseTo(0.5 * Math.exp(-0.5), 12);
  });

  it('turns the complement of a term into the term that it is', () => {
    const complement = ' complement="True"';
    expect(firstTerm('<zShape param1="1" param2="2"/>', complement)).toMatchObject({ shape: 'SShape' });
    expect(firstTerm('<leftLinearShape param1="1" param2="2"/>', complement)).toMatchObject(one('Ramp', [1, 2]));
    expect(firstTerm('<triangularShape param1="1" param2="2" param3="3"/>', complement)).toMatchObject({
      points: [
        [1, 1],
        [2, 0],
        [3, 1],
      ],
    });
    expect(() => firstTerm('<gaussianShape param1="1" param2="2"/>', complement)).toThrow(
      'The complement of the curve "lactate_normal" is not read: a rule base cannot hold it.',
    );
  });

  it.each([
    ['any', 'any'],
    ['intensify', 'extremely'],
    ['not', 'not'],
    ['seldom', 'seldom'],
    ['somewhat', 'somewhat'],
    ['very', 'very'],
  ])('reads the modifier %s as the hedge %s', (modifier, hedge) => {
    const rule = read([['modifier="not"', `modifier="${modifier}"`]]).knowledgeBase.ruleBlocks[0]?.rules[0];
    expect(rule?.antecedent).toMatchObject({ right: { hedges: [hedge] } });
  });

  it.each(['above', 'below', 'norm', 'plus', 'more_or_less', 'slightly', 'extremely', 'custom_x'])(
    'refuses the modifier %s, which is no hedge of ours',
    (modifier) => {
      expect(() => read([['modifier="not"', `modifier="${modifier}"`]])).toThrow(
        expect.objectContaining({ code: 'DH_RULES_INCONSISTENT', message: expect.stringContaining(`"${modifier}"`) }),
      );
    },
  );

  it('reads order 1 with the constant first and the inputs in their order, and Tsukamoto', () => {
    const { knowledgeBase } = parseFml(TSK_FML);
    expect(knowledgeBase.outputs[0]?.terms).toMatchObject([
      { definition: { kind: 'constant', value: 5 } },
      { definition: { kind: 'linear', coefficients: [2, 0, 1] } },
    ]);
    const { outputs } = createEngine(knowledgeBase).evaluate({ x: 0.5, z: 0 });
    expect(outputs.get('y')).toMatchObject({ value: 2 });
    expect(outputs.get('v')).toMatchObject({ value: 0.5 });
    expect(() => read([['<tskValue>2</tskValue>', '<tskValue>2</tskValue>'.repeat(3)]], TSK_FML)).toThrow(
      'Line 9, column 5: the term "slope" has 3 coefficients for 2 inputs.',
    );
  });

  it('puts what aggregated variables and circular definitions stand for in their place', () => {
    const clause = (term: string) => `<clause><variable>lactate</variable><term>lactate_${term}</term></clause>`;
    const aggregated = `<aggregatedFuzzyVariable name="both" type="input"><aggregatedFuzzyTerm name="hold"><or>
      <and>${clause('normal')}${clause('raised')}</and>${and}</or></aggregatedFuzzyTerm></aggregatedFuzzyVariable>`;
    const changes: readonly Change[] = [
      [and, '<clause><variable>both</variable><term>hold</term></clause>'],
      ['  </knowledgeBase>', `${aggregated}  </knowledgeBase>`],
    ];
    expect(read(changes).knowledgeBase.ruleBlocks[0]?.rules[0]?.antecedent).toMatchObject({
      kind: 'and',
      left: { term: 'normal' },
      right: { kind: 'or', left: { kind: 'and' }, right: { hedges: ['not'] } },
    });
    const inItself = '<clause><variable>both</variable><term>hold</term></clause>';
    expect(() => read([...changes, [clause('raised'), inItself]])).toThrow(
      'The aggregated variable "both" stands in another, which is not read.',
    );
    expect(() => read([...changes, ['<and>', '<and t-norm="PROD">']])).toThrow(/joins by "and" in two ways/);
    const circular =
      '<fuzzyTerm name="odd"><circularDefinition><or><termName>low</termName><termName complement="true">low</termName></or></circularDefinition></fuzzyTerm>';
    const odd = read([
      ['<fuzzyTerm name="low">', `${circular}<fuzzyTerm name="low">`],
      ['modifier="not"><variable>map</variable><term>low', '><variable>map</variable><term>odd'],
    ]);
    expect(odd.knowledgeBase.inputs[1]?.terms).toHaveLength(1);
    expect(odd.knowledgeBase.ruleBlocks[0]?.rules[0]?.antecedent).toMatchObject({
      right: { kind: 'or', left: { hedges: [], term: 'low' }, right: { hedges: ['not'], term: 'low' } },
    });
  });

  it('leaves out what is not of the standard, and says so', () => {
    const { notes } = read([['<knowledgeBase>', '<knowledgeBase><x xmlns="urn:x"><y/></x>']]);
    expect(notes).toContain('The element "x" is not of the standard and was left out.');
  });

  it.each([
    [
      [['fuzzySystem xmlns="http://www.ieee1855.org"', 'fuzzySystem']],
      /^Line 2, column 1: a document of IEEE 1855 begins with/,
    ],
    [
      [
        ['<knowledgeBase>', '<knowledgeBases>'],
        ['</knowledgeBase>', '</knowledgeBases>'],
      ],
      /^Line 3, column 3: "knowledgeBases" does not stand in fuzzySystem/,
    ],
    [[['weight="0.5"', 'weigth="0.5"']], 'Line 24, column 5: "weigth" is no attribute of rule that is read here.'],
    [[['weight="0.5"', 'weight="1.5"']], 'Line 24, column 5: a weight is 0 to 1, got 1.5.'],
    [[['weight="0.5"', 'weight="half"']], 'Line 24, column 5: expected a number, got "half".'],
    [
      [['connector="or"', 'connector="xor"']],
      /^Line 24, column 5: "connector" is one of and, AND, or, OR; "xor" is not read/,
    ],
    [[['name="map" domainleft="30"', 'name="map"']], 'Line 8, column 5: fuzzyVariable has no "domainleft".'],
    [[['domainleft="30"', 'domainleft="300"']], 'Line 8, column 5: domainleft lies above domainright: 300 and 140.'],
    [[['name="map"', 'name="lactate"']], 'Line 8, column 5: two variables are called "lactate".'],
    [[['name="lactate_raised"', 'name="lactate_normal"']], 'Line 6, column 7: two terms are called "lactate_normal".'],
    [[['type="output"', 'type="both"']], 'Line 11, column 5: the type of a fuzzyVariable is input or output.'],
    [
      [['leftLinearShape param1="60"', 'leftLinearShape param1="80"']],
      'Line 9, column 29: param1 lies below param2 in leftLinearShape, got 80 and 75.',
    ],
    [
      [['param2="20"', 'param2="-20"']],
      'Line 12, column 36: the numbers of triangularShape stand in ascending order, got 0 -20 40.',
    ],
    [[['param2="20"', 'param2="INF"']], 'Line 12, column 36: the numbers of triangularShape are finite.'],
    [[[' param3="40"', '']], 'Line 12, column 36: triangularShape has no "param3".'],
    [
      [['triangularShape param1="0"', 'roundShape param1="0"']],
      /^Line 12, column 36: "roundShape" does not stand in fuzzyTerm/,
    ],
    [[['andMethod="MIN"', 'andMethod="min"']], /^Line 16, column 3: "andMethod" is one of MIN, .*; "min" is not read/],
    [
      [['defaultValue="7"', 'defaultValue="7" defuzzifier="custom_x"']],
      /^Line 11, column 5: "defuzzifier" is one of MOM, LM, RM, COG, COA; "custom_x" is not read/,
    ],
    [[['<variable>map', '<variable>mop']], 'Line 20, column 32: "mop" is no variable.'],
    [[['<term>low', '<term>high']], 'Line 20, column 56: "high" is no term of "map".'],
    [
      [['<then><clause><variable>risk</variable><term>risk_small', '<then><clause><variable>map</variable><term>low']],
      'Line 22, column 25: "map" is no output and cannot be concluded.',
    ],
    [
      [
        [
          '<clause><variable>lactate</variable><term>lactate_normal',
          '<clause><variable>risk</variable><term>risk_small',
        ],
      ],
      'Line 19, column 9: a premise asks for the output "risk", which the standard gives no meaning.',
    ],
    [
      [
        ['name="rule_2"', 'name="calm"'],
        ['<mamdaniRuleBase name="main"', '<mamdaniRuleBase name="main"'],
      ],
      undefined,
    ],
    [[['<consequent><then>', '<consequent><then/><then>']], 'Line 22, column 7: a consequent holds one then.'],
    [
      [
        ['<antecedent>', '<premises>'],
        ['</antecedent>', '</premises>'],
      ],
      /^Line 18, column 7: "premises" does not stand in rule/,
    ],
  ] as readonly (readonly [readonly Change[], string | RegExp | undefined])[])(
    'refuses %j by line and column',
    (changes, message) => {
      if (message === undefined) {
        // Two rules of one name are told apart by their bases, where those differ.
        expect(read(changes).knowledgeBase.ruleBlocks[0]?.rules.map(({ id }) => id)).toEqual(['calm', 'main.calm']);
        return;
      }
      expect(() => read(changes)).toThrow(
        expect.objectContaining({
          code: 'DH_RULES_MALFORMED',
          message: typeof message === 'string' ? message : expect.stringMatching(message),
        }),
      );
    },
  );

  it.each([
    [
      'else',
      [
        [
          '</then></consequent>',
          '</then><else><clause><variable>risk</variable><term>risk_large</term></clause></else></consequent>',
        ],
      ],
    ],
    ['customShape', [['<leftLinearShape param1="1" param2="2"/>', '<customShape name="custom_x"/>']]],
    [
      '"lagrange"',
      [
        [
          '<leftLinearShape param1="1" param2="2"/>',
          '<pointSetShape interpolationMethod="lagrange"><point x="1" y="0"/></pointSetShape>',
        ],
      ],
    ],
    ['AnYa', [['<knowledgeBase>', '<knowledgeBase><anYaDataCloud name="c"><datum>1</datum></anYaDataCloud>']]],
    ['AnYa', [['  <mamdaniRuleBase', '  <anYaRuleBase name="a"/><mamdaniRuleBase']]],
    ['consequent', [['<then><clause>', '<then><clause modifier="very">']]],
  ] as readonly (readonly [string, readonly Change[]])[])(
    'refuses %s, which a rule base cannot hold',
    (what, changes) => {
      expect(() => read(changes)).toThrow(
        expect.objectContaining({ code: 'DH_RULES_INCONSISTENT', message: expect.stringContaining(what) }),
      );
    },
  );

  it('refuses terms whose coefficients would fill the memory', () => {
    const term = '<fuzzyTerm name="T"><singletonShape param1="1"/></fuzzyTerm>';
    const inputs = Array.from(
      { length: 2000 },
      (_, i) =>
        `<fuzzyVariable name="v${i}" domainleft="0" domainright="1">${term.replace('"T"', `"t${i}"`)}</fuzzyVariable>`,
    );
    const slopes = Array.from(
      { length: 501 },
      (_, i) => `<tskTerm name="s${i}" order="1"><tskValue>1</tskValue></tskTerm>`,
    );
    const changes: readonly Change[] = [
      ['    <tskVariable', `${inputs.join('')}<tskVariable`],
      ['<tskTerm name="flat"', `${slopes.join('')}<tskTerm name="flat"`],
    ];
    expect(() => read(changes, TSK_FML)).toThrow(
      'Terms of order 1 with more than 1000000 coefficients in all are not read.',
    );
  });

  it('refuses premises in thousands, and reads 10,000 rules', () => {
    expect(() => read([[and, and.repeat(600)]])).toThrow(/more than 500 premises/);
    const rule = FML.slice(FML.indexOf('    <rule name="calm">'), FML.indexOf('    <rule name="rule_2"'));
    const many = Array.from({ length: 10_000 }, (_, i) => rule.replace('calm', `r${i}`)).join('');
    expect(
      read([['  </mamdaniRuleBase>', `${many}  </mamdaniRuleBase>`]]).knowledgeBase.ruleBlocks[0]?.rules,
    ).toHaveLength(10_002);
  });

  it('answers broken documents with a rule base or a named error, and nothing else', () => {
    const random = seededRandom(12);
    const below = (count: number): number => Math.floor(random() * count);
    const pieces = [
      '<',
      '/>',
      '"',
      '&',
      'INF',
      'NaN',
      '<clause/>',
      '<and>',
      'x',
      '\n',
      '1e999',
      '__proto__',
      ' type="output"',
      '<!DOCTYPE a>',
    ];
    for (let i = 0; i < 800; i += 1) {
      const source = i % 2 === 0 ? FML : TSK_FML;
      const at = below(source.length);
      // Half of the time only within what stands between quotes or tags, so that the document stays well-formed.
      const word = /[\w.]+/g;
      word.lastIndex = at;
      const found = word.exec(source);
      const text =
        i % 4 < 2 || found === null
          ? `${source.slice(0, at)}${pieces[below(pieces.length)]}${source.slice(at + below(6))}`
          : `${source.slice(0, found.index)}${['0', '-1', 'map', 'NaN', 'low', 'input', 'INF'][below(7)]}${source.slice(found.index + found[0].length)}`;
      try {
        expect(parseFml(text).knowledgeBase.name).toBeTypeOf('string');
      } catch (error) {
        expect(error, text).toBeInstanceOf(DeepHealthError);
        expect((error as DeepHealthError).code).toMatch(/^DH_RULES_(MALFORMED|INCONSISTENT)$/);
      }
    }
  });
});
