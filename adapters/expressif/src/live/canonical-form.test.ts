import { describe, expect, it } from 'vitest';
import { vitals } from '../testing/vitals.js';
import { canonicalForm, knowledgeBaseDigest } from './canonical-form.js';

describe('canonicalForm', () => {
  it('sorts keys, leaves out what is undefined and keeps numbers apart that JSON cannot hold', () => {
    expect(canonicalForm({ b: [1, -0, 1e21], a: undefined, Ä: 'é"', A: null })).toBe(
      '{"A":null,"b":[1,0,1e+21],"Ä":"é\\""}',
    );
    const numbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(canonicalForm);
    expect(numbers).toEqual(['{"$number":"NaN"}', '{"$number":"Infinity"}', '{"$number":"-Infinity"}']);
  });
});

describe('knowledgeBaseDigest', () => {
  it('is the SHA-256 that other programs come to', () => {
    // By Python: hashlib.sha256(json.dumps(x, sort_keys=True, separators=(",", ":")).encode())
    const empty = { name: 'x', inputs: [], outputs: [], ruleBlocks: [] };
    expect(knowledgeBaseDigest(empty)).toBe('2280a5519bda7ac3ecdc7010d3fad3287cd14839610223c02fb0d2cb685bea27');
  });

  it('does not depend on how the data came about, and does on all that is said', () => {
    const digest = knowledgeBaseDigest(vitals());
    const turned = (data: unknown): unknown => {
      if (typeof data !== 'object' || data === null) return data;
      if (Array.isArray(data)) return data.map(turned);
      return Object.fromEntries(
        Object.entries(data)
          .reverse()
          .map(([key, one]) => [key, turned(one)]),
      );
    };
    expect(knowledgeBaseDigest(turned(vitals()) as ReturnType<typeof vitals>)).toBe(digest);
    const changes = [
      ['with 0.5', 'with 0.25'],
      ['Ramp 2 1', 'Ramp 2 1 0.9'],
      ['Centroid 100', 'Centroid 101'],
      ['range: 0 100', 'range: 0 inf'],
      ['not low', 'very low'],
      ['Engine: vitals', 'Engine: signs'],
    ] as const;
    const others = changes.map((change) => knowledgeBaseDigest(vitals(change)));
    expect(new Set([digest, ...others]).size).toBe(changes.length + 1);
  });
});
