import { describe, expect, it } from 'vitest';
import type { StageRecord, Timeline } from '../../../src/api.js';
import { layOutTimeline } from './timeline-layout.js';

const record = (start: number, end: number): StageRecord => ({
  stage: 'bound',
  startedAt: new Date(start * 1000).toISOString(),
  endedAt: new Date(end * 1000).toISOString(),
  machineMs: 1000,
  humanSteps: 0,
  outcome: 'done',
});

const timeline = (stages: StageRecord[], own: StageRecord[]): Timeline => ({
  name: 'a',
  version: '1.0.0',
  modelSha256: '',
  startedAt: new Date(100_000).toISOString(),
  stages,
  platforms: [{ platform: 'piaf', stages: own, isInProduction: false, machineSeconds: 1, humanSteps: 0 }],
});

describe('a timeline', () => {
  it('places all stages on one axis', () => {
    const { rows, totalSeconds } = layOutTimeline(timeline([record(100, 110)], [record(150, 300)]));
    expect(totalSeconds).toBe(200);
    expect(rows[0]?.bars[0]).toMatchObject({ start: 0, length: 0.05 });
    expect(rows[1]).toMatchObject({ platform: 'piaf' });
    expect(rows[1]?.bars[0]).toMatchObject({ start: 0.25, length: 0.75 });
  });

  it('leaves out what has no place on it', () => {
    const broken = { ...record(100, 200), startedAt: 'never' };
    const { rows } = layOutTimeline(timeline([broken, record(50, 60)], []));
    expect(rows[0]?.bars.map(({ start }) => start)).toEqual([0]);
    expect(rows[1]?.bars).toEqual([]);
  });

  it('of nothing divides by nothing', () => {
    expect(layOutTimeline(timeline([], [])).totalSeconds).toBe(1);
  });
});
