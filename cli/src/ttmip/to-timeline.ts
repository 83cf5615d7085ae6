import { ADAPTERS } from '../adapters/start-adapter.js';
import type { PlatformName, PlatformTimeline, Stage, StageRecord, Timeline } from './stage-record.js';

/** What a platform needs of its own before a model is in production there. */
const NEEDED: readonly Stage[] = ['bound', 'conformance-passed', 'first-prediction'];
const MS = 1000;

const endOf = ({ endedAt }: StageRecord): number => Date.parse(endedAt);

/** What the records of a model version say together. @param records at least one */
export function toTimeline(model: { name: string; version: string }, records: readonly StageRecord[]): Timeline {
  const stages = records.toSorted((a, b) => endOf(a) - endOf(b));
  const start = Math.min(...stages.map(({ startedAt }) => Date.parse(startedAt)));
  const platforms = ADAPTERS.filter((one) => stages.some(({ platform }) => platform === one));
  return {
    ...model,
    modelSha256: stages.findLast(({ modelSha256 }) => modelSha256 !== undefined)?.modelSha256 ?? '',
    startedAt: new Date(start).toISOString(),
    stages,
    platforms: platforms.map((platform) => onPlatform(platform, stages, start)),
  };
}

function onPlatform(platform: PlatformName, all: readonly StageRecord[], start: number): PlatformTimeline {
  const own = all.filter((record) => record.platform === platform);
  const reached = NEEDED.map((stage) => own.find((record) => record.stage === stage && record.outcome === 'done'));
  const isInProduction = reached.every((record) => record !== undefined);
  const end = isInProduction ? Math.max(...reached.flatMap((record) => (record ? [endOf(record)] : []))) : Infinity;
  // Work for another platform is no work for this one; what comes after its production is no way into it.
  const spent = all.filter((record) => (record.platform ?? platform) === platform && endOf(record) <= end);
  return {
    platform,
    stages: own,
    isInProduction,
    ...(isInProduction && { ttmipSeconds: (end - start) / MS }),
    machineSeconds: spent.reduce((sum, { machineMs }) => sum + machineMs, 0) / MS,
    humanSteps: spent.reduce((sum, { humanSteps }) => sum + humanSteps, 0),
  };
}
