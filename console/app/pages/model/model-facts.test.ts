import { describe, expect, it } from 'vitest';
import { readModelFacts, tableOf } from './model-facts.js';

describe('what is read of a model', () => {
  const manifest = {
    intendedUse: 'Research.',
    limitations: ['One.', 2],
    inputs: [
      {
        name: 'patient',
        kind: 'table',
        columns: [
          { name: 'age', type: 'number', unit: 'a', validRange: [18, 100], trainingRange: [29, 77], missing: 'refuse' },
          { name: 'vessels', type: 'number', validRange: [0, 3], missing: { impute: 0.66 } },
          { name: 'sex', type: 'category', categories: ['female', 'male'], missing: 'refuse' },
        ],
      },
    ],
    outputs: [{ name: 'risk', kind: 'classification', classes: [{ label: 'no' }, { label: 'yes', threshold: 0.4 }] }],
  };

  it('has units, ranges, categories and what stands for a missing value', () => {
    const [age, vessels, sex] = readModelFacts(manifest, {}).inputs[0]?.columns ?? [];
    expect(age).toMatchObject({ type: 'number', unit: 'a', validRange: [18, 100], trainingRange: [29, 77] });
    expect(age).not.toHaveProperty('replacement');
    expect(vessels).toMatchObject({ replacement: '0.66', unit: '' });
    expect(sex).toMatchObject({ type: 'category', categories: ['female', 'male'] });
  });

  it('has thresholds only where there are any', () => {
    expect(readModelFacts(manifest, {}).outputs[0]?.classes).toEqual([
      { label: 'no' },
      { label: 'yes', threshold: 0.4 },
    ]);
  });

  it('takes numbers that came as text, as 64-bit ones do', () => {
    const facts = readModelFacts({}, { batching: { servedSizes: ['1', 8], reason: 'Proven.' } });
    expect(facts.servedSizes).toEqual([1, 8]);
  });

  it.each([{}, { inputs: 'none', outputs: [null], limitations: {} }, { inputs: [{ columns: [7], channels: [null] }] }])(
    'is what is there, whatever is not: %j',
    (broken) => {
      const facts = readModelFacts(broken, broken);
      expect(facts.isResearchOnly).toBe(true);
      expect(facts.limits).toEqual([]);
    },
  );

  it('is a form only for a single table', () => {
    expect(tableOf(readModelFacts(manifest, {}))?.name).toBe('patient');
    expect(tableOf(readModelFacts({ inputs: [...manifest.inputs, { name: 'x', kind: 'image' }] }, {}))).toBeUndefined();
    expect(tableOf(readModelFacts({ inputs: [{ name: 'x', kind: 'image' }] }, {}))).toBeUndefined();
  });
});
