import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { PART_FILE, RUN_FOLDER } from '../../steps/run-folder.js';
import { readExitFile } from './exit-file.js';

/**
 * Files of a run's arrays, below `attempts/slurm/`:
 *
 * - `<job name>.json`: which chunk each index is, written before the array is submitted
 * - `<job name>.live`: without it, the tasks of an array end at once and do nothing
 * - `<chunk>.log`: what a task wrote to its output, its beginning
 */
export interface ArrayFiles {
  readonly attemptsFolder: string;
  /** Makes an array's files durable. */
  prepare(jobName: string, chunks: readonly string[]): Promise<void>;
  /** @throws DH_RUN_STORE_INVALID where the file is not what this backend writes */
  chunksOf(jobName: string): Promise<readonly string[]>;
  /** Tasks of the array that begin from now on do nothing. */
  giveUp(jobName: string): Promise<void>;
  /** Whether a task of the array left word of its end: Slurm took it, whatever it remembers. */
  wasBegun(jobName: string, chunks: readonly string[]): Promise<boolean>;
  hasPart(chunk: string): Promise<boolean>;
}

export function createArrayFiles(runFolder: string): ArrayFiles {
  const attemptsFolder = join(runFolder, RUN_FOLDER.attempts);
  const at = (name: string) => join(attemptsFolder, 'slurm', name);
  return {
    attemptsFolder,
    async prepare(jobName, chunks) {
      await mkdir(join(attemptsFolder, 'slurm'), { recursive: true, mode: 0o700 });
      await writeDurably(at(`${jobName}.json`), JSON.stringify({ version: 1, chunks }));
      await writeDurably(at(`${jobName}.live`), `${jobName}\n`);
    },
    async chunksOf(jobName) {
      const text = await readFile(at(`${jobName}.json`), 'utf8').catch(() => '');
      const chunks = parseChunks(text);
      if (chunks !== undefined) return chunks;
      throw new DeepHealthError('DH_RUN_STORE_INVALID', 'The list of tasks of a Slurm array is missing or damaged.');
    },
    giveUp: (jobName) => rm(at(`${jobName}.live`), { force: true }),
    async wasBegun(jobName, chunks) {
      for (const chunk of chunks) {
        if ((await readExitFile(attemptsFolder, chunk, jobName)) !== undefined) return true;
      }
      return false;
    },
    async hasPart(chunk) {
      const names = await readdir(join(runFolder, RUN_FOLDER.parts, chunk)).catch((): string[] => []);
      return names.includes(PART_FILE);
    },
  };
}

function parseChunks(text: string): readonly string[] | undefined {
  try {
    const value = JSON.parse(text) as { readonly version?: unknown; readonly chunks?: unknown } | null;
    const chunks = value?.version === 1 && Array.isArray(value.chunks) ? (value.chunks as unknown[]) : undefined;
    return chunks?.every((chunk) => typeof chunk === 'string') ? (chunks as string[]) : undefined;
  } catch {
    return undefined;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}
