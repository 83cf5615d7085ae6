import { describe, expect, it } from 'vitest';
import { compareFeatures } from './compare-features.js';
import { parseDeclaration } from './declaration.js';

const RIGHT = `
implementation: {organization: acme, project: acme-runtime, version: 2.3.1, url: https://acme.example, contact: [ops@acme.example]}
contract: v1
profiles: [runtime-core, runtime-streaming]
features: {batching: true, sequences: false}
numericProfile: standard
`;

describe('parseDeclaration', () => {
  it('reads what a vendor claims', () => {
    expect(parseDeclaration(RIGHT)).toMatchObject({
      implementation: { organization: 'acme', version: '2.3.1' },
      profiles: ['runtime-core', 'runtime-streaming'],
      features: { batching: true, sequences: false },
    });
  });

  it.each([
    ['nothing', '', /must be object/],
    ['another contract', RIGHT.replace('contract: v1', 'contract: v2'), /\/contract must be equal to constant/],
    [
      'a profile that there is not',
      RIGHT.replace('runtime-streaming', 'everything'),
      /\/profiles\/1 must be equal to one of the allowed values: runtime-core/,
    ],
    ['tolerances of its own', `${RIGHT}tolerance: 10\n`, /must NOT have additional properties: tolerance/],
    [
      'a feature that is neither offered nor not',
      RIGHT.replace('batching: true', 'batching: maybe'),
      /\/features\/batching must be boolean/,
    ],
    ['nobody who implements it', RIGHT.replace(/implementation:.*\n/, ''), /required property 'implementation'/],
    ['a version that is a number', RIGHT.replace('2.3.1', '2.3'), /\/implementation\/version must be string/],
  ])('refuses %s', (_, source, problem) => {
    expect(() => parseDeclaration(source)).toThrow(problem);
  });
});

describe('compareFeatures', () => {
  it('tells agreement from each kind of difference', () => {
    const compared = compareFeatures({ a: true, b: true, c: false, d: false }, new Set(['a', 'c', 'e']));
    expect(compared).toEqual([
      { feature: 'a', declared: true, observed: true, result: 'agrees' },
      { feature: 'b', declared: true, observed: false, result: 'absent' },
      { feature: 'c', declared: false, observed: true, result: 'denied' },
      { feature: 'd', declared: false, observed: false, result: 'agrees' },
      { feature: 'e', observed: true, result: 'undeclared' },
    ]);
  });
});
