import { describe, expect, it } from 'vitest';
import type { Level } from '../cases/case-types.js';
import type { CaseResult, CaseStatus } from '../run/case-result.js';
import { verdictOf } from './verdict.js';

const result = (status: CaseStatus, level: Level = 'MUST'): CaseResult => ({
  id: 'DH-CORE-001',
  parameters: '',
  slug: 'one',
  level,
  profile: 'runtime-core',
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
    ['nothing can be said of one', ['pass', 'inconclusive'], 'partial'],
    ['a feature is not declared', ['pass', 'unsupported'], 'conformant'],
    ['one does not apply', ['pass', 'notApplicable'], 'conformant'],
  ] as [string, CaseStatus[], string][])('where %s', (_, statuses, verdict) => {
    expect(verdictOf(statuses.map((status) => result(status)))).toBe(verdict);
  });

  it.each([
    ['targetLost', 'non-conformant'],
    ['interrupted', 'error'],
    ['limit', 'error'],
  ] as const)('of a run that ended early (%s) is %s', (how, verdict) => {
    expect(verdictOf([result('pass'), result('notRun')], how)).toBe(verdict);
    expect(verdictOf([result('fail'), result('notRun')], how)).toBe('non-conformant');
  });

  it('does not count what is provisional', () => {
    expect(verdictOf([result('pass'), { ...result('fail'), provisional: true }])).toBe('conformant');
    expect(verdictOf([{ ...result('pass'), provisional: true }])).toBe('partial');
  });

  it('holds nothing of what only should be against a target', () => {
    expect(verdictOf([result('pass'), result('warn', 'SHOULD')])).toBe('conformant');
  });
});
