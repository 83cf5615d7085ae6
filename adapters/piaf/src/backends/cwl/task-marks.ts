import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PART_FILE } from '../../steps/run-folder.js';
import type { EngineFolder } from './engine-folder.js';

const BEGAN = '.began';
const ENDED = '.ended';

/** What a task has left in the folder of its run. */
export interface TaskMarks {
  /** Its part is committed. */
  readonly hasPart: boolean;
  /** How often it was begun. */
  readonly attempts: number;
  /** Exit code of the last attempt, if that has ended. */
  readonly exitCode?: number;
  /** How long the last attempt took, or has taken. */
  readonly lastedMs: number;
}

/** Chunks that have a part; one listing for all, since folders of runs may be far away. */
export async function committedChunks({ parts }: EngineFolder): Promise<ReadonlySet<string>> {
  return new Set(await readdir(parts).catch(() => []));
}

/** How often each chunk was begun; of those that were not, nothing. */
export async function attemptsOfChunks({ tasks }: EngineFolder): Promise<ReadonlyMap<string, number>> {
  const names = (await readdir(tasks).catch(() => [])).filter((name) => name.endsWith(BEGAN));
  const counts = await Promise.all(names.map(async (name) => (await linesOf(join(tasks, name))).length));
  return new Map(names.map((name, index) => [name.slice(0, -BEGAN.length), counts[index] as number]));
}

export async function readTaskMarks(folder: EngineFolder, chunk: string): Promise<TaskMarks> {
  const began = join(folder.tasks, `${chunk}${BEGAN}`);
  const ended = join(folder.tasks, `${chunk}${ENDED}`);
  const [begins, ends, beganAt, endedAt, part] = await Promise.all([
    linesOf(began),
    linesOf(ended),
    modifiedAt(began),
    modifiedAt(ended),
    modifiedAt(join(folder.parts, chunk, PART_FILE)),
  ]);
  // Attempts that were killed together with what wraps them have left no line.
  const [attempt, exitCode] = (ends.at(-1) ?? '').split(' ').map(Number);
  const hasEnded = begins.length > 0 && attempt === begins.length && exitCode !== undefined;
  const until = hasEnded ? endedAt : Date.now();
  return {
    hasPart: part !== undefined,
    attempts: begins.length,
    ...(hasEnded ? { exitCode } : {}),
    lastedMs: beganAt === undefined || until === undefined ? 0 : until - beganAt,
  };
}

async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

async function modifiedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
