import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Level, Profile } from '../cases/case-types.js';
import { PROFILES } from '../cases/case-types.js';
import { loadCases } from '../cases/load-cases.js';
import { packageRoot } from '../package-root.js';
import type { CaseResult, CaseStatus } from '../run/case-result.js';
import { badgeJson, badgeSvg } from './badge.js';
import { canonicalJson } from './canonical-json.js';
import { reportProblems } from './check-report.js';
import { consoleReport } from './console-report.js';
import { htmlReport } from './html-report.js';
import { junitReport } from './junit-report.js';
import { type ReportInput, suiteReport } from './suite-report.js';
import { traceReport } from './trace-report.js';
import { transcriptOf, transcriptSha256 } from './transcript.js';

const cases = loadCases();
const STATUSES: readonly CaseStatus[] = [
  'pass',
  'fail',
  'warn',
  'unsupported',
  'notApplicable',
  'skipped',
  'knownFail',
  'unexpectedPass',
  'inconclusive',
  'error',
  'notRun',
];

const result = (status: CaseStatus, more: Partial<CaseResult> = {}): CaseResult => ({
  id: 'DH-CORE-001',
  parameters: '',
  slug: 'server-info',
  level: (status === 'warn' ? 'SHOULD' : 'MUST') as Level,
  profile: 'runtime-core' as Profile,
  requirement: ['DH-R-029'],
  status,
  durationMs: 3,
  evidence: status === 'pass' ? ['status OK'] : [],
  detail: status === 'pass' ? '' : `why it is ${status}`,
  exchanges: [
    { rpc: 'Predict', metadata: ['authorization'], sent: { modelName: 'm' }, status: 'OK', got: { findings: [] } },
  ],
  ...more,
});

const report = (results: readonly CaseResult[], more: Partial<ReportInput> = {}) =>
  suiteReport({
    ...{ cases, results, profiles: ['runtime-core'], numericProfile: 'standard' },
    target: { name: 'acme', version: '2.3.1', engine: 'own/1', contractVersions: ['1.0'], executionProviders: ['cpu'] },
    rerun: "deephealth conformance runtime -- ./acme --models '{models}'",
    ...more,
  });

describe('report.json', () => {
  it('follows its schema, whatever became of the cases', () => {
    const full = report(
      STATUSES.map((status) => result(status)),
      {
        ending: { how: 'targetLost', detail: 'it is gone' },
        observed: new Set(['predict-stream']),
        declaration: {
          implementation: {
            organization: 'acme',
            project: 'acme-runtime',
            version: '2.3.1',
            url: 'https://acme.example',
            contact: ['ops@acme.example'],
          },
          contract: 'v1',
          profiles: ['runtime-core'],
          features: { sequences: false, batching: true },
        },
        knownFailures: [
          {
            id: 'DH-CORE-001',
            reason: 'we work on it',
            issue: '#12',
            expires: '2030-01-01',
            expect: { code: 'UNKNOWN' },
          },
        ],
      },
    );
    expect(reportProblems(JSON.parse(canonicalJson(full)))).toEqual([]);
    expect(reportProblems(JSON.parse(canonicalJson(report([]))))).toEqual([]);
  });

  it.each([
    ['a verdict that is none', { verdict: 'fine' }],
    ['a field that nobody knows', { more: 1 }],
    ['a pass without evidence', { results: [{ ...result('pass'), exchanges: undefined, evidence: [] }] }],
    ['a failure without a reason', { results: [{ ...result('fail'), exchanges: undefined, detail: '' }] }],
    ['a digest that is none', { transcriptSha256: 'abc' }],
  ])('has a schema that refuses %s', (_, change) => {
    expect(reportProblems(JSON.parse(canonicalJson({ ...report([result('pass')]), ...change })))).not.toEqual([]);
  });

  it('knows all profiles in its schemas', () => {
    const schema = (name: string) =>
      JSON.parse(readFileSync(join(packageRoot, 'schemas', `${name}.schema.json`), 'utf8'));
    expect(schema('report').$defs.profile.enum).toEqual([...PROFILES]);
    expect(schema('declaration').properties.profiles.items.enum).toEqual([...PROFILES]);
  });

  it('is the same bytes for the same content', () => {
    expect(canonicalJson({ b: [{ y: 1, x: 2 }], a: undefined, c: null })).toBe(
      '{\n  "b": [\n    {\n      "x": 2,\n      "y": 1\n    }\n  ],\n  "c": null\n}\n',
    );
  });

  it('has the command that does a failed case again, before the one that starts the target', () => {
    const [failed] = report([result('fail')]).results;
    expect(failed?.rerun).toBe(
      "deephealth conformance runtime --only DH-CORE-001 --trace -- ./acme --models '{models}'",
    );
    expect(report([result('pass')]).results[0]).not.toHaveProperty('rerun');
  });

  it('names the verdict on each profile', () => {
    const both = report([result('pass'), result('fail', { id: 'DH-STRM-001', profile: 'runtime-streaming' })], {
      profiles: ['runtime-core', 'runtime-streaming'],
    });
    expect(both.verdict).toBe('non-conformant');
    expect(both.verdicts.map(({ profile, verdict }) => [profile, verdict])).toEqual([
      ['runtime-core', 'conformant'],
      ['runtime-streaming', 'non-conformant'],
    ]);
  });

  it('is not green while a profile is claimed of which nothing was judged', () => {
    const claimed = report([result('pass')], { profiles: ['runtime-core', 'runtime-stateful'] });
    expect(claimed.verdict).toBe('partial');
    expect(claimed.verdicts.map(({ verdict }) => verdict)).toEqual(['conformant', 'partial']);
  });

  it('shows what is provisional, and counts it not', () => {
    const shown = report([result('pass'), result('fail', { provisional: true })]);
    expect([shown.verdict, shown.counts, shown.provisional]).toEqual(['conformant', { pass: 1 }, 1]);
    expect(consoleReport(shown)).toMatch(
      /FAIL .*provisional, not counted[\s\S]*CONFORMANT {2}1 pass · 1 provisional, not counted/,
    );
    expect(junitReport(shown)).toMatch(/failures="0"[\s\S]*name="conformance" value="provisional"/);
  });
});

describe('the transcript', () => {
  it('is bound to the report by its digest, and holds names of metadata without their values', () => {
    const results = [result('pass')];
    const lines = transcriptOf(results);
    expect(JSON.parse(lines)).toEqual({
      case: 'DH-CORE-001',
      rpc: 'Predict',
      metadata: ['authorization'],
      sent: { modelName: 'm' },
      status: 'OK',
      got: { findings: [] },
    });
    expect(report(results).transcriptSha256).toBe(transcriptSha256(results));
    expect(transcriptSha256([result('pass', { exchanges: [] })])).not.toBe(transcriptSha256(results));
    expect(traceReport(results)).toMatch(
      /Predict {2}metadata authorization[\s\S]*sent {2}\{"modelName":"m"\}[\s\S]*got {3}OK/,
    );
  });
});

describe('the console', () => {
  it('takes at most 40 lines when all is well, with a bar for each area', () => {
    const areas = [
      'CORE',
      'META',
      'TENS',
      'NUM',
      'STRM',
      'DLN',
      'ERR',
      'LIFE',
      'CONC',
      'MEM',
      'PERF',
      'FLT',
      'SEC',
      'VER',
      'SAFE',
      'OIP',
      'ADP',
      'CDS',
      'PIAF',
      'WSI',
    ];
    const all = areas.flatMap((area) => [
      result('pass', { id: `DH-${area}-001` }),
      result('notApplicable', { id: `DH-${area}-002`, detail: `no ${area}` }),
    ]);
    const text = consoleReport(report(all, { timeScale: 2 }));
    expect(text.split('\n').length).toBeLessThanOrEqual(40);
    expect(text).toMatch(/CORE {2}██████████ 1\/1 +META {2}██████████ 1\/1/);
  });

  it('says what was not run once, and lets no word of the target steer the terminal', () => {
    const lost = report(
      [
        result('fail', { detail: 'got "\u001b[2J\u0007evil\r\nFAIL"' }),
        ...Array.from({ length: 50 }, () => result('notRun')),
      ],
      {
        ending: { how: 'targetLost', detail: 'after DH-CORE-001, it is gone' },
      },
    );
    const text = consoleReport(lost);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text.match(/NOTRUN/g)).toBeNull();
    expect(text).toMatch(/ENDED EARLY {2}after DH-CORE-001, it is gone; 50 not run/);
  });
});

describe('junit.xml', () => {
  const outcomes = (status: CaseStatus, how: 'complete' | 'targetLost' | 'interrupted' = 'complete') =>
    /tests="1" failures="(\d)" errors="(\d)" skipped="(\d)"/
      .exec(junitReport(report([result(status)], { ending: { how, detail: 'so' } })))
      ?.slice(1)
      .join('');

  it.each([
    ['pass', '000'],
    ['fail', '100'],
    ['unexpectedPass', '100'],
    ['error', '010'],
    ['warn', '000'],
    ['skipped', '001'],
    ['knownFail', '001'],
    ['unsupported', '001'],
    ['notApplicable', '001'],
    ['inconclusive', '001'],
  ] as [CaseStatus, string][])('has %s as failures, errors, skipped = %s', (status, expected) => {
    expect(outcomes(status)).toBe(expected);
  });

  it('holds what was not run against a target that was lost, and against nobody if it was interrupted', () => {
    expect([outcomes('notRun', 'targetLost'), outcomes('notRun', 'interrupted')]).toEqual(['100', '010']);
  });

  it('marks a SHOULD that does not hold', () => {
    expect(junitReport(report([result('warn')]))).toContain('<property name="conformance" value="warn"/>');
  });

  it('stays XML whatever the target says', () => {
    const xml = junitReport(report([result('fail', { detail: ']]><a href="&"> \u0000\ud800' })]));
    expect(xml).not.toMatch(/[\u0000\ud800]|<a /);
  });
});

describe('the badge', () => {
  it.each([
    ['conformant', [result('pass')], 'core · standard', '1a7f37'],
    ['partial, amber', [result('pass'), result('knownFail')], 'core · partial', '9a6700'],
    ['not conformant', [result('fail')], 'not conformant', 'cf222e'],
    ['no verdict', [result('error')], 'no verdict', '57606a'],
  ])('is %s', (_, results, message, color) => {
    expect(badgeJson(report(results))).toMatchObject({ schemaVersion: 1, message, color });
    expect(badgeSvg(report(results))).toContain(`fill="#${color}"`);
  });
});

describe('report.html', () => {
  it('needs nothing from elsewhere, and takes the words of a target as text', () => {
    const evil = '<script src="https://evil.example/x.js"></script><img onerror=x>';
    const results = [result('fail', { detail: evil, parameters: evil, evidence: [evil] }), result('skipped')];
    const html = htmlReport(
      report(results, { target: { name: evil, version: evil, engine: evil }, observed: new Set([evil]) }),
      { cases, results },
    );
    expect(html).not.toMatch(/<script|<img|<link|<iframe|@import|url\(/i);
    expect(html.match(/https?:\/\//g)).toHaveLength(html.match(/https:\/\/evil\.example/g)?.length ?? -1);
  });

  it('says what was not judged and why, and which requirements nobody asks for', () => {
    const results = [
      result('pass'),
      result('notApplicable', { id: 'DH-SEC-005', requirement: ['DH-R-022'], detail: 'only a launched target' }),
    ];
    const html = htmlReport(report(results), { cases, results });
    expect(html).toMatch(/What was not judged, and why \(1\)[\s\S]*only a launched target[\s\S]*DH-SEC-005/);
    expect(html).toMatch(/DH-R-029<\/td>[\s\S]*?>held</);
    expect(html).toMatch(/DH-R-022<\/td>[\s\S]*?>not judged</);
    expect(html).toMatch(/DH-R-008<\/td>[\s\S]*?>no case</);
  });
});
