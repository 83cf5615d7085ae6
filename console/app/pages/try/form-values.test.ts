import { describe, expect, it } from 'vitest';
import { text } from '../../text/text.js';
import type { ColumnFacts } from '../model/model-facts.js';
import { parseForm, valuesOfExample } from './form-values.js';

const column = (name: string, more: Partial<ColumnFacts> = {}): ColumnFacts => ({
  name,
  type: 'number',
  description: '',
  unit: '',
  categories: [],
  ...more,
});

const COLUMNS: readonly ColumnFacts[] = [
  column('age', { unit: 'a', validRange: [18, 100], trainingRange: [29, 77] }),
  column('vessels', { replacement: '0.66' }),
  column('angina', { type: 'boolean' }),
  column('sex', { type: 'category', categories: ['female', 'male'] }),
];
const WHOLE = { age: '54', vessels: '0', angina: 'false', sex: 'male' };

describe('a form', () => {
  it('becomes values with their units and types', () => {
    expect(parseForm(COLUMNS, WHOLE).values).toEqual({
      age: { value: 54, unit: 'a' },
      vessels: { value: 0 },
      angina: { value: false },
      sex: { value: 'male' },
    });
  });

  it('leaves out what the model replaces, and needs all else', () => {
    expect(parseForm(COLUMNS, { ...WHOLE, vessels: ' ' }).values).not.toHaveProperty('vessels');
    const { values, problems } = parseForm(COLUMNS, { ...WHOLE, age: '' });
    expect(values).toBeUndefined();
    expect(problems).toEqual({ age: text.try.needed });
  });

  it.each(['1,5', '5O', '1 000', 'NaN', 'Infinity', '0x20', '--5', '1e999'])('takes %s for no number', (age) => {
    expect(parseForm(COLUMNS, { ...WHOLE, age })).toMatchObject({ problems: { age: text.try.notNumber } });
  });

  it.each(['54.5', '.5e2', '+54', '5.4e1', '54.'])('takes %s for a number', (age) => {
    expect(parseForm(COLUMNS, { ...WHOLE, age }).problems).toEqual({});
  });

  it('refuses what is outside the accepted range, and warns outside that of the training data', () => {
    expect(parseForm(COLUMNS, { ...WHOLE, age: '17.9' }).problems).toEqual({ age: text.try.outOfRange(18, 100) });
    expect(parseForm(COLUMNS, { ...WHOLE, age: '18' })).toMatchObject({ problems: {}, outsideTraining: ['age'] });
    expect(parseForm(COLUMNS, { ...WHOLE, age: '29' }).outsideTraining).toEqual([]);
  });
});

describe('an example in a form', () => {
  it('is what somebody would type', () => {
    expect(valuesOfExample(COLUMNS, { age: { value: 54, unit: 'a' }, angina: { value: false }, sex: 'male' })).toEqual({
      age: '54',
      angina: 'false',
      sex: 'male',
    });
  });

  it('leaves empty what is missing', () => {
    expect(valuesOfExample(COLUMNS, { age: 54, vessels: { value: null } })).toEqual({ age: '54' });
  });

  it('is none in another unit, which the form could not say', () => {
    expect(valuesOfExample(COLUMNS, { age: { value: 648, unit: 'mo' } })).toBeUndefined();
  });

  it.each([null, 7, 'x', [], {}, { inputs: { age: 5 } }])('is none of %j', (example) => {
    expect(valuesOfExample(COLUMNS, example)).toBeUndefined();
  });
});
