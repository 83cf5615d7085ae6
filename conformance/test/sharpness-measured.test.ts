import { describe, expect, it } from 'vitest';
import { verdictOf } from '../src/report/verdict.js';
import { beforeSharpness, CASES, describeKilled, MEASURED, WHOLE_SUITE_MS } from './runtime-sharpness.js';

// Some cases compare times and memory, so that these are run one after the other, and with little beside them.
const sharpness = beforeSharpness();

describe('the reference runtime', () => {
  it(
    'passes every case, and each with evidence',
    async () => {
      const results = await sharpness().reference();
      expect(results.length).toBeGreaterThanOrEqual(CASES.length);
      expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
      expect(results.filter(({ evidence }) => evidence.length === 0)).toEqual([]);
      expect(verdictOf(results)).toBe('conformant');
    },
    WHOLE_SUITE_MS,
  );
});

describeKilled('of which one does', MEASURED, { areAtOnce: false, sharpness });
