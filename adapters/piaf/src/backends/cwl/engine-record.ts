import { readFile, rename, rm, writeFile } from 'node:fs/promises';

/** `engine.json`: the engine that was begun last. */
export interface EngineRecord {
  /** Its {@link ENGINE_MARK}. */
  readonly mark: string;
  /** There once it has been started. */
  readonly pid?: number;
  /** Of the process, so that another one with its id is not taken for it. */
  readonly startTime?: string;
}

export async function readEngineRecord(path: string): Promise<EngineRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is EngineRecord {
  return typeof value === 'object' && value !== null && typeof (value as { mark?: unknown }).mark === 'string';
}

export async function writeEngineRecord(path: string, record: EngineRecord): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function removeEngineRecord(path: string): Promise<void> {
  await rm(path, { force: true });
}
