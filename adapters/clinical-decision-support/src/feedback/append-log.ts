import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';

const OPENING_BRACE = 0x7b;

/** A file of JSON lines that only grows. */
export interface AppendLog {
  /** Resolves once the entry is on the disk. Entries that come at one time share the wait for it. */
  append(entry: object): Promise<void>;
  /**
   * The first line that is damaged, or that does not follow from the one before it in a chained log: something was
   * changed or taken out.
   */
  readonly brokenAtLine: number | undefined;
  close(): Promise<void>;
}

export interface AppendLogOptions {
  /**
   * Each entry then has the SHA-256 of the line before it as `chain`, so that a change shows. That lines were
   * taken off the end does not show.
   */
  readonly isChained?: boolean;
  /** Whether a line is one of this log; others count as damaged. Default: every JSON object. */
  readonly isEntry?: (entry: Record<string, unknown>) => boolean;
}

/**
 * Opens the log, with each entry that it holds already given to `restore`. A last line that was cut off by a crash is
 * taken off: nobody was told that it is kept. Throws DH_CONFIG_INVALID where the file cannot be read or written.
 */
export async function openAppendLog(
  folder: string,
  name: string,
  restore: (entry: Record<string, unknown>, log: AppendLog) => void,
  { isChained = false, isEntry = () => true }: AppendLogOptions = {},
): Promise<AppendLog> {
  const path = join(folder, name);
  const unusable = (cause: unknown): never => {
    throw new DeepHealthError('DH_CONFIG_INVALID', `The file "${name}" in the state folder cannot be used.`, { cause });
  };
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(unusable);
  const file = await open(path, 'a+', 0o600).catch(unusable);
  let waiting: { entry: object; settle: (error?: unknown) => void }[] = [];
  let writing: Promise<void> | undefined;
  let chain = '';
  let brokenAtLine: number | undefined;
  let end = 0;
  /** Whether something may stand behind the end: a disk that is full takes a part of what it is given. */
  let isTorn = false;
  const cutTorn = async () => {
    if (!isTorn) return;
    await file.truncate(end);
    isTorn = false;
  };
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
        await cutTorn();
        const lines = Buffer.from(group.map(({ entry }) => `${lineOf(entry)}\n`).join(''));
        isTorn = true;
        await file.appendFile(lines);
        await file.datasync();
        isTorn = false;
        end += lines.byteLength;
        for (const { settle } of group) settle();
      } catch (error) {
        // What is not on the disk is nothing that the next line could follow.
        chain = chainBefore;
        await cutTorn().catch(() => undefined);
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
  try {
    const read = await readLines(path, (entry, line, number) => {
      if (entry === undefined || !isEntry(entry) || (isChained && entry.chain !== chain)) brokenAtLine ??= number;
      if (entry === undefined) return;
      chain = sha256(line);
      restore(entry, log);
    });
    end = read.end;
    if (read.rest.byteLength > 0) {
      // What is appended after half a line would be lost with it. What never was the beginning of one stays, to be seen.
      const isCutOff = read.rest[0] === OPENING_BRACE;
      if (isCutOff) await file.truncate(end);
      else await file.appendFile('\n');
      if (!isCutOff) {
        brokenAtLine ??= read.lines + 1;
        end += read.rest.byteLength + 1;
      }
    }
  } catch (error) {
    await file.close();
    return unusable(error);
  }
  return log;
}

/** Gives every line that has its end, undefined for one that holds no entry; resolves with what stands behind them. */
async function readLines(
  path: string,
  restore: (entry: Record<string, unknown> | undefined, line: string, number: number) => void,
): Promise<{ readonly end: number; readonly lines: number; readonly rest: Buffer }> {
  let number = 0;
  let end = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let feed = rest.indexOf(0x0a); feed >= 0; feed = rest.indexOf(0x0a, from)) {
      number += 1;
      const line = rest.toString('utf8', from, feed);
      restore(toEntry(line), line, number);
      from = feed + 1;
    }
    end += from;
    rest = rest.subarray(from);
  }
  return { end, lines: number, rest };
}

function toEntry(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
