import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openCallbackJournal } from './callback-journal.js';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'callbacks-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe('openCallbackJournal', () => {
  it('remembers over a restart', async () => {
    const place = join(folder(), 'new');
    const first = await openCallbackJournal(place);
    await first.add('r1', 'success', 'delivered');
    await first.add('r2', 'failed', 'given-up');
    await first.close();
    const second = await openCallbackJournal(place);
    onTestFinished(() => second.close());
    expect([second.has('r1', 'success'), second.has('r2', 'failed'), second.has('r1', 'failed')]).toEqual([
      ...[true, true, false],
    ]);
  });

  it('holds an entry that a crash cut short for none, and writes the next one whole', async () => {
    const place = folder();
    writeFileSync(join(place, 'callbacks.ndjson'), '{"run":"r1","event":"success","end":"delivered"}\nnonsense\n');
    appendFileSync(join(place, 'callbacks.ndjson'), '{"run":"r2","eve');
    const journal = await openCallbackJournal(place);
    expect([journal.has('r1', 'success'), journal.has('r2', 'success')]).toEqual([true, false]);
    await journal.add('r2', 'success', 'delivered');
    await journal.close();
    expect(readFileSync(join(place, 'callbacks.ndjson'), 'utf8').split('\n').slice(2)).toEqual([
      ...['{"run":"r2","eve', '{"run":"r2","event":"success","end":"delivered"}', ''],
    ]);
    const again = await openCallbackJournal(place);
    onTestFinished(() => again.close());
    expect(again.has('r2', 'success')).toBe(true);
  });

  it('remembers nothing without a folder', async () => {
    const journal = await openCallbackJournal(undefined);
    await journal.add('r1', 'success', 'delivered');
    expect(journal.has('r1', 'success')).toBe(true);
    await journal.close();
    expect((await openCallbackJournal(undefined)).has('r1', 'success')).toBe(false);
  });
});
