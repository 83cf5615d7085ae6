import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A file of JSON lines that only grows. */
export interface AppendLog {
  /** Resolves once the entry is on the disk. Entries that come at one time share the wait for it. */
  append(entry: object): Promise<void>;
  close(): Promise<void>;
}

/** Opens the log, with each entry that it holds already given to `restore`. A last line that was cut off by a crash is passed over. */
export async function openAppendLog(
  folder: string,
  name: string,
  restore: (entry: Record<string, unknown>, log: AppendLog) => void,
): Promise<AppendLog> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const file = await open(path, 'a+', 0o600);
  let waiting: { text: string; settle: (error?: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        await file.appendFile(group.map(({ text }) => text).join(''));
        await file.datasync();
        for (const { settle } of group) settle();
      } catch (error) {
        for (const { settle } of group) settle(error);
      }
    }
    writing = undefined;
  };
  const log: AppendLog = {
    append(entry) {
      return new Promise((resolve, reject) => {
        waiting.push({
          text: `${JSON.stringify(entry)}\n`,
          settle: (error) => (error === undefined ? resolve() : reject(error)),
        });
        writing ??= writeAll();
      });
    },
    async close() {
      await writing;
      await file.close();
    },
  };
  // What is appended after half a line would be lost with it.
  if (await readLines(path, (entry) => restore(entry, log))) await file.appendFile('\n');
  return log;
}

/** True if the last line does not end. */
async function readLines(path: string, restore: (entry: Record<string, unknown>) => void): Promise<boolean> {
  const stream = createReadStream(path, 'utf8');
  let last = '\n';
  stream.on('data', (chunk) => {
    last = String(chunk).at(-1) ?? last;
  });
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    try {
      const entry: unknown = JSON.parse(line);
      if (typeof entry === 'object' && entry !== null) restore(entry as Record<string, unknown>);
    } catch {
      // The end of a process in the middle of a line, or a line that somebody has edited.
    }
  }
  return last !== '\n';
}
