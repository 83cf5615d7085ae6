import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ADAPTERS } from '../adapters/start-adapter.js';
import { MAX_FILE_BYTES } from './record-stage.js';
import { PART_OF_A_PATH, type PlatformName, STAGES, type StageRecord, type Timeline } from './stage-record.js';
import { toTimeline } from './to-timeline.js';

const ENDING = '.ndjson';

/** All that is recorded below a folder, by name and version; none where there is no folder. */
export async function readTimelines(folder: string): Promise<Timeline[]> {
  const timelines: Timeline[] = [];
  for (const name of await entriesOf(folder)) {
    for (const file of await entriesOf(join(folder, name))) {
      if (!file.endsWith(ENDING)) continue;
      const records = await readRecords(join(folder, name, file));
      const version = file.slice(0, -ENDING.length);
      if (records.length > 0) timelines.push(toTimeline({ name, version }, records));
    }
  }
  return timelines;
}

async function entriesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => PART_OF_A_PATH.test(name)).sort();
}

/** Lines that are no record, as a crash in the middle of a write leaves them, are passed over. */
export async function readRecords(path: string): Promise<StageRecord[]> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size === 0 || size > 2 * MAX_FILE_BYTES) return [];
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const record = parseRecord(line);
    return record === undefined ? [] : [record];
  });
}

/** A line of the file; undefined for what is none. */
export function parseRecord(line: string): StageRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is StageRecord {
  if (typeof value !== 'object' || value === null) return false;
  const one = value as Record<keyof StageRecord, unknown>;
  const isText = (field: unknown) => field === undefined || typeof field === 'string';
  return (
    (STAGES as readonly unknown[]).includes(one.stage) &&
    (one.platform === undefined || ADAPTERS.includes(one.platform as PlatformName)) &&
    isTime(one.startedAt) &&
    isTime(one.endedAt) &&
    isAmount(one.machineMs) &&
    isAmount(one.humanSteps) &&
    (one.outcome === 'done' || one.outcome === 'failed') &&
    [one.packageSha256, one.modelSha256, one.detail, one.code].every(isText)
  );
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && Number.isFinite(Date.parse(value));
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
