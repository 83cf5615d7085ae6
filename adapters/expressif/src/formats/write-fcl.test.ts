import { describe, expect, it } from 'vitest';
import type { KnowledgeBase, Rule } from '../knowledge-base.js';
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
import { parseFcl } from './parse-fcl.js';
import { parseFll } from './parse-fll.js';
import { writeFcl } from './write-fcl.js';
import { writeFll } from './write-fll.js';

const back = (kb: KnowledgeBase) => parseFcl(writeFcl(kb).text, { resolution: 100 });

describe('writeFcl', () => {
  it('writes the form of IEC 61131-7, with points and capital letters', () => {
    expect(writeFcl(withOutput({ default: 7 }))).toEqual({
      text: `FUNCTION_BLOCK vitals
VAR_INPUT
  lactate : REAL; RANGE := (0 .. 10);
  map : REAL; RANGE := (30 .. 140);
END_VAR
VAR_OUTPUT
  risk : REAL;
END_VAR
FUZZIFY lactate
  TERM normal := (1, 1) (2, 0);
  TERM raised := (1, 0) (4, 1);
END_FUZZIFY
FUZZIFY map
  TERM low := (60, 1) (75, 0);
END_FUZZIFY
DEFUZZIFY risk
  RANGE := (0 .. 100);
  TERM small := (0, 0) (20, 1) (40, 0);
  TERM large := (60, 0) (80, 1) (100, 0);
  METHOD : COG;
  DEFAULT := 7;
END_DEFUZZIFY
RULEBLOCK main
  AND : MIN;
  OR : MAX;
  ACT : MIN;
  ACCU : MAX;
  RULE 1 : IF lactate IS normal AND map IS NOT low THEN risk IS small;
  RULE 2 : IF lactate IS raised OR map IS low THEN risk IS large WITH 0.5;
END_RULEBLOCK
END_FUNCTION_BLOCK
`,
      notes: [
        'The ranges of inputs are written as jFuzzyLogic adds them to the standard.',
        'The text does not say that the range of "risk" is cut into 100 steps.',
        'Rules are cited by the names of their block and their own, which are not what they were.',
      ],
    });
  });

  it('writes what fuzzylite reads: its own terms, ACCU in DEFUZZIFY and small letters', () => {
    const { text } = writeFcl(withTerm({ definition: shape('Gaussian', 1, 0.5) }), { dialect: 'fuzzylite' });
    expect(text).toContain('FUZZIFY lactate\n  RANGE := (0 .. 10);\n  TERM normal := Gaussian 1 0.5;\n');
    expect(text).toContain('  METHOD : COG;\n  ACCU : MAX;\n  DEFAULT := nan;\nEND_DEFUZZIFY\n');
    expect(text).toContain('  RULE 2 : if lactate is raised or map is low then risk is large with 0.5;\n');
    expect(text).not.toContain('END_DEFUZZIFY\nRULEBLOCK main\n  AND : MIN;\n  OR : MAX;\n  ACT : MIN;\n  ACCU');
  });

  it('says in the form of fuzzylite what IEC cannot say', () => {
    const kb = withOutput(
      { lockRange: true, lockPrevious: true, aggregation: 'HamacherSum' },
      withBlock({ conjunction: 'EinsteinProduct', disjunction: 'Maximum', implication: 'HamacherProduct' }),
    );
    const { text } = writeFcl(kb, { dialect: 'fuzzylite' });
    expect(parseFcl(text, { resolution: 100 }).knowledgeBase).toEqual({
      ...kb,
      ruleBlocks: kb.ruleBlocks.map((block) => ({
        ...block,
        rules: block.rules.map((rule, i) => ({ ...rule, id: `main.${i + 1}` })),
      })),
    });
    const ends = writeFcl(chained(), { dialect: 'fuzzylite' });
    expectSameResults(chained(), parseFcl(ends.text, { resolution: 100 }).knowledgeBase, gridOf(chained(), 9));
  });

  it('sets brackets wherever AND and OR meet', () => {
    const condition = '(lactate is normal and map is low) or lactate is raised and map is any';
    const rule = vitals(['lactate is normal and map is not low', condition.replace('any', 'low')]);
    expect(writeFcl(rule).text).toContain(
      'IF (lactate IS normal AND map IS low) OR (lactate IS raised AND map IS low) THEN',
    );
  });

  it.each([
    ['GAUSS 1 2', shape('Gaussian', 1, 2)],
    ['GAUSS2 1 2 3 4', shape('GaussianProduct', 1, 2, 3, 4)],
    ['GBELL 2 3 1', shape('Bell', 1, 2, 3)],
    ['SIGM -2 1', shape('Sigmoid', 1, -2)],
    ['COSINE 2 1', shape('Cosine', 1, 4)],
    ['DSIGM 2 1 2 3', shape('SigmoidDifference', 1, 2, 2, 3)],
    ['2', shape('Rectangle', 2, 2)],
    ['(1, 1) (2, 0)', shape('Trapezoid', Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 2)],
  ])('writes %s', (text, definition) => {
    const kb = withTerm({ definition });
    expect(writeFcl(kb).text).toContain(`TERM normal := ${text};`);
    expectSameResults(kb, back(kb).knowledgeBase, gridOf(kb, 8));
  });

  it('writes values as singletons or functions, and sums where a value is concluded twice', () => {
    expect(writeFcl(values()).text).toMatch(
      /TERM low := 1;\n {2}TERM high := 9;\n {2}METHOD : COGS;[\s\S]*ACCU : MAX;/,
    );
    const twice = values(undefined, ['up', 'down', 'down']);
    expect(writeFcl(twice).text).toContain('ACCU : SUM;');
    const linear = values('term: low Linear 2 -0.5\n  term: high Function x * x + 1', ['up', 'down', 'down']);
    expect(writeFcl(linear).text).toMatch(
      /low := FUNCTION 2 \* x \+ -0.5;\n {2}TERM high := FUNCTION x \* x \+ 1;\n {2}METHOD : COGF;/,
    );
    for (const kb of [values(), twice, linear]) expectSameResults(kb, back(kb).knowledgeBase, gridOf(kb, 9));
  });

  it('accumulates singletons where the rule base does', () => {
    const terms = values(undefined, ['up', 'down', 'down']);
    const defuzzifier = { kind: 'weighted', name: 'WeightedAverage', method: 'TakagiSugeno', isGrouped: true } as const;
    const kb = withOutput({ defuzzifier, aggregation: 'AlgebraicSum' }, terms);
    expect(writeFcl(kb).text).toContain('ACCU : PROBOR;');
    expect(back(kb).knowledgeBase.outputs[0]).toMatchObject({ defuzzifier, aggregation: 'AlgebraicSum' });
    expectSameResults(kb, back(kb).knowledgeBase, gridOf(kb, 9));
  });

  it('names only the connectives that are used, for the others might be no pair', () => {
    const kb = withBlock({
      conjunction: 'AlgebraicProduct',
      rules: vitals().ruleBlocks[0]?.rules.slice(0, 1) as Rule[],
    });
    expect(writeFcl(kb).text).toContain('RULEBLOCK main\n  AND : PROD;\n  ACT : MIN;\n  ACCU : MAX;\n');
    expectSameResults(kb, back(kb).knowledgeBase, gridOf(kb, 8));
  });

  it('says the default that there is, NC for the last value, and nothing where nothing is known', () => {
    expect(writeFcl(withOutput({ lockPrevious: true })).text).toContain('DEFAULT := NC;');
    const { text, notes } = writeFcl(vitals());
    expect(text).not.toContain('DEFAULT');
    expect(notes).toContain(
      'No default is written for "risk": it is not known where no rule fires. jFuzzyLogic keeps the last value.',
    );
  });

  it('gives names that the language has, and says which', () => {
    const kb = withTerm(
      { name: '5-10 %' },
      vitals(['InputVariable: map', 'InputVariable: Min'], ['map is', 'Min is'], ['map is', 'Min is']),
    );
    const renamed = withRule({ antecedent: { kind: 'is', variable: 'lactate', hedges: [], term: '5-10 %' } }, kb);
    const { text, notes } = writeFcl(renamed);
    expect(text).toContain('RULE 1 : IF lactate IS term_5_10__ THEN');
    expect(text).toContain('Min_ IS low');
    expect(notes).toContain('The variable "Min" is called "Min_", as the language has it.');
    expect(notes).toContain('The term of "lactate" "5-10 %" is called "term_5_10__", as the language has it.');
    const twice = {
      ...renamed,
      inputs: [...renamed.inputs, { ...(renamed.inputs[0] as KnowledgeBase['inputs'][number]), name: 'LACTATE' }],
    };
    expect(writeFcl(twice).text).toContain('  LACTATE_2 : REAL;');
  });

  it('leaves out what is not enabled, and says so', () => {
    const { text, notes } = writeFcl(withRule({ enabled: false }));
    expect(text).not.toContain('small THEN');
    expect(text).toContain('RULE 1 : IF lactate IS raised');
    expect(notes).toContain('Rules of "main" that are not enabled were left out.');
  });

  const renamedInFormula = parseFll(
    writeFll(values('term: low Function x * 2', ['up']))
      .replaceAll('x is', 'a.b is')
      .replace('Variable: x', 'Variable: a.b')
      .replace('x *', 'a.b *'),
  );
  const premise = { kind: 'is', variable: 'lactate', hedges: ['very'], term: 'normal' } as const;
  const weighted = { kind: 'weighted', name: 'WeightedAverage', method: 'TakagiSugeno' } as const;
  it.each([
    ['no conjunction', withBlock({ conjunction: undefined })],
    ['no disjunction', withBlock({ disjunction: undefined })],
    ['no implication', withBlock({ implication: undefined })],
    ['is no variable', withRule({ antecedent: { ...premise, variable: 'x; RULE' } })],
    ['Proportional', withBlock({ activation: { name: 'Proportional' } })],
    ['First', withBlock({ activation: { name: 'First', count: 1, threshold: 0 } })],
    ['Last', withBlock({ activation: { name: 'Last', count: 1, threshold: 0 } })],
    ['Highest', withBlock({ activation: { name: 'Highest', count: 1 } })],
    ['Lowest', withBlock({ activation: { name: 'Lowest', count: 1 } })],
    ['Threshold', withBlock({ activation: { name: 'Threshold', comparison: '>', threshold: 0 } })],
    ['"very"', withRule({ antecedent: premise })],
    [
      'a hedge before the conclusion',
      withRule({ consequents: [{ variable: 'risk', hedges: ['not'], term: 'small' }] }),
    ],
    [
      'EinsteinProduct',
      withBlock({
        conjunction: 'EinsteinProduct',
        disjunction: undefined,
        rules: vitals().ruleBlocks[0]?.rules.slice(0, 1) as Rule[],
      }),
    ],
    ['no pair', withBlock({ conjunction: 'AlgebraicProduct' })],
    ['HamacherProduct', withBlock({ implication: 'HamacherProduct' })],
    ['DrasticSum', withOutput({ aggregation: 'DrasticSum' })],
    ['"lactate" are moved into its range', withInput({ lockRange: true })],
    ['"lactate" is not enabled', withInput({ enabled: false })],
    ['"risk" is not enabled', withOutput({ enabled: false })],
    ['keeps its last value', withOutput({ default: 1, lockPrevious: true })],
    ['ZShape', withTerm({ definition: shape('ZShape', 1, 2) })],
    ['Gaussian', withTerm({ definition: { ...shape('Gaussian', 1, 2), height: 0.5 } as never })],
    ['GaussianProduct', withTerm({ definition: shape('GaussianProduct', 3, 1, 1, 1) })],
    ['SigmoidDifference', withTerm({ definition: shape('SigmoidDifference', 1, 2, 3, 4) })],
    ['Triangle', withTerm({ definition: shape('Triangle', 3, 2, 1) })],
    ['a range with one end', withInput({ range: [0, Number.POSITIVE_INFINITY] })],
    ['asks for the output "middle"', chained()],
    ['weighted sum', withOutput({ defuzzifier: { ...weighted, name: 'WeightedSum' } }, values())],
    [
      'fuzzy set "low"',
      withOutput({ defuzzifier: { ...weighted, method: 'Tsukamoto' } }, values('term: low Ramp 0 1', ['up'])),
    ],
    ['formula', values('term: low Function sin(x)', ['up'])],
    ['moved into its range', withOutput({ lockRange: true }, values())],
    [
      'are two',
      withOutput(
        { defuzzifier: { ...weighted, isGrouped: true } },
        values('term: low Constant 1\n  term: high Constant 1'),
      ),
    ],
  ])('refuses to write what the standard cannot say: %s', (what, kb) => {
    expect(() => writeFcl(kb)).toThrow(
      expect.objectContaining({ code: 'DH_RULES_INCONSISTENT', message: expect.stringContaining(what) }),
    );
  });

  it.each([
    ['Highest', withBlock({ activation: { name: 'Highest', count: 1 } })],
    ['"lactate" are moved into its range', withInput({ lockRange: true })],
    ['accumulates singletons', withOutput({ defuzzifier: { ...weighted, isGrouped: true } }, values())],
    ['method Tsukamoto', withOutput({ defuzzifier: { ...weighted, method: 'Tsukamoto' } }, values())],
    ['formula', values('term: low Function x // 2', ['up'])],
    ['formula', renamedInFormula],
  ])('refuses to write what fuzzylite cannot read: %s', (what, kb) => {
    expect(() => writeFcl(kb, { dialect: 'fuzzylite' })).toThrow(
      expect.objectContaining({ code: 'DH_RULES_INCONSISTENT', message: expect.stringContaining(what) }),
    );
  });
});
