import { describe, expect, it } from 'vitest';
import type { RuleBaseBinding, VariableBinding } from '../bindings/expressif-binding.js';
import { parseDecisionRequest } from './parse-decision-request.js';
import { ruleInputs } from './rule-inputs.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const VARIABLES: Readonly<Record<string, VariableBinding>> = {
  lactate: { unit: 'mmol/L', maxAgeS: 3600 },
  score: { unit: '1' },
  years: { unit: 'a', column: 'age' },
  sex: { unit: '1', column: 'sex', numbers: { female: 0, male: 1, unknown: null } },
  risk: { unit: '1', model: { as: 'value', output: 'o', label: 'l', unit: '1' } },
};
const binding = { variables: VARIABLES } as unknown as RuleBaseBinding;
const inputs = (values: unknown) =>
  ruleInputs(
    binding,
    new Set(['age', 'sex', 'smoker']),
    parseDecisionRequest(Buffer.from(JSON.stringify({ values }))),
    NOW,
  );

describe('ruleInputs', () => {
  it('takes values by the name of the column or of the variable, and leaves what was not said missing', () => {
    const found = inputs({ age: { value: 63, unit: 'a' }, sex: 'male', score: 2, smoker: true });
    expect(Object.fromEntries(found)).toEqual({ score: 2, years: 63, sex: 1 });
    expect(inputs({ score: null }).get('score')).toBeUndefined();
    expect(inputs({ sex: 'unknown' }).get('sex')).toBeUndefined();
    expect(inputs({ score: { degrees: { high: 0.5 } } }).get('score')).toEqual({ degrees: { high: 0.5 } });
  });

  it('takes a value until it has its age', () => {
    const at = (time: string) => inputs({ lactate: { value: 2, unit: 'mmol/L', at: time } }).get('lactate');
    expect(at('2026-03-01T11:00:00.001Z')).toBe(2);
    expect(at('2026-03-01T11:00:00Z')).toEqual({ absent: 'expired' });
    expect(at('2026-03-01T12:59:59+02:00')).toEqual({ absent: 'expired' });
    expect(inputs({ lactate: { value: null, at: '2026-03-01T11:59:00Z' } }).get('lactate')).toBeUndefined();
  });

  it.each([
    [
      'a unit that is missing',
      { lactate: { value: 2.25, at: '2026-03-01T11:59:00Z' } },
      'DH_UNIT_MISMATCH',
      '/values/lactate',
    ],
    ['another unit', { age: { value: 756.25, unit: 'mo' } }, 'DH_UNIT_MISMATCH', '/values/age'],
    ['a unit of a bare number', { score: { value: 2.25, unit: 'a' } }, 'DH_UNIT_MISMATCH', '/values/score'],
    ['an unknown category', { sex: 'Mallory' }, 'DH_CATEGORY_UNKNOWN', '/values/sex'],
    ['a category that is a name of every object', { sex: 'constructor' }, 'DH_CATEGORY_UNKNOWN', '/values/sex'],
    ['a number for a category', { sex: 756.25 }, 'DH_REQUEST_MALFORMED', '/values/sex'],
    ['a text for a number', { score: 'Mallory' }, 'DH_REQUEST_MALFORMED', '/values/score'],
    ['a time that is missing', { lactate: { value: 2.25, unit: 'mmol/L' } }, 'DH_REQUEST_MALFORMED', '/values/lactate'],
    [
      'a time to come',
      { score: { value: 2.25, at: '2026-03-01T12:00:01Z' } },
      'DH_REQUEST_MALFORMED',
      '/values/score/at',
    ],
    ['what the model gives', { risk: 0.25 }, 'DH_REQUEST_MALFORMED', '/values/risk'],
    ['the variable by its own name beside its column', { years: 63 }, 'DH_REQUEST_MALFORMED', '/values/years'],
    ['what nobody knows', { shoe_size: 756.25 }, 'DH_REQUEST_MALFORMED', '/values/shoe_size'],
    ['a name with a line break', { 'a\nb': 1 }, 'DH_REQUEST_MALFORMED', '/values/a?b'],
  ])('refuses %s, and repeats no value', (_, values, code, field) => {
    expect(() => inputs(values)).toThrow(
      expect.objectContaining({
        code,
        message: expect.not.stringMatching(/Mallory|2\.25|756/),
        details: expect.objectContaining({ field }),
      }),
    );
  });
});

describe('parseDecisionRequest', () => {
  it.each([
    ['no JSON', '{"values": {"Mallory"'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['a field twice', '{"values": {"a": 1, "a": 2}}'],
    ['no values', '{}'],
    ['a field that is none', '{"values": {}, "Mallory": 1}'],
    ['a value that is a list', '{"values": {"a": [756.25]}}'],
    ['a degree above 1', '{"values": {"a": {"degrees": {"t": 756.25}}}}'],
    ['a moment without a zone', '{"values": {}, "at": "2026-03-01T12:00:00"}'],
    ['a moment that does not exist', '{"values": {}, "at": "2026-13-41T12:00:00Z"}'],
    ['a language that is none of ours', '{"values": {}, "languages": ["de"]}'],
    ['a number beyond all', '{"values": {"a": 1e999}}'],
    ['a number beyond all with its unit', '{"values": {"a": {"value": -1e999, "unit": "a"}}}'],
    ['a request id with a space', '{"values": {}, "requestId": "Mallory X"}'],
  ])('refuses %s, and repeats nothing', (_, text) => {
    expect(() => parseDecisionRequest(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'DH_REQUEST_MALFORMED', message: expect.not.stringMatching(/Mallory X|756/) }),
    );
  });

  it('writes in no language where no explanation is wanted', () => {
    const request = parseDecisionRequest(Buffer.from('{"values": {}, "explain": false, "languages": ["fr"]}'));
    expect(request.languages).toEqual([]);
  });
});
