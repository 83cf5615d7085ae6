import { describe, expect, it } from 'vitest';
import { verdictOf } from '../src/report/verdict.js';
import { MUTANTS } from '../src/sharpness/mutants/index.js';
import { NULL_IMPLEMENTATIONS } from '../src/sharpness/null-implementations.js';
import { OIP_VARIANTS } from '../src/sharpness/oip-variants.js';
import { beforeSharpness, CASES, describeKilled, MEASURED, UNMEASURED, WHOLE_SUITE_MS } from './runtime-sharpness.js';

// The reference, and what is told by its times or its memory: sharpness-measured.test.ts.
const sharpness = beforeSharpness();

describe.concurrent('what does nothing', () => {
  it.each(NULL_IMPLEMENTATIONS)(
    '$id passes no MUST: it $title',
    async (implementation) => {
      const results = await sharpness().nothing(implementation);
      expect(results.length).toBeGreaterThanOrEqual(CASES.length);
      expect(results.filter(({ level, status }) => level === 'MUST' && status === 'pass')).toEqual([]);
      expect(verdictOf(results)).toBe('non-conformant');
    },
    WHOLE_SUITE_MS,
  );
});

describe.concurrent('what the Open Inference Protocol leaves open', () => {
  it.each(OIP_VARIANTS)('$id fails no MUST: it $title', async (variant) => {
    const results = await sharpness().oipVariant(variant);
    const musts = results.filter(({ level }) => level === 'MUST');
    expect(musts.filter(({ status }) => !['pass', 'unsupported', 'notApplicable'].includes(status))).toEqual([]);
    expect(musts.filter(({ status }) => status === 'pass').length).toBeGreaterThan(80);
  });
});

it('the mutants are each named by a case, and no case names another', () => {
  const named = new Set(CASES.flatMap(({ kills }) => kills));
  const known = new Set(MUTANTS.map(({ id }) => id));
  expect([...known].filter((id) => !named.has(id))).toEqual([]);
  expect([...named].filter((id) => !known.has(id))).toEqual([]);
  expect(known.size).toBe(MUTANTS.length);
  expect(MEASURED.length + UNMEASURED.length).toBe(MUTANTS.length);
});

describeKilled('of which no case looks at the time', UNMEASURED, { areAtOnce: true, sharpness });
