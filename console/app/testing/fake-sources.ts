// What the fake API answers beside models.
import { readFileSync } from 'node:fs';
import type {
  AuditAnswer,
  AuditVerificationAnswer,
  FeedbackAnswer,
  JobsAnswer,
  LiveAnswer,
  ModelRow,
  PlatformName,
  ReportsAnswer,
  RulesAnswer,
  SlidesAnswer,
  Stage,
  StageRecord,
  TtmipAnswer,
} from '../../src/api.js';

const records = readFileSync(new URL('./fixtures/audit.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Record<string, unknown>);

let asked = 0;

/** Figures that move a little with every answer. */
export function liveAnswer(models: readonly ModelRow[]): LiveAnswer {
  asked += 1;
  return {
    at: new Date(Date.UTC(2025, 2, 4, 14, 0, asked * 2)).toISOString(),
    models: models
      .filter(({ state }) => state === 'READY')
      .map(({ name, version, hostRestarts }, index) => {
        const swing = Math.sin(asked / 3 + index) + 1;
        const isIdle = index === 3;
        return {
          name,
          version,
          waiting: index === 1 ? asked % 4 : 0,
          running: isIdle ? 0 : 1,
          hosts: 1,
          restarts: hostRestarts,
          requestsPerSecond: isIdle ? 0 : Number((swing * (index + 1) * 3).toFixed(2)),
          latencyMs: isIdle
            ? { p50: null, p95: null, p99: null }
            : { p50: 4 + index, p95: 9 + 4 * swing, p99: 18 + 9 * swing },
          failures: index === 2 ? 3 : 0,
        };
      }),
    process: { rssBytes: 412_000_000, eventLoopDelayMs: 1.2, uptimeSeconds: 93_784 },
  };
}

type Source = (path: string, query: URLSearchParams) => unknown;

/** Answers by the path below the API; undefined where there is nothing. */
export function fakeSources(isEmpty: boolean): Source {
  return (path, query) => {
    if (path === 'audit') return isEmpty ? NO_RECORDS : auditAnswer(query);
    if (path === 'reports/heart-server') return '<!doctype html><title>Report</title><h1>Report of a run</h1>';
    const answers = isEmpty ? EMPTY : ANSWERS;
    return answers[path];
  };
}

const NO_RECORDS: AuditAnswer = { records: [], head: { seq: 0, hash: '0'.repeat(64) } };

function auditAnswer(query: URLSearchParams): AuditAnswer {
  const before = Number(query.get('before') ?? Number.POSITIVE_INFINITY);
  const limit = Number(query.get('limit') ?? 50);
  const [kind, model] = [query.get('kind') ?? '', query.get('model') ?? ''];
  const matching = records
    .filter(
      (record) =>
        (record.seq as number) < before &&
        (kind === '' || record.kind === kind) &&
        (model === '' || record.model === model),
    )
    .reverse();
  const shown = matching.slice(0, limit);
  const last = records.at(-1) as { seq: number; hash: string };
  return {
    records: shown,
    head: { seq: last.seq, hash: last.hash },
    ...(matching.length > limit && { next: shown.at(-1)?.seq as number }),
  };
}

const VERIFICATION: AuditVerificationAnswer = { valid: true, checked: records.length };

const FEEDBACK: FeedbackAnswer = {
  items: [
    {
      at: '2025-03-04T13:50:12.000Z',
      service: 'heart-disease-exercise-test',
      card: 'b2c9',
      outcome: 'overridden',
      reasons: ['not-applicable'],
    },
    { at: '2025-03-04T11:20:40.000Z', service: 'heart-disease-patient-view', card: '91af', outcome: 'accepted' },
  ],
};

const REPORTS: ReportsAnswer = {
  reports: [
    {
      id: 'heart-server',
      target: 'deephealth-runtime 0.1.0',
      profile: 'runtime',
      verdict: 'conformant',
      at: '2025-03-04T10:15:00.000Z',
      passed: 214,
      failed: 0,
      cases: 220,
    },
    {
      id: 'other-server',
      target: 'another inference server',
      profile: 'open-inference',
      verdict: 'not conformant',
      at: '2025-03-03T16:02:00.000Z',
      passed: 58,
      failed: 4,
      cases: 62,
    },
  ],
};

const RULES: RulesAnswer = {
  items: [{ id: 'heart-disease-hybrid', title: 'Heart disease, hybrid', url: '/rules/heart-disease-hybrid' }],
};

const SLIDES: SlidesAnswer = { items: [{ id: 'cmu-1', title: 'CMU-1, skin', url: '/viewer/?slide=cmu-1' }] };

const JOBS: JobsAnswer = {
  items: [
    {
      id: 'run-7f31',
      chain: 'hippocampus-volume/segment',
      state: 'RUNNING',
      progress: 0.42,
      startedAt: '2025-03-04T13:58:00.000Z',
    },
    {
      id: 'run-6a02',
      chain: 'hippocampus-volume/segment',
      state: 'COMPLETE',
      progress: 1,
      startedAt: '2025-03-04T12:10:00.000Z',
      endedAt: '2025-03-04T12:16:30.000Z',
    },
    {
      id: 'run-51cc',
      chain: 'retina-vessels/report',
      state: 'EXECUTOR_ERROR',
      progress: 0.1,
      startedAt: '2025-03-04T09:30:00.000Z',
      endedAt: '2025-03-04T09:30:41.000Z',
    },
  ],
};

function stage(name: Stage, start: number, seconds: number, more: Partial<StageRecord> = {}): StageRecord {
  const at = (second: number) => new Date(Date.UTC(2025, 2, 4, 8, 0, second)).toISOString();
  return {
    stage: name,
    startedAt: at(start),
    endedAt: at(start + seconds),
    machineMs: seconds * 1000,
    humanSteps: 0,
    outcome: 'done',
    ...more,
  };
}

function platform(name: PlatformName, start: number, isInProduction: boolean) {
  const stages = [
    stage('bound', start, 4, { platform: name, humanSteps: 1 }),
    stage('conformance-passed', start + 6, 38, {
      platform: name,
      ...(!isInProduction && { outcome: 'failed' as const, code: 'DH_PLATFORM_UNREACHABLE' }),
    }),
    ...(isInProduction
      ? [
          stage('served', start + 46, 3, { platform: name }),
          stage('first-prediction', start + 50, 1, { platform: name, humanSteps: 1 }),
        ]
      : []),
  ];
  return {
    platform: name,
    stages,
    isInProduction,
    ...(isInProduction && { ttmipSeconds: start + 51 }),
    machineSeconds: isInProduction ? 46 : 42,
    humanSteps: isInProduction ? 2 : 1,
  };
}

const TTMIP: TtmipAnswer = {
  timelines: [
    {
      name: 'heart-disease-risk',
      version: '1.0.0',
      modelSha256: 'a24e1cebd804954f19078291c0b6c49884b03036b435b61635ef0d9e4537fddb',
      startedAt: '2025-03-04T08:00:00.000Z',
      stages: [
        stage('imported', 0, 6, { humanSteps: 1 }),
        stage('packaged', 40, 9, { humanSteps: 3 }),
        stage('golden-verified', 52, 14),
      ],
      platforms: [
        platform('clinical-decision-support', 70, true),
        platform('expressif', 130, true),
        platform('piaf', 190, true),
        platform('digital-pathology', 250, false),
      ],
    },
  ],
};

const ANSWERS: Readonly<Record<string, unknown>> = {
  'audit/verification': VERIFICATION,
  feedback: FEEDBACK,
  reports: REPORTS,
  rules: RULES,
  slides: SLIDES,
  jobs: JOBS,
  ttmip: TTMIP,
};

const EMPTY: Readonly<Record<string, unknown>> = {
  'audit/verification': { valid: true, checked: 0 },
  feedback: { items: [] },
  reports: { reports: [] },
  rules: { items: [] },
  slides: { items: [] },
  jobs: { items: [] },
  ttmip: { timelines: [] },
};
