import { describe, expect, it } from 'vitest';
import { parseRecord } from './read-timelines.js';
import type { Stage, StageRecord } from './stage-record.js';
import { toTimeline } from './to-timeline.js';

const MODEL = { name: 'risk', version: '1.0.0' };
const at = (seconds: number) => new Date(Date.UTC(2031, 0, 1) + seconds * 1000).toISOString();

/** Ends after so many seconds, and took one. */
const stage = (name: Stage, endSeconds: number, more: Partial<StageRecord> = {}): StageRecord => ({
  stage: name,
  startedAt: at(endSeconds - 1),
  endedAt: at(endSeconds),
  machineMs: 1000,
  humanSteps: 0,
  outcome: 'done',
  ...more,
});
const onPiaf = { platform: 'piaf' } as const;
const SHARED = [
  stage('imported', 1, { humanSteps: 1, modelSha256: 'aa' }),
  stage('packaged', 100, { humanSteps: 3 }),
  stage('golden-verified', 101),
];
const WAY = [
  ...SHARED,
  stage('bound', 102, onPiaf),
  stage('conformance-passed', 110, { ...onPiaf, humanSteps: 1 }),
  stage('first-prediction', 120, onPiaf),
];

describe('the timeline of a model', () => {
  it('is in production on a platform from the first answer on, counted from the begin of the first stage', () => {
    const timeline = toTimeline(MODEL, WAY.toReversed());
    expect(timeline).toMatchObject({ ...MODEL, startedAt: at(0), modelSha256: 'aa' });
    expect(timeline.stages.map((one) => one.stage)).toEqual(WAY.map((one) => one.stage));
    expect(timeline.platforms).toEqual([
      {
        platform: 'piaf',
        stages: WAY.slice(3),
        isInProduction: true,
        ttmipSeconds: 120,
        machineSeconds: 6,
        humanSteps: 5,
      },
    ]);
  });

  it('takes for its end whichever of the three that it needs came last', () => {
    const late = [...SHARED, stage('bound', 1, onPiaf), stage('first-prediction', 5, onPiaf)];
    const timeline = toTimeline(MODEL, [...late, stage('conformance-passed', 300, onPiaf)]);
    expect(timeline.platforms[0]?.ttmipSeconds).toBe(300);
  });

  it.each(['bound', 'conformance-passed', 'first-prediction'] as const)(
    'is not in production without %s, nor with one that failed',
    (missing) => {
      const others = WAY.filter((one) => one.stage !== missing);
      const failed = WAY.map((one) => (one.stage === missing ? { ...one, outcome: 'failed' as const } : one));
      for (const records of [others, failed]) {
        const [piaf] = toTimeline(MODEL, records).platforms;
        expect(piaf?.isInProduction).toBe(false);
        expect(piaf).not.toHaveProperty('ttmipSeconds');
      }
    },
  );

  it('counts what failed on the way, and neither work for other platforms nor what came after', () => {
    const more = [
      stage('golden-verified', 50, { outcome: 'failed', humanSteps: 1 }),
      stage('bound', 60, { platform: 'expressif', humanSteps: 7 }),
      stage('golden-verified', 500, { humanSteps: 9 }),
    ];
    const { platforms } = toTimeline(MODEL, [...WAY, ...more]);
    expect(platforms.map(({ platform, humanSteps, machineSeconds }) => [platform, humanSteps, machineSeconds])).toEqual(
      [
        ['expressif', 21, 6],
        ['piaf', 6, 7],
      ],
    );
  });
});

describe('parseRecord', () => {
  it('reads what was recorded', () => {
    expect(parseRecord(JSON.stringify(WAY[4]))).toEqual(WAY[4]);
  });

  it.each([
    ['', {}],
    ['another stage', { stage: 'deployed' }],
    ['another platform', { platform: 'lumen' }],
    ['a time that is none', { endedAt: 'yesterday' }],
    ['negative time', { machineMs: -1 }],
    ['steps that are no number', { humanSteps: '1' }],
    ['no outcome', { outcome: undefined }],
    ['a digest that is no text', { packageSha256: 7 }],
  ])('passes over a line with %s', (what, change) => {
    const line = what === '' ? '{"stage": "imp' : JSON.stringify({ ...stage('imported', 1), ...change });
    expect(parseRecord(line)).toBeUndefined();
  });
});
