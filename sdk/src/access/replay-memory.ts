import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DeepHealthError } from '../errors/deephealth-error.js';

const HEADER = 'deephealth-seen-tokens 1';

export interface ReplayMemoryOptions {
  /** Beyond it no new token is accepted until old ones expire. Default 1,000,000, about 120 MB. */
  readonly maximumTokens?: number;
  /** Written lines after which expired tokens are forgotten, and the file is written anew if half of it is theirs. Default 10,000. */
  readonly slackLines?: number;
}

/** Which tokens were seen, so that none is accepted twice, even by the process after this one. */
export interface ReplayMemory {
  /**
   * True if this issuer's token is new; it is then on disk. False if it was seen before. `expiresAt` and `now`
   * in seconds since 1970; a token is forgotten when it expires, since it is refused from then on anyhow.
   */
  remember(issuer: string, tokenId: string, expiresAt: number, now: number): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens the memory in `file` and makes the file if there is none. One process at a time may hold it.
 *
 * A line is the time of expiry and a hash of issuer and token id: nothing of the token itself is kept.
 */
export async function openReplayMemory(
  file: string,
  now: Date,
  options: ReplayMemoryOptions = {},
): Promise<ReplayMemory> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const seen = parseMemory(await readIfThere(file));
  const memory = new FileReplayMemory(file, seen, options);
  await memory.compact(now.getTime() / 1000);
  return memory;
}

class FileReplayMemory implements ReplayMemory {
  private readonly maximumTokens: number;
  private readonly slackLines: number;
  private handle: FileHandle | undefined;
  /** Tokens that expired before are no longer known. */
  private forgottenUntil = 0;
  private linesInFile = 0;
  private linesSinceSweep = 0;
  private pending: string[] = [];
  private work: Promise<unknown> = Promise.resolve();
  /** True after a write that failed, which may have left half a line. */
  private isTorn = false;

  constructor(
    private readonly file: string,
    private readonly seen: Map<string, number>,
    { maximumTokens = 1_000_000, slackLines = 10_000 }: ReplayMemoryOptions,
  ) {
    this.maximumTokens = maximumTokens;
    this.slackLines = slackLines;
  }

  async remember(issuer: string, tokenId: string, expiresAt: number, now: number): Promise<boolean> {
    const key = hashOf(issuer, tokenId);
    const until = this.seen.get(key);
    if (until !== undefined && until >= now) return false;
    // A clock that was set back does not bring back what was forgotten while it was ahead.
    if (expiresAt < this.forgottenUntil) return false;
    if (this.seen.size >= this.maximumTokens) this.forgetExpired(now);
    if (this.seen.size >= this.maximumTokens) {
      throw new DeepHealthError('DH_QUEUE_FULL', 'Too many tokens are remembered.', { retryAfterMs: 60_000 });
    }
    // Remembered before the disk is asked, so that a twin that arrives meanwhile is refused.
    this.seen.set(key, expiresAt);
    this.pending.push(`${Math.ceil(expiresAt)} ${key}\n`);
    await this.inTurn(() => this.write(now));
    return true;
  }

  /** Rewrites the file with what is still of use. The old one stands until the new one is complete. */
  compact(now: number): Promise<void> {
    return this.inTurn(() => this.rewrite(now));
  }

  async close(): Promise<void> {
    await this.inTurn(async () => {
      await this.handle?.close();
      this.handle = undefined;
    });
  }

  /** Writes one after the other; all lines that wait go to disk together. */
  private inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.work.then(step);
    this.work = turn.catch(() => undefined);
    return turn;
  }

  private async write(now: number): Promise<void> {
    // An earlier step took this line along; had it failed, the line would wait here again.
    if (this.pending.length === 0) return;
    if (this.handle === undefined) {
      throw new DeepHealthError('DH_SERVER_STOPPING', 'The memory of tokens is closed.');
    }
    const lines = this.pending;
    this.pending = [];
    try {
      await this.handle.appendFile(`${this.isTorn ? '\n' : ''}${lines.join('')}`);
      await this.handle.datasync();
    } catch (error) {
      this.isTorn = true;
      this.pending = [...lines, ...this.pending];
      throw new DeepHealthError('DH_INTERNAL', 'The memory of tokens could not be written.', { cause: error });
    }
    this.isTorn = false;
    this.linesInFile += lines.length;
    this.linesSinceSweep += lines.length;
    if (this.linesSinceSweep >= this.slackLines) await this.sweep(now);
  }

  private async sweep(now: number): Promise<void> {
    this.linesSinceSweep = 0;
    this.forgetExpired(now);
    if (this.linesInFile <= 2 * this.seen.size) return;
    // The old file holds all that the new one would: if there is no room for both, it serves on.
    await this.rewrite(now).catch(() => undefined);
  }

  private async rewrite(now: number): Promise<void> {
    this.forgetExpired(now);
    const lines = [...this.seen].map(([key, until]) => `${Math.ceil(until)} ${key}\n`);
    const fresh = await open(`${this.file}.new`, 'w', 0o600);
    try {
      await fresh.writeFile(`${HEADER}\n${lines.join('')}`);
      await fresh.sync();
      await rename(`${this.file}.new`, this.file);
    } catch (error) {
      await fresh.close();
      throw error;
    }
    const former = this.handle;
    // The name moved, the file is the same: writing goes on at its end.
    this.handle = fresh;
    this.linesInFile = lines.length;
    await former?.close();
    await syncFolder(dirname(this.file));
  }

  private forgetExpired(now: number): void {
    this.forgottenUntil = Math.max(this.forgottenUntil, now);
    for (const [key, until] of this.seen) if (until < now) this.seen.delete(key);
  }
}

/** The name of the memory's file in a folder of state. */
export function replayFileIn(stateFolder: string): string {
  return join(stateFolder, 'seen-tokens');
}

function parseMemory(text: string | undefined): Map<string, number> {
  const seen = new Map<string, number>();
  if (text === undefined) return seen;
  const [header, ...lines] = text.split('\n');
  if (header !== HEADER) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'The file of seen tokens in the state folder is another kind of file.',
    );
  }
  for (const line of lines) {
    // A line that is not whole was never acknowledged: the process ended while it was written.
    const match = /^(\d{1,15}) ([\w-]{43})$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) seen.set(match[2], Number(match[1]));
  }
  return seen;
}

function hashOf(issuer: string, tokenId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, tokenId]))
    .digest('base64url');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DeepHealthError('DH_CONFIG_INVALID', 'The file of seen tokens in the state folder cannot be read.', {
      cause: error,
    });
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and keeps renames without it.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
