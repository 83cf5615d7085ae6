import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReplayMemory, type ReplayMemory } from './replay-memory.js';

const NOW = new Date('2026-11-29T12:00:00Z');
const now = NOW.getTime() / 1000;

let folder: string;
let file: string;
const opened: ReplayMemory[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seen-tokens-'));
  file = join(folder, 'state', 'seen-tokens');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((memory) => memory.close()));
  await rm(folder, { recursive: true });
});

async function open(at = NOW, options = {}): Promise<ReplayMemory> {
  const memory = await openReplayMemory(file, at, options);
  opened.push(memory);
  return memory;
}

describe('the memory of tokens', () => {
  it('knows a token again, for its issuer and no other', async () => {
    const memory = await open();
    expect(await memory.remember('a', 'one', now + 300, now)).toBe(true);
    expect(await memory.remember('a', 'one', now + 300, now)).toBe(false);
    expect(await memory.remember('b', 'one', now + 300, now)).toBe(true);
    // Not the same pair, though the same letters in a row.
    expect(await memory.remember('ab', 'c', now + 300, now)).toBe(true);
    expect(await memory.remember('a', 'bc', now + 300, now)).toBe(true);
  });

  it('is on disk when it says that a token is new', async () => {
    const memory = await open();
    for (let round = 0; round < 20; round++) {
      await memory.remember('a', `token-${round}`, now + 300, now);
      expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(round + 3);
    }
  });

  it('keeps nothing of the token itself, and is for its owner alone', async () => {
    const memory = await open();
    await memory.remember('https://ehr.example', 'secret-token-id', now + 300, now);
    expect(await readFile(file, 'utf8')).toMatch(/^deephealth-seen-tokens 1\n1\d{9} [\w-]{43}\n$/);
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it('survives a line that was half written, and goes on behind it', async () => {
    await (await open()).remember('a', 'one', now + 300, now);
    await appendFile(file, '17643');
    const second = await open();
    expect(await second.remember('a', 'one', now + 300, now)).toBe(false);
    expect(await second.remember('a', 'two', now + 300, now)).toBe(true);
    const third = await open();
    expect(await third.remember('a', 'two', now + 300, now)).toBe(false);
  });

  it('forgets what has expired when it is opened, and keeps the rest', async () => {
    const first = await open();
    await first.remember('a', 'short', now + 10, now);
    await first.remember('a', 'long', now + 1000, now);
    const second = await open(new Date(NOW.getTime() + 60_000));
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(2);
    expect(await second.remember('a', 'long', now + 1000, now + 60)).toBe(false);
  });

  it('accepts no token again that it forgot while the clock was ahead', async () => {
    const memory = await open(NOW, { slackLines: 1 });
    expect(await memory.remember('a', 'one', now + 300, now)).toBe(true);
    // The clock is set forwards by an hour, and back.
    expect(await memory.remember('a', 'other', now + 4000, now + 3600)).toBe(true);
    expect(await memory.remember('a', 'one', now + 300, now + 1)).toBe(false);
    expect(await memory.remember('a', 'new', now + 4000, now + 1)).toBe(true);
  });

  it('does not grow without end while it is open', async () => {
    const memory = await open(NOW, { slackLines: 50 });
    for (let round = 0; round < 1_000; round++) {
      expect(await memory.remember('a', `token-${round}`, now + round + 5, now + round)).toBe(true);
      expect(await memory.remember('a', `token-${round}`, now + round + 5, now + round)).toBe(false);
    }
    expect((await readFile(file, 'utf8')).split('\n').length).toBeLessThan(130);
    expect(await memory.remember('a', 'token-999', now + 1_004, now + 999)).toBe(false);
    const next = await open(new Date((now + 999) * 1000));
    expect(await next.remember('a', 'token-999', now + 1_004, now + 999)).toBe(false);
  });

  it('takes no more than its limit, until some expire', async () => {
    const memory = await open(NOW, { maximumTokens: 3 });
    for (const id of ['one', 'two', 'three']) await memory.remember('a', id, now + 10, now);
    await expect(memory.remember('a', 'four', now + 10, now)).rejects.toMatchObject({ code: 'DH_QUEUE_FULL' });
    expect(await memory.remember('a', 'four', now + 30, now + 11)).toBe(true);
  });

  it('keeps all of many that arrive at once', async () => {
    const memory = await open();
    const ids = Array.from({ length: 500 }, (_, index) => `token-${index}`);
    const outcomes = await Promise.all([...ids, ...ids].map((id) => memory.remember('a', id, now + 300, now)));
    expect(outcomes.filter(Boolean)).toHaveLength(500);
    const next = await open();
    const again = await Promise.all(ids.map((id) => next.remember('a', id, now + 300, now)));
    expect(again.filter(Boolean)).toEqual([]);
  });

  it('accepts nothing that it cannot write, and says no path', async () => {
    const memory = await open();
    await memory.close();
    const error = await memory.remember('a', 'one', now + 300, now).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DH_SERVER_STOPPING' });
    expect(String(error)).not.toContain(folder);
    // Whoever asked meanwhile is not told either that it was new.
    expect(await memory.remember('a', 'one', now + 300, now)).toBe(false);
  });

  it('leaves alone a file of another kind', async () => {
    await open();
    await writeFile(file, 'something else\n');
    await expect(open()).rejects.toMatchObject({ code: 'DH_CONFIG_INVALID' });
    expect(await readFile(file, 'utf8')).toBe('something else\n');
  });
});
