import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SubmittedRun } from '../store/run-event.js';
import { openRunJournal } from '../store/run-journal.js';
import { CANCELED, type OpenRun, OpenRuns } from './open-runs.js';

let folder: string;
let errors: unknown[];
let runs: OpenRuns;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-runs-'));
  errors = [];
  runs = new OpenRuns((thrown) => errors.push(thrown));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function added(runId: string, tenant = 'ward', key?: string): Promise<OpenRun> {
  const run: SubmittedRun = {
    ...{ runId, tenant, face: 'wes', chain: 'm/1.0.0/c', packageSha256: 'b'.repeat(64) },
    ...{ parameters: {}, request: {}, backend: 'local', inputs: [] },
    ...(key === undefined ? {} : { idempotency: { key, requestSha256: 'c' } }),
  };
  const open = { folder, journal: await openRunJournal(join(folder, runId), { type: 'submitted', run }) };
  runs.add(open, run);
  return open;
}

describe('the open runs', () => {
  it('end a run once: what was written first counts, and is told once', async () => {
    const run = await added('a');
    const told: string[] = [];
    runs.onChange(({ state }) => told.push(state));
    const [first, second] = await Promise.all([runs.end(run, 'COMPLETE'), runs.end(run, 'CANCELED', CANCELED)]);
    expect([first.state, second.state, second.failure]).toEqual(['COMPLETE', 'COMPLETE', undefined]);
    expect(told).toEqual(['COMPLETE']);
    expect(readFileSync(join(folder, 'a'), 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('end a run that is being cancelled as that, whatever it came to meanwhile', async () => {
    const run = await added('a');
    await runs.change(run, { type: 'state', state: 'CANCELING' });
    const record = await runs.end(run, 'SYSTEM_ERROR', { code: 'DH_INTERNAL', message: 'x' });
    expect(record).toMatchObject({ state: 'CANCELED', failure: CANCELED });
  });

  it('page newest first; a page goes on where the one before ended, whatever is added', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await runs.end(await added(id), 'COMPLETE');
    await runs.end(await added('x', 'other'), 'COMPLETE');
    const ids = (token?: string) => {
      const { runs: page, nextPageToken } = runs.list('ward', 2, token);
      return [page.map(({ runId }) => runId).join(''), nextPageToken];
    };
    expect(ids()).toEqual(['ed', 'd']);
    await runs.end(await added('f'), 'COMPLETE');
    expect(ids('d')).toEqual(['cb', 'b']);
    expect(ids('b')).toEqual(['a', undefined]);
    expect(ids('')).toEqual(['fe', 'e']);
    for (const token of ['x', 'nobody']) {
      expect(() => runs.list('ward', 2, token)).toThrow(expect.objectContaining({ code: 'DH_CHAIN_REQUEST_INVALID' }));
    }
    expect(runs.list('nobody', 2)).toEqual({ runs: [] });
    expect([runs.counts('ward').COMPLETE, runs.counts('nobody').COMPLETE]).toEqual([6, 0]);
  });

  it('find a run for its own tenant alone', async () => {
    const run = await added('a');
    expect(runs.find('ward', 'a')).toBe(run);
    expect(() => runs.find('other', 'a')).toThrow(expect.objectContaining({ code: 'DH_RUN_NOT_FOUND' }));
    await runs.end(run, 'COMPLETE');
  });

  it('forget a run that is removed with its key, and keep no key of a request that was not taken', async () => {
    const run = await added('a', 'ward', 'k');
    expect((await runs.byKey('ward', 'k')?.run)?.runId).toBe('a');
    expect(runs.byKey('other', 'k')).toBeUndefined();
    await runs.end(run, 'COMPLETE');
    runs.remove(run);
    expect(runs.byKey('ward', 'k')).toBeUndefined();
    expect(() => runs.find('ward', 'a')).toThrow(expect.objectContaining({ code: 'DH_RUN_NOT_FOUND' }));
    expect(runs.list('ward', 9)).toEqual({ runs: [] });
    const refused = Promise.reject(new Error('no'));
    runs.rememberKey('ward', 'r', { requestSha256: 'c', run: refused });
    expect(runs.byKey('ward', 'r')).toBeDefined();
    await refused.catch(() => undefined);
    expect(runs.byKey('ward', 'r')).toBeUndefined();
  });

  it('tell all listeners, also where one of them throws', async () => {
    const run = await added('a');
    const told: string[] = [];
    runs.onChange(() => {
      throw new RangeError('listener');
    });
    const stop = runs.onChange(({ state }) => told.push(state));
    await runs.change(run, { type: 'state', state: 'RUNNING' });
    stop();
    await runs.end(run, 'COMPLETE');
    expect(told).toEqual(['RUNNING']);
    expect(errors).toEqual([expect.any(RangeError), expect.any(RangeError)]);
  });
});
