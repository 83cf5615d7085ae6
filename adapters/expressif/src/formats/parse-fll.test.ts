import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import { VITALS, vitals, vitalsText } from '../testing/vitals.js';
import { parseFll } from './parse-fll.js';

describe('parseFll', () => {
  it('reads variables, terms, operators and rules', () => {
    const read = vitals();
    expect(read.name).toBe('vitals');
    expect(read.inputs.map(({ name, range }) => [name, range])).toEqual([
      ['lactate', [0, 10]],
      ['map', [30, 140]],
    ]);
    expect(read.outputs[0]).toMatchObject({
      aggregation: 'Maximum',
      defuzzifier: { kind: 'integral', name: 'Centroid', resolution: 100 },
      default: Number.NaN,
    });
    expect(read.ruleBlocks[0]?.rules).toMatchObject([
      {
        id: '1.1',
        weight: 1,
        antecedent: {
          kind: 'and',
          left: { kind: 'is', variable: 'lactate', hedges: [], term: 'normal' },
          right: { kind: 'is', variable: 'map', hedges: ['not'], term: 'low' },
        },
      },
      { id: '1.2', weight: 0.5, consequents: [{ variable: 'risk', hedges: [], term: 'large' }] },
    ]);
  });

  it('binds "and" closer than "or", and groups both from the left', () => {
    const rule = 'if lactate is raised or map is low and lactate is normal or map is any then risk is large';
    const read = vitals(['if lactate is raised or map is low then risk is large with 0.5', rule]);
    expect(read.ruleBlocks[0]?.rules[1]?.antecedent).toMatchObject({
      kind: 'or',
      left: { kind: 'or', left: { term: 'raised' }, right: { kind: 'and' } },
      right: { hedges: ['any'] },
    });
  });

  it('reads other line ends and comments alike', () => {
    expect(parseFll(VITALS.replaceAll('\n', '\r\n'))).toEqual(vitals());
    expect(parseFll(VITALS.replaceAll('\n', ' # what it is for\n'))).toEqual(vitals());
  });

  it.each([
    [['Engine: vitals', 'Motor: vitals'], 'Line 1, column 1: a rule base begins with "Engine:".'],
    [['  range: 0 10', '  range: 10 0'], 'Line 3, column 10: expected a lowest and a highest value, got "10 0".'],
    [['Ramp 2 1', 'Rump 2 1'], /^Line 4, column 9: "Rump" is no shape; there are Triangle, /],
    [['Ramp 2 1', 'Ramp 2'], 'Line 4, column 9: Ramp takes start, end and may take a height; got 1 numbers.'],
    [['Ramp 2 1', 'Ramp 2 1e999'], 'Line 4, column 9: expected a number, got "1e999".'],
    [['Ramp 2 1', 'Ramp 2 nan'], 'Line 4, column 9: a parameter of a term is not a number (nan).'],
    [['Ramp 2 1', 'Ramp 2 1 7'], 'Line 4, column 9: a height is 0 to 1, got 7.'],
    [['term: raised', 'term: normal'], 'Line 5, column 9: the term "normal" stands in line 4 already.'],
    [['  range: 30 140', '  range: 30 140\n  range: 0 1'], 'Line 8, column 3: "range" stands twice, first in line 7.'],
    [['  range: 30 140', '  rnage: 30 140'], 'Line 7, column 3: "rnage" is no property of InputVariable.'],
    [['  range: 30 140', '  range 30 140'], 'Line 7, column 3: expected "key: value".'],
    [['Centroid 100', 'Centroid 0'], 'Line 12, column 16: expected a whole number from 1 to 1000000, got "0".'],
    [['Centroid 100', 'Center'], /^Line 12, column 16: expected one of Centroid, /],
    [
      ['conjunction: Minimum', 'conjunction: Maximum'],
      /^Line 16, column 16: expected one of Minimum, .* got "Maximum"/,
    ],
    [['if lactate is normal', 'lactate is normal'], 'Line 19, column 9: expected "if", got "lactate".'],
    [['map is not low', 'map not low'], 'Line 19, column 38: expected "is", got "not".'],
    [['risk is small', 'risk is'], 'Line 19, column 61: expected the name of a term, got the end of the rule.'],
    [['with 0.5', 'with 1.5'], 'Line 20, column 68: expected a weight from 0 to 1 after "with", got "1.5".'],
    [['with 0.5', 'with'], 'Line 20, column 67: expected a weight from 0 to 1 after "with", got the end of the rule.'],
    [['lactate is raised or', '(lactate is raised or'], 'Line 20, column 45: expected ")", got "then".'],
    [['with 0.5', 'if'], 'Line 20, column 63: the rule goes on with "if" where it should end.'],
  ] as const)('refuses %s', (change, message) => {
    expect(() => parseFll(vitalsText(change))).toThrow(
      expect.objectContaining({
        code: 'DH_RULES_MALFORMED',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }),
    );
  });

  it('refuses brackets in thousands without running out of stack', () => {
    const deep = `${'('.repeat(5000)}lactate is normal${')'.repeat(5000)}`;
    expect(() => vitals(['lactate is normal', deep])).toThrow(/more than 100 brackets/);
  });

  it('refuses a chain of premises that evaluation could not go down', () => {
    const chain = (count: number) => Array.from({ length: count }, () => 'lactate is normal').join(' and ');
    expect(() => vitals(['lactate is normal', chain(20_000)])).toThrow(/more than 500 premises/);
    const longest = vitals(['lactate is normal', chain(499)]);
    expect(createEngine(longest).evaluate({ lactate: 1, map: 140 }).outputs.get('risk')?.status).toBe('determinate');
  });

  it('answers broken texts with a rule base or a named error, and nothing else', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const pieces = [
      ':',
      '(',
      ')',
      'nan',
      'inf',
      '-',
      'is',
      'and',
      'any',
      '\n',
      '#',
      ' ',
      '__proto__',
      '9'.repeat(400),
      'é',
    ];
    for (let i = 0; i < 5000; i += 1) {
      const at = random(VITALS.length);
      const text = `${VITALS.slice(0, at)}${pieces[random(pieces.length)]}${VITALS.slice(at + random(6))}`;
      try {
        expect(parseFll(text).name).toBeTypeOf('string');
      } catch (error) {
        expect(error, text).toBeInstanceOf(DeepHealthError);
        expect((error as DeepHealthError).code).toBe('DH_RULES_MALFORMED');
      }
    }
  });
});
