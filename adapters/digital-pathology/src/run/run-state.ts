import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { notWritten } from './not-written.js';

/** What a run has on disk beside its tiles and its map. */
export interface RunProgress {
  /** Digest of everything that determines the result. */
  readonly planSha256: string;
  readonly startedAt: string;
  readonly completedAt?: string;
  /** Rows of tiles whose cells are in the map, from the first on. */
  readonly rowsInMap: number;
  /** [column, row] of tiles that could not be read, of these rows. */
  readonly unread: readonly (readonly [number, number])[];
  /** Tiles of these rows by outcome. */
  readonly examined: number;
  readonly abstained: number;
  /** Tiles of these rows by kind of warning. */
  readonly warnings: Readonly<Record<string, number>>;
  /** What the runtime said of itself; the same for all tiles. */
  readonly ranOn?: RanOn;
}

export interface RanOn {
  readonly server: string;
  readonly engine: string;
  readonly executionProvider: string;
  readonly onnxSha256: string;
}

const FILE = 'progress.json';

/** Undefined where no run began. */
export async function readProgress(folder: string): Promise<RunProgress | undefined> {
  const text = await readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw corrupt(error);
  });
  if (text === undefined) return undefined;
  try {
    const progress = JSON.parse(text) as RunProgress;
    if (typeof progress.planSha256 !== 'string' || !Number.isSafeInteger(progress.rowsInMap))
      throw new Error('no progress');
    return progress;
  } catch (cause) {
    throw corrupt(cause);
  }
}

/** Whole or not at all, and on the disk when it returns. */
export async function writeProgress(folder: string, progress: RunProgress): Promise<void> {
  const temporary = join(folder, `${FILE}.new`);
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(`${JSON.stringify(progress, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, FILE));
  } catch (error) {
    notWritten(error);
  }
}

/**
 * Keeps the folder for one process. The lock of a process that has ended is taken over.
 *
 * @returns gives it back
 * @throws DH_RUN_STATE_MISMATCH while another process works in it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true }).catch(notWritten);
  const path = join(folder, 'lock');
  if (held.has(path)) throw busy();
  for (let attempt = 0; attempt < 3; attempt++) {
    const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) =>
      error.code === 'EEXIST' ? undefined : notWritten(error),
    );
    if (file !== undefined) {
      await file.writeFile(String(process.pid));
      await file.close();
      held.add(path);
      return async () => {
        held.delete(path);
        await rm(path, { force: true });
      };
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (holder !== process.pid && isRunning(holder)) break;
    await rm(path, { force: true });
  }
  throw busy();
}

/** Folders of this process: its own lock would look like one that was left behind. */
const held = new Set<string>();

function busy(): DeepHealthError {
  return new DeepHealthError(
    'DH_RUN_STATE_MISMATCH',
    'Another run works in this folder. Wait for it, or end it first.',
  );
}

function isRunning(pid: number): boolean {
  if (!(Number.isSafeInteger(pid) && pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function corrupt(cause: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_RUN_STATE_CORRUPT',
    'What an earlier run left in the folder cannot be read. Remove the folder of the run to begin anew.',
    { cause },
  );
}
