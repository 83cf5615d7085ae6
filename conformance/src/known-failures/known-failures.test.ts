import { describe, expect, it } from 'vitest';
import { loadCases } from '../cases/load-cases.js';
import { verdictOf } from '../report/verdict.js';
import type { CaseResult, CaseStatus } from '../run/case-result.js';
import { applyKnownFailures } from './apply-known-failures.js';
import { type KnownFailure, parseKnownFailures } from './known-failures.js';
import { updateKnownFailures } from './update-known-failures.js';

const cases = loadCases();
const TODAY = '2026-11-29';

const result = (status: CaseStatus, more: Partial<CaseResult> = {}): CaseResult => ({
  ...{ id: 'DH-ERR-003', parameters: 'type=fp64', slug: 's', level: 'MUST', profile: 'runtime-core', requirement: [] },
  ...{
    status,
    durationMs: 1,
    evidence: [],
    detail: status === 'pass' ? '' : 'expected INVALID_ARGUMENT, got UNKNOWN "bad dtype"',
  },
  ...more,
});

const entry = (more: Partial<KnownFailure> = {}): KnownFailure => ({
  ...{ id: 'DH-ERR-003', reason: 'we work on it', issue: '#12', expires: '2026-12-31' },
  ...more,
});

const after = (results: readonly CaseResult[], known: readonly KnownFailure[]) =>
  applyKnownFailures(results, known, TODAY).map(({ status }) => status);

describe('applyKnownFailures', () => {
  it.each([
    ['a failure that is known', [result('fail')], [entry()], ['knownFail']],
    ['one that nobody knows', [result('fail')], [], ['fail']],
    ['one of another run', [result('fail')], [entry({ params: 'type=fp16' })], ['fail']],
    ['this very run', [result('fail')], [entry({ params: 'type=fp64' })], ['knownFail']],
    ['a case that passes', [result('pass')], [entry()], ['unexpectedPass']],
    [
      'a case of which one run fails',
      [result('pass'), result('fail', { parameters: 'type=bool' })],
      [entry()],
      ['pass', 'knownFail'],
    ],
    [
      'a run that passes, named by itself',
      [result('pass'), result('fail', { parameters: 'type=bool' })],
      [entry({ params: 'type=fp64' }), entry()],
      ['unexpectedPass', 'knownFail'],
    ],
    ['one that is flaky and passes', [result('pass')], [entry({ flaky: true })], ['pass']],
    ['one that is flaky and fails', [result('fail')], [entry({ flaky: true })], ['knownFail']],
    ['an entry on its last day', [result('fail')], [entry({ expires: TODAY })], ['knownFail']],
    ['an entry that has expired', [result('fail')], [entry({ expires: '2026-11-28' })], ['fail']],
    ['an entry that has expired, passing', [result('pass')], [entry({ expires: '2026-11-28' })], ['unexpectedPass']],
    ['the status that is expected', [result('fail')], [entry({ expect: { code: 'UNKNOWN' } })], ['knownFail']],
    ['another status', [result('fail')], [entry({ expect: { code: 'INTERNAL' } })], ['fail']],
    ['a status that the suite expected', [result('fail')], [entry({ expect: { code: 'INVALID_ARGUMENT' } })], ['fail']],
    ['the words that are expected', [result('fail')], [entry({ expect: { message: 'bad dtype' } })], ['knownFail']],
    ['other words', [result('fail')], [entry({ expect: { code: 'UNKNOWN', message: 'bad shape' } })], ['fail']],
    [
      'what was not run',
      [result('notRun'), result('skipped'), result('error')],
      [entry()],
      ['notRun', 'skipped', 'error'],
    ],
  ] as [string, CaseResult[], KnownFailure[], CaseStatus[]][])('%s', (_, results, known, statuses) => {
    expect(after(results, known)).toEqual(statuses);
  });

  it('makes a verdict partial at best, and says who knows', () => {
    const [known] = applyKnownFailures([result('fail')], [entry()], TODAY);
    expect(known).toMatchObject({ issue: '#12', detail: expect.stringContaining('known: we work on it') });
    expect(verdictOf([result('pass', { id: 'DH-CORE-001' }), known as CaseResult])).toBe('partial');
    expect(verdictOf(applyKnownFailures([result('pass')], [entry()], TODAY))).toBe('non-conformant');
  });
});

describe('parseKnownFailures', () => {
  const parse = (...entries: object[]) => parseKnownFailures(JSON.stringify({ knownFailures: entries }), cases, TODAY);

  it('reads what is right', () => {
    expect(
      parse(entry(), entry({ id: 'DH-ERR-004', params: 'shape=3x5', flaky: true, expires: '2026-12-29' })),
    ).toHaveLength(2);
  });

  it.each([
    ['a case that there is not', entry({ id: 'DH-NONE-001' }), /no case DH-NONE-001/],
    ['no reason', entry({ reason: '' }), /reason.*fewer than 5/],
    ['no issue', { ...entry(), issue: undefined }, /must have required property 'issue'/],
    ['no end', { ...entry(), expires: undefined }, /must have required property 'expires'/],
    ['a day that there is not', entry({ expires: '2026-02-30' }), /no day 2026-02-30/],
    [
      'a flaky one that lives too long',
      entry({ flaky: true, expires: '2026-12-30' }),
      /30 days at most, so expires by 2026-12-29/,
    ],
    ['a field that nobody knows', { ...entry(), tolerance: 10 }, /additional properties/],
  ])('refuses %s', (_, wrong, problem) => {
    expect(() => parse(wrong)).toThrow(problem);
  });

  it('refuses the same twice', () => {
    expect(() => parse(entry(), entry())).toThrow(/DH-ERR-003 stands there twice/);
  });
});

describe('updateKnownFailures', () => {
  const SOURCE = `# Ours.
knownFailures:
  # Waits for the new engine.
  - id: DH-ERR-003
    reason: we work on it
    issue: "#12"
    expires: 2026-12-31
  - { id: DH-ERR-004, reason: also that, issue: "#13", expires: 2026-12-31 }
`;

  it('takes out what passes, puts in what fails, and keeps comments and ends', () => {
    const update = updateKnownFailures(
      SOURCE,
      [
        result('knownFail'),
        result('unexpectedPass', { id: 'DH-ERR-004', parameters: '' }),
        result('fail', { id: 'DH-ERR-005', parameters: 'bytes=4' }),
        result('warn', { id: 'DH-SEC-009', level: 'SHOULD' }),
      ],
      TODAY,
    );
    expect([update.added, update.removed]).toEqual([['DH-ERR-005[bytes=4]'], ['DH-ERR-004']]);
    expect(update.source).toContain('# Waits for the new engine.');
    expect(parseKnownFailures(update.source, cases, TODAY)).toEqual([
      entry(),
      {
        id: 'DH-ERR-005',
        params: 'bytes=4',
        reason: 'new: nobody has looked at it yet',
        issue: 'none yet',
        expires: '2026-12-29',
      },
    ]);
  });

  it('changes nothing of what is still true, or was not run', () => {
    const still = [result('knownFail'), result('skipped', { id: 'DH-ERR-004', parameters: '' })];
    expect(updateKnownFailures(SOURCE, still, TODAY)).toMatchObject({ added: [], removed: [] });
  });

  it('lets no entry live longer', () => {
    const source = SOURCE.replace('2026-12-31', '2026-01-01');
    const update = updateKnownFailures(source, [result('fail')], TODAY);
    expect([update.added, update.removed]).toEqual([[], []]);
    expect(update.source).toContain('2026-01-01');
  });

  it('writes a file where there was none', () => {
    const { source } = updateKnownFailures(undefined, [result('fail')], TODAY);
    expect(parseKnownFailures(source, cases, TODAY)).toHaveLength(1);
    expect(parseKnownFailures(updateKnownFailures(undefined, [], TODAY).source, cases, TODAY)).toEqual([]);
  });
});
