import type { PlatformName, StageRecord, Timeline } from '../../../src/api.js';

/** One bar of the chart, as shares of its width from 0 to 1. */
export interface StageBar {
  readonly record: StageRecord;
  readonly start: number;
  readonly length: number;
}

export interface TimelineRow {
  /** Absent for the stages that all platforms share. */
  readonly platform?: PlatformName;
  readonly bars: readonly StageBar[];
}

export interface TimelineLayout {
  readonly rows: readonly TimelineRow[];
  /** What the whole width stands for. */
  readonly totalSeconds: number;
}

const seconds = (iso: string) => Date.parse(iso) / 1000;

/** Places every stage on one axis of time that begins where the timeline does. */
export function layOutTimeline({ startedAt, stages, platforms }: Timeline): TimelineLayout {
  const start = seconds(startedAt);
  const all = [...stages, ...platforms.flatMap((platform) => platform.stages)];
  const ends = all.map(({ endedAt }) => seconds(endedAt)).filter((end) => Number.isFinite(end));
  const totalSeconds = Math.max(1, ...ends.map((end) => end - start));
  const barsOf = (records: readonly StageRecord[]): StageBar[] =>
    records
      .map((record) => ({
        record,
        start: Math.max(0, (seconds(record.startedAt) - start) / totalSeconds),
        length: Math.max(0, (seconds(record.endedAt) - seconds(record.startedAt)) / totalSeconds),
      }))
      // A record of a clock that was wrong is in the table, but has no place here.
      .filter((bar) => Number.isFinite(bar.start) && Number.isFinite(bar.length) && bar.start <= 1);
  return {
    totalSeconds,
    rows: [
      { bars: barsOf(stages) },
      ...platforms.map(({ platform, stages: own }) => ({ platform, bars: barsOf(own) })),
    ],
  };
}
