import { plainText } from '../output/plain-text.js';
import { formatTable } from '../output/print.js';
import { durationText } from './duration-text.js';
import type { PlatformTimeline, StageRecord, Timeline } from './stage-record.js';

const HEAD = ['MODEL', 'VERSION', 'PLATFORM', 'IN PRODUCTION', 'TTMIP', 'MACHINE', 'HUMAN STEPS'];

/** One row for each model version and platform. */
export function timelineTable(timelines: readonly Timeline[]): string {
  const rows = timelines.flatMap(({ name, version, platforms }) =>
    platforms.length === 0
      ? [[name, version, '-', 'no', '-', '-', '-']]
      : platforms.map((one) => [name, version, one.platform, ...sums(one)]),
  );
  return formatTable(HEAD, rows);
}

function sums({ isInProduction, ttmipSeconds, machineSeconds, humanSteps }: PlatformTimeline): string[] {
  return [
    isInProduction ? 'yes' : 'no',
    ttmipSeconds === undefined ? '-' : durationText(ttmipSeconds),
    durationText(machineSeconds),
    String(humanSteps),
  ];
}

/** Every stage of one model version, in the order in which they ended. */
export function stageTable({ startedAt, stages }: Timeline): string {
  const start = Date.parse(startedAt);
  return formatTable(
    ['STAGE', 'PLATFORM', 'AFTER', 'MACHINE', 'HUMAN STEPS', 'RESULT', ''],
    stages.map((one) => stageCells(one, start).map(plainText)),
  );
}

/** What a table says of a stage; the time after the begin is that of its end. */
export function stageCells(record: StageRecord, startMs: number): string[] {
  const { stage, platform, endedAt, machineMs, humanSteps, outcome, code, detail } = record;
  return [
    stage,
    platform ?? 'all',
    durationText((Date.parse(endedAt) - startMs) / 1000),
    durationText(machineMs / 1000),
    String(humanSteps),
    outcome === 'done' ? 'done' : `failed${code === undefined ? '' : ` (${code})`}`,
    detail ?? '',
  ];
}
