import { describe, expect, it } from 'vitest';
import type { Level } from '../cases/case-types.js';
import type { CaseResult, CaseStatus } from '../run/case-result.js';
import { verdictOf } from './verdict.js';

const result = (status: CaseStatus, level: Level = 'MUST'): CaseResult => ({
  id: 'DH-CORE-001',
  parameters: '',
  slug: 'one',
  level,
  requirement: [],
  status,
  durationMs: 1,
  evidence: [],
  detail: '',
});

describe('verdictOf', () => {
  it.each([
    ['all pass', ['pass', 'pass'], 'conformant'],
    ['one fails', ['pass', 'fail'], 'non-conformant'],
    ['a known failure has passed', ['pass', 'unexpectedPass'], 'non-conformant'],
    ['one could not be run', ['pass', 'notRun'], 'non-conformant'],
    ['the suite failed', ['pass', 'error'], 'error'],
    ['the suite failed beside the target', ['error', 'fail'], 'non-conformant'],
    ['one was skipped', ['pass', 'skipped'], 'partial'],
    ['one is known to fail', ['pass', 'knownFail'], 'partial'],
    ['none was judged', ['skipped', 'notApplicable'], 'partial'],
    ['there is nothing', [], 'partial'],
    ['a feature is not declared', ['pass', 'unsupported'], 'conformant'],
  ] as [string, CaseStatus[], string][])('where %s', (_, statuses, verdict) => {
    expect(verdictOf(statuses.map((status) => result(status)))).toBe(verdict);
  });

  it('holds nothing of what only should be against a target', () => {
    expect(verdictOf([result('pass'), result('warn', 'SHOULD')])).toBe('conformant');
  });
});
