import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A file of JSON lines that only grows. */
export interface AppendLog {
  /** Resolves once the entry is on the disk. Entries that come at one time share the wait for it. */
  append(entry: object): Promise<void>;
  /** Of a chained log, the first line that does not follow from the one before it: something was changed or taken out. */
  readonly brokenAtLine: number | undefined;
  close(): Promise<void>;
}

export interface AppendLogOptions {
  /**
   * Each entry then has the SHA-256 of the line before it as `chain`, so that a change shows. That lines were
   * taken off the end does not show.
   */
  readonly isChained?: boolean;
}

/** Opens the log, with each entry that it holds already given to `restore`. A last line that was cut off by a crash is passed over. */
export async function openAppendLog(
  folder: string,
  name: string,
  restore: (entry: Record<string, unknown>, log: AppendLog) => void,
  { isChained = false }: AppendLogOptions = {},
): Promise<AppendLog> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const file = await open(path, 'a+', 0o600);
  let waiting: { entry: object; settle: (error?: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;
  let chain = '';
  let brokenAtLine: number | undefined;
  const lineOf = (entry: object) => {
    const line = JSON.stringify(isChained ? { ...entry, chain } : entry);
    chain = sha256(line);
    return line;
  };
  const writeAll = async () => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const chainBefore = chain;
      try {
        await file.appendFile(group.map(({ entry }) => `${lineOf(entry)}\n`).join(''));
        await file.datasync();
        for (const { settle } of group) settle();
      } catch (error) {
        // What is not on the disk is nothing that the next line could follow.
        chain = chainBefore;
        for (const { settle } of group) settle(error);
      }
    }
    writing = undefined;
  };
  const log: AppendLog = {
    append(entry) {
      return new Promise((resolve, reject) => {
        waiting.push({
          entry: { ...entry },
          settle: (error) => (error === undefined ? resolve() : reject(error)),
        });
        writing ??= writeAll();
      });
    },
    get brokenAtLine() {
      return brokenAtLine;
    },
    async close() {
      await writing;
      await file.close();
    },
  };
  // What is appended after half a line would be lost with it.
  const isCutOff = await readLines(path, (entry, line, number) => {
    if (isChained && entry.chain !== chain) brokenAtLine ??= number;
    chain = sha256(line);
    restore(entry, log);
  });
  if (isCutOff) await file.appendFile('\n');
  return log;
}

/** True if the last line does not end. */
async function readLines(
  path: string,
  restore: (entry: Record<string, unknown>, line: string, number: number) => void,
): Promise<boolean> {
  let number = 0;
  const stream = createReadStream(path, 'utf8');
  let last = '\n';
  stream.on('data', (chunk) => {
    last = String(chunk).at(-1) ?? last;
  });
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    try {
      const entry: unknown = JSON.parse(line);
      if (typeof entry === 'object' && entry !== null) restore(entry as Record<string, unknown>, line, number);
    } catch {
      // The end of a process in the middle of a line, or a line that somebody has edited.
    }
  }
  return last !== '\n';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
