import { DeepHealthError, seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import { changed, FCL, TSK_FCL } from '../testing/fcl-texts.js';
import { type FclOptions, parseFcl } from './parse-fcl.js';

type Change = readonly [part: string, other: string];

const read = (changes: readonly Change[], options: FclOptions = {}, text = FCL) =>
  parseFcl(changed(text, changes), options);
const antecedent = (condition: string, options: FclOptions = {}) =>
  read([['lactate IS normal AND NOT map IS low', condition]], options).knowledgeBase.ruleBlocks[0]?.rules[0]
    ?.antecedent;

describe('parseFcl', () => {
  it('reads variables, terms, operators and rules of IEC 61131-7', () => {
    const { knowledgeBase, dialect } = parseFcl(FCL);
    expect(dialect).toBe('iec');
    expect(knowledgeBase).toMatchObject({
      name: 'vitals',
      inputs: [
        {
          name: 'lactate',
          range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
          terms: [{ name: 'normal' }, {}],
        },
        { name: 'map', terms: [{ name: 'low', definition: { kind: 'shape', shape: 'Ramp', parameters: [75, 60] } }] },
      ],
      outputs: [
        {
          name: 'risk',
          range: [0, 100],
          aggregation: 'Maximum',
          defuzzifier: { kind: 'integral', name: 'Centroid', resolution: 1000 },
          default: 7,
          lockPrevious: false,
        },
      ],
      ruleBlocks: [{ name: 'main', conjunction: 'Minimum', disjunction: 'Maximum', implication: 'Minimum' }],
    });
    expect(knowledgeBase.ruleBlocks[0]?.rules).toMatchObject([
      {
        id: 'main.1',
        weight: 1,
        antecedent: { kind: 'and', right: { variable: 'map', hedges: ['not'], term: 'low' } },
      },
      { id: 'main.2', weight: 0.5, consequents: [{ variable: 'risk', term: 'large' }] },
    ]);
  });

  it('says what the text does not say', () => {
    expect(parseFcl(FCL).notes).toEqual([
      'No range is named for the input "lactate": every number is taken.',
      'No range is named for the input "map": every number is taken.',
      'The range of "risk" is cut into 1000 steps, which the text does not say.',
    ]);
    expect(read([['  DEFAULT := 7;\n', '']]).notes).toContain(
      'No default is named for "risk": it is indeterminate where no rule fires, and jFuzzyLogic keeps the last value.',
    );
    expect(read([['  RANGE := (0 .. 100);\n', '']]).notes).toContain(
      'No RANGE is named for the output "risk": it goes from its first corner, 0, to its last, 100.',
    );
    expect(read([['  ACT : MIN;\n', '']]).notes).toContain(
      'No activation (ACT) is named in the rule block "main": MIN stands in, as in jFuzzyLogic.',
    );
    expect(read([['  AND : MIN;\n  OR : MAX;\n', '']]).notes).toContain(
      'The rule block "main" names neither AND nor OR: MIN and MAX stand in, as in jFuzzyLogic.',
    );
  });

  it('takes words of the language in any case, and names so where no other fits better', () => {
    const lower = FCL.replace(/[A-Z_]{2,}/g, (word) => word.toLowerCase()).replaceAll('lactate IS', 'LACTATE is');
    expect(parseFcl(lower).knowledgeBase).toEqual(parseFcl(FCL).knowledgeBase);
    expect(read([['lactate IS normal', 'Lactate IS NORMAL']]).knowledgeBase).toEqual(parseFcl(FCL).knowledgeBase);
  });

  it.each(['// to the end\n', '/* within * lines\n */', '(* as in * Pascal\n *)', '# as fuzzylite\n'])(
    'passes over the comment %j wherever a blank may stand',
    (comment) => {
      expect(parseFcl(FCL.replaceAll(' ', ` ${comment} `)).knowledgeBase).toEqual(parseFcl(FCL).knowledgeBase);
    },
  );

  it('reads other line ends alike, and counts lines by them', () => {
    expect(parseFcl(FCL.replaceAll('\n', '\r\n')).knowledgeBase).toEqual(parseFcl(FCL).knowledgeBase);
    for (const end of ['\n', '\r\n', '\r']) {
      expect(() => parseFcl(FCL.replace('OR : MAX', 'OR : MIX').replaceAll('\n', end))).toThrow('Line 24, column 8:');
    }
  });

  it.each([
    ['COG', 'Centroid'],
    ['COA', 'Bisector'],
    ['LM', 'SmallestOfMaximum'],
    ['RM', 'LargestOfMaximum'],
    ['MM', 'MeanOfMaximum'],
  ])('reads the method %s as %s', (method, name) => {
    expect(read([['METHOD : COG', `METHOD : ${method}`]]).knowledgeBase.outputs[0]?.defuzzifier).toMatchObject({
      name,
    });
  });

  it('keeps the last value where the default is NC', () => {
    expect(read([['DEFAULT := 7', 'DEFAULT := NC']]).knowledgeBase.outputs[0]).toMatchObject({
      default: Number.NaN,
      lockPrevious: true,
    });
  });

  it('gives AND the partner of OR, and the other way round, where one of them stands alone', () => {
    const operators = (changes: readonly Change[]) => read(changes).knowledgeBase.ruleBlocks[0];
    expect(
      operators([
        ['  OR : MAX;\n', ''],
        ['AND : MIN', 'AND : PROD'],
      ]),
    ).toMatchObject({
      conjunction: 'AlgebraicProduct',
      disjunction: 'AlgebraicSum',
    });
    expect(
      operators([
        ['  AND : MIN;\n', ''],
        ['OR : MAX', 'OR : BSUM'],
      ]),
    ).toMatchObject({
      conjunction: 'BoundedDifference',
      disjunction: 'BoundedSum',
    });
  });

  it('passes NOT on to what stands in brackets', () => {
    expect(antecedent('NOT (lactate IS normal AND map IS NOT low)')).toMatchObject({
      kind: 'or',
      left: { variable: 'lactate', hedges: ['not'] },
      right: { variable: 'map', hedges: [] },
    });
    expect(antecedent('NOT NOT lactate IS normal')).toMatchObject({ kind: 'is', hedges: [] });
    const hamacher = (rule: string) =>
      read([
        ['  OR : MAX;\n', ''],
        ['AND : MIN', 'AND : HAMACHER'],
        ['lactate IS normal AND NOT map IS low', rule],
      ]);
    expect(() => hamacher('NOT (lactate IS normal AND map IS low)')).toThrow(
      "Line 26, column 20: NOT stands before a bracket, and the AND and OR of the block do not fulfil de Morgan's law.",
    );
    expect(hamacher('NOT lactate IS normal AND map IS low').dialect).toBe('jfuzzylogic');
  });

  it('refuses AND after OR, which engines group in different ways, unless told how', () => {
    const condition = 'lactate IS normal OR map IS low AND lactate IS raised';
    expect(() => antecedent(condition)).toThrow(
      'Line 27, column 15: AND stands after OR: the standard binds AND closer, jFuzzyLogic does not; set brackets.',
    );
    expect(antecedent(condition, { andAfterOr: 'and-first' })).toMatchObject({ kind: 'or', right: { kind: 'and' } });
    expect(antecedent(condition, { andAfterOr: 'left-to-right' })).toMatchObject({ kind: 'and', left: { kind: 'or' } });
    expect(antecedent('map IS low AND lactate IS raised OR lactate IS normal')).toMatchObject({
      kind: 'or',
      left: { kind: 'and' },
    });
  });

  it.each([
    ['TRIAN 0 1 2', { shape: 'Triangle', parameters: [0, 1, 2] }],
    ['TRAPE 0 1 2 3', { shape: 'Trapezoid', parameters: [0, 1, 2, 3] }],
    ['GAUSS 1 0.5', { shape: 'Gaussian', parameters: [1, 0.5] }],
    ['GAUSS2 1 0.5 2 0.25', { shape: 'GaussianProduct', parameters: [1, 0.5, 2, 0.25] }],
    ['GBELL 2 4 6', { shape: 'Bell', parameters: [6, 2, 4] }],
    ['SIGM -4 3', { shape: 'Sigmoid', parameters: [3, -4] }],
    ['COSINE 2 5', { shape: 'Cosine', parameters: [5, 4] }],
    ['DSIGM 2 1 2 3', { shape: 'SigmoidDifference', parameters: [1, 2, 2, 3] }],
  ])("reads jFuzzyLogic's %s", (text, definition) => {
    const { knowledgeBase, dialect } = read([['(2, 1) (3, 0)', text]]);
    expect(knowledgeBase.inputs[0]?.terms[0]?.definition).toMatchObject(definition);
    expect(dialect).toBe('jfuzzylogic');
  });

  it('takes a singleton of an input for what holds at its value alone', () => {
    expect(read([['(2, 1) (3, 0)', '2']]).knowledgeBase.inputs[0]?.terms[0]?.definition).toMatchObject({
      shape: 'Rectangle',
      parameters: [2, 2],
    });
  });

  it("reads fuzzylite's form, where AND binds closer and outputs may be asked for", () => {
    const { knowledgeBase, dialect } = read([
      ['  ACCU : MAX;\n', ''],
      ['METHOD : COG', 'ACCU : ASUM;\n  LOCK : RANGE;\n  METHOD : COG'],
      ['DEFAULT := 7', 'DEFAULT := nan | NC'],
      ['(2, 1) (3, 0)', 'Gaussian 2 0.5 0.75'],
      ['FUZZIFY map', 'FUZZIFY map\n  RANGE := (-inf .. 140);\n  ENABLED : FALSE;'],
      ['lactate IS normal AND NOT map IS low', 'lactate is any or map is not very low and lactate is raised'],
      ['WITH 0.5;', 'with 0.5'],
    ]);
    expect(dialect).toBe('fuzzylite');
    expect(knowledgeBase.outputs[0]).toMatchObject({
      aggregation: 'AlgebraicSum',
      lockRange: true,
      lockPrevious: true,
    });
    expect(knowledgeBase.inputs[0]?.terms[0]?.definition).toMatchObject({ shape: 'Gaussian', height: 0.75 });
    expect(knowledgeBase.inputs[1]).toMatchObject({ enabled: false, range: [Number.NEGATIVE_INFINITY, 140] });
    expect(knowledgeBase.ruleBlocks[0]?.rules[0]?.antecedent).toMatchObject({
      kind: 'or',
      left: { hedges: ['any'] },
      right: { kind: 'and', left: { hedges: ['not', 'very'] } },
    });
  });

  it('reads the first function block, or the one that is named', () => {
    const two = `${FCL}${FCL.replace('vitals', 'other')}`;
    expect(parseFcl(two).notes).toContain('The text holds the function blocks "vitals", "other"; the first was read.');
    expect(parseFcl(two, { functionBlock: 'other' }).knowledgeBase.name).toBe('other');
    expect(() => parseFcl(two, { functionBlock: 'third' })).toThrow(
      'No function block is called "third"; there are "vitals", "other".',
    );
  });

  it('reads singletons, of which those that rules conclude together are accumulated', () => {
    const value = (changes: readonly Change[], x: number) => {
      const { knowledgeBase } = read(changes, {}, TSK_FCL);
      return createEngine(knowledgeBase).evaluate({ x }).outputs.get('y');
    };
    // Degrees 0.25 and 0.75 conclude 1, and 0.5 concludes 9.
    expect(value([], 0.25)).toMatchObject({ value: (0.75 * 1 + 0.5 * 9) / 1.25 });
    expect(value([['ACCU : MAX', 'ACCU : SUM']], 0.25)).toMatchObject({ value: (1 * 1 + 0.5 * 9) / 1.5 });
    expect(value([['ACCU : MAX', 'ACCU : PROBOR']], 0.25)).toMatchObject({
      value: (0.8125 * 1 + 0.5 * 9) / 1.3125,
    });
  });

  it('reads functions of inputs, and binds ^ and % as jFuzzyLogic does', () => {
    const term = (text: string) =>
      read([['high := 9', `high := FUNCTION ${text}`]], {}, TSK_FCL).knowledgeBase.outputs[0]?.terms[1];
    expect(term('2 * x + 1 - x / 4')).toMatchObject({ definition: { kind: 'linear', coefficients: [1.75, 1] } });
    expect(term('-3')).toMatchObject({ definition: { kind: 'constant', value: -3 } });
    expect(term('(2 + 1) * 3')).toMatchObject({ definition: { kind: 'constant', value: 9 } });
    expect(term('x * x')).toMatchObject({ definition: { formula: 'x * x' } });
    expect(term('2 * x % 3 ^ 2 + LN(x) * LOG (x) - abs(-1)')).toMatchObject({
      definition: { formula: '2 * ((x % 3) ^ 2) + log(x) * log10(x) - abs((-1))' },
    });
  });

  it.each([
    [[['FUNCTION_BLOCK vitals', 'BLOCK vitals']], 'Line 1, column 1: expected "FUNCTION_BLOCK", got "BLOCK".'],
    [[['lactate : REAL', 'lactate : STRING']], 'Line 3, column 13: expected REAL, got "STRING".'],
    [[['map : REAL;', 'lactate : REAL;']], 'Line 4, column 3: "lactate" is declared twice.'],
    [[['FUZZIFY map', 'FUZZIFY mop']], 'Line 13, column 1: "mop" is not declared in VAR_INPUT.'],
    [[['FUZZIFY map', 'FUZZIFY lactate']], 'Line 13, column 1: "lactate" is defined twice.'],
    [[['TERM raised', 'TERM normal']], /^Line 11, column 8: the term "normal" stands twice, first in line 10/],
    [
      [['(2, 1) (3, 0)', '(2, 1) (1, 0)']],
      'Line 10, column 26: the points of a term stand in ascending order; 1 comes after 2.',
    ],
    [[['(2, 1) (3, 0)', '(2, 1.5)']], 'Line 10, column 22: a degree is 0 to 1, got 1.5.'],
    [[['(2, 1) (3, 0)', '(2; 1)']], 'Line 10, column 20: expected ",", got ";".'],
    [[['(2, 1) (3, 0)', '(1e999, 1)']], 'Line 10, column 19: expected a number, got "1e999".'],
    [[['(2, 1) (3, 0)', 'TRIAN 3 2 1']], 'Line 10, column 18: expected numbers in ascending order, got 3 2 1.'],
    [[['(2, 1) (3, 0)', 'TRIAN 1 2']], 'Line 10, column 27: expected a number, got ";".'],
    [[['(2, 1) (3, 0)', 'GAUSS 1 0']], 'Line 10, column 18: expected a number above 0, got 0.'],
    [[['(2, 1) (3, 0)', 'SINGLETONS (1, 1)']], 'Line 10, column 18: SINGLETONS are not read: write a term for each.'],
    [
      [['(2, 1) (3, 0)', 'HAT 1 2']],
      /^Line 10, column 18: "HAT" is no membership function; there are points, a number, TRIAN,/,
    ],
    [[['(2, 1) (3, 0)', 'low']], /^Line 10, column 18: "low" is no membership function/],
    [
      [['RANGE := (0 .. 100)', 'RANGE := (100 .. 0)']],
      'Line 18, column 13: expected a lowest and a highest value, got 100 and 0.',
    ],
    [[['DEFAULT := 7', 'DEFAULT := x']], 'Line 20, column 14: expected a number or NC, got "x".'],
    [[['METHOD : COG', 'METHOD : COM']], /^Line 19, column 12: expected one of COG, COA, .*, got "COM"/],
    [[['DEFAULT := 7;', 'DEFAULT := 7; DEFAULT := 8;']], 'Line 20, column 17: DEFAULT stands twice, first in line 20.'],
    [[['AND : MIN', 'AND : MAX']], /^Line 23, column 9: expected one of MIN, PROD, .*, got "MAX"/],
    [[['IF lactate', 'WENN lactate']], 'Line 27, column 12: expected "IF", got "WENN".'],
    [[['lactate IS normal AND', 'lactate normal AND']], 'Line 27, column 23: expected "IS", got "normal".'],
    [[['risk IS small', 'risk IS']], 'Line 27, column 64: expected the name of a term, got ";".'],
    [[['WITH 0.5', 'WITH 1.5']], /^Line 28, column \d+: expected a weight from 0 to 1, got 1.5/],
    [[['WITH 0.5', 'WITH nan']], /^Line 28, column \d+: expected a weight from 0 to 1, got NaN/],
    [[['RULE 2', 'RULE 1']], 'Line 28, column 8: two rules are called "main.1".'],
    [[['lactate IS normal', '(lactate IS normal']], /^Line 27, column \d+: expected "\)", got "THEN"/],
    [
      [['END_FUNCTION_BLOCK\n', '']],
      'Line 30, column 1: expected VAR_INPUT, VAR_OUTPUT, FUZZIFY, DEFUZZIFY, RULEBLOCK or END_FUNCTION_BLOCK, got the end of the text.',
    ],
    [[['END_RULEBLOCK', '']], /^Line 30, column 1: expected RULE, .* or END_RULEBLOCK, got "END_FUNCTION_BLOCK"/],
    [[['VAR_INPUT\n', 'VAR_INPUT (* \n']], 'Line 2, column 11: the comment has no end.'],
    [[['VAR_INPUT\n', 'VAR_INPUT ¤\n']], 'Line 2, column 11: "¤" has no meaning here.'],
    [[['VAR_INPUT\n', 'VAR_INPUT 🫀\n']], 'Line 2, column 11: "🫀" has no meaning here.'],
    [[['map IS low', 'risk IS small']], /^Line 27, column 8: the rule asks for the output "risk"/],
    [
      [
        ['(2, 1) (3, 0)', 'TRIAN 0 1 2'],
        ['METHOD : COG', 'ACCU : MAX; METHOD : COG'],
      ],
      'Line 19, column 3: ACCU in DEFUZZIFY is of fuzzylite\'s form, and "TRIAN" in line 10 is of jFuzzyLogic\'s.',
    ],
  ] as readonly (readonly [readonly Change[], string | RegExp])[])(
    'refuses %j by line and column',
    (changes, message) => {
      expect(() => read(changes)).toThrow(
        expect.objectContaining({
          code: 'DH_RULES_MALFORMED',
          message: typeof message === 'string' ? message : expect.stringMatching(message),
        }),
      );
    },
  );

  it.each([
    [[['  ACCU : MAX;\n', '']], /^No accumulation \(ACCU\) is named for "risk"/],
    [[['  METHOD : COG;\n', '']], 'The output "risk" names no METHOD.'],
    [
      [['AND : MIN', 'AND : PROD']],
      'The rule block "main" names an AND and an OR that are no pair, as the standard demands.',
    ],
    [[['METHOD : COG', 'METHOD : COGS']], 'The term "small" of "risk" is no singleton, which COGS asks for.'],
    [[['(2, 1) (3, 0)', 'DSIGM 1 1 2 3']], /^A term by DSIGM is below 0 somewhere/],
    [[['(2, 1) (3, 0)', 'DSIGM 1 3 1 1']], /^A term by DSIGM is below 0 somewhere/],
  ] as readonly (readonly [readonly Change[], string | RegExp])[])(
    'refuses %j, which nothing here can hold',
    (changes, message) => {
      expect(() => read(changes)).toThrow(
        expect.objectContaining({
          code: 'DH_RULES_INCONSISTENT',
          message: typeof message === 'string' ? message : expect.stringMatching(message),
        }),
      );
    },
  );

  it('refuses singletons of one value under two names, which accumulation takes for one', () => {
    expect(() => read([['high := 9', 'high := 1']], {}, TSK_FCL)).toThrow(
      'The terms "low" and "high" of "y" are one singleton to ACCU: give rules one of them.',
    );
    expect(() => read([['high := 9', 'high := FUNCTION z']], {}, TSK_FCL)).toThrow(
      'Line 14, column 42: "z" is no input.',
    );
  });

  it('leaves unknown names to the engine, which refuses them', () => {
    const { knowledgeBase } = read([['lactate IS normal', 'lactate IS absent']]);
    expect(() => createEngine(knowledgeBase)).toThrow(expect.objectContaining({ code: 'DH_RULES_INCONSISTENT' }));
  });

  it('refuses brackets, NOTs, functions and premises in thousands without running out of stack', () => {
    const [open, close] = ['('.repeat(20_000), ')'.repeat(20_000)];
    expect(() => antecedent(`${open}map IS low${close}`)).toThrow(/more than 100 brackets/);
    expect(() => antecedent(`${'NOT '.repeat(20_000)}map IS low`)).toThrow(/more than 100 brackets/);
    expect(() => antecedent(`map IS low${' AND map IS low'.repeat(20_000)}`)).toThrow(/more than 500 premises/);
    const formula = (text: string) => () => read([['high := 9', `high := FUNCTION ${text}`]], {}, TSK_FCL);
    expect(formula(`${open}x${close}`)).toThrow(/more than 50 deep/);
    expect(formula(`x${' ^ x'.repeat(20_000)}`)).toThrow(/more than 50 deep/);
  });

  it('takes the range of 200,000 points without running out of stack', () => {
    const points = Array.from({ length: 200_000 }, (_, i) => `(${i},0.5)`).join(' ');
    const { knowledgeBase } = read([
      ['(60, 0) (80, 1) (100, 0)', points],
      ['  RANGE := (0 .. 100);\n', ''],
    ]);
    expect(knowledgeBase.outputs[0]?.range).toEqual([0, 199_999]);
  });

  it('refuses functions whose coefficients would fill the memory', () => {
    const inputs = Array.from({ length: 2000 }, (_, i) => `v${i} : REAL;`).join(' ');
    const terms = Array.from({ length: 501 }, (_, i) => `TERM f${i} := FUNCTION x;`).join(' ');
    const changes: readonly Change[] = [
      ['x : REAL;', `x : REAL; ${inputs}`],
      ['TERM low := 1;', `TERM low := 1; ${terms}`],
    ];
    expect(() => read(changes, {}, TSK_FCL)).toThrow('functions of more than 1000000 coefficients in all are not read');
  });

  it('reads 10,000 rules', () => {
    const rules = Array.from({ length: 10_000 }, (_, i) => `  RULE ${i + 3} : IF map IS low THEN risk IS large;\n`);
    const { knowledgeBase } = parseFcl(FCL.replace('END_RULEBLOCK', `${rules.join('')}END_RULEBLOCK`));
    expect(knowledgeBase.ruleBlocks[0]?.rules).toHaveLength(10_002);
  });

  it('answers broken texts with a rule base or a named error, and nothing else', () => {
    const random = seededRandom(11);
    const below = (count: number): number => Math.floor(random() * count);
    const pieces = [
      ':=',
      '(',
      ')',
      '(*',
      '//',
      'nan',
      '-',
      'NOT',
      'RULE',
      '..',
      ';',
      '\n',
      '|',
      '#',
      '__proto__',
      '9'.repeat(400),
      'é',
      'ACCU : MAX;',
      'FUNCTION',
      '^',
    ];
    for (let i = 0; i < 1500; i += 1) {
      const source = i % 2 === 0 ? FCL : TSK_FCL;
      const at = below(source.length);
      const text = `${source.slice(0, at)}${pieces[below(pieces.length)]}${source.slice(at + below(6))}`;
      try {
        expect(parseFcl(text).knowledgeBase.name).toBeTypeOf('string');
      } catch (error) {
        expect(error, text).toBeInstanceOf(DeepHealthError);
        expect((error as DeepHealthError).code).toMatch(/^DH_RULES_(MALFORMED|INCONSISTENT)$/);
      }
    }
  });
});
