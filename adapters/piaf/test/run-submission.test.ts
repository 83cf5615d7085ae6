import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BundledPrograms, bundledPrograms } from './bundled-programs.js';
import { AGE, temporaryFolder } from './chain-package.js';
import { cleanUp, ended, start, startStepsBy, submit } from './served-runs.js';

let programs: BundledPrograms;
beforeAll(async () => {
  programs = await bundledPrograms();
  startStepsBy(programs.step);
});
afterAll(() => programs?.remove());
afterEach(cleanUp);

describe('a submission', () => {
  it('with the same key gives the same run, before and after a restart, and conflicts with another request', async () => {
    const { service, root } = await start();
    const [one, two] = await Promise.all([
      submit(service, [50], { idempotencyKey: 'k' }),
      submit(service, [50], { idempotencyKey: 'k' }),
    ]);
    expect(two?.runId).toBe(one?.runId);
    await expect(submit(service, [51], { idempotencyKey: 'k' })).rejects.toMatchObject({ code: 'DH_RUN_CONFLICT' });
    // The key is the tenant's own.
    expect((await submit(service, [50], { idempotencyKey: 'k', tenant: 'other' })).runId).not.toBe(one?.runId);
    await service.close();
    const again = await start({}, {}, root);
    expect((await submit(again.service, [50], { idempotencyKey: 'k' })).runId).toBe(one?.runId);
    expect(again.service.list('ward', { pageSize: 10 }).runs).toHaveLength(1);
    expect(readdirSync(join(root, 'state', 'uploads'))).toEqual([]);
  });

  it('that is refused leaves nothing behind, and uses up no key', async () => {
    const { service, root } = await start();
    await expect(submit(service, [50], { parameters: { frame: 1 }, idempotencyKey: 'k' })).rejects.toMatchObject({
      code: 'DH_CHAIN_REQUEST_INVALID',
      details: { field: 'frame' },
    });
    await expect(submit(service, [])).rejects.toMatchObject({ details: { field: 'studies' } });
    await expect(submit(service, [50], { chain: 'risk-model/1.0.0/other' })).rejects.toMatchObject({
      code: 'DH_WORKFLOW_UNSUPPORTED',
    });
    const missing = [{ kind: 'attachment', path: 'nobody.json' }] as const;
    await expect(submit(service, [50], { inputs: missing, idempotencyKey: 'k' })).rejects.toMatchObject({
      details: { field: 'studies[0]' },
    });
    expect(readdirSync(join(root, 'state', 'runs'))).toEqual([]);
    expect(readdirSync(join(root, 'state', 'uploads'))).toEqual([]);
    expect((await submit(service, [50], { idempotencyKey: 'k' })).state).toBe('QUEUED');
  });

  it.each([
    '../a.json',
    'a/../../b.json',
    '/etc/passwd',
    'a\\b.json',
    'C:\\a.json',
    'a\u0000.json',
    '',
    '.',
    'a//b',
    './a',
    `${'x'.repeat(300)}.json`,
    `${'a/'.repeat(30)}b`,
  ])('does not take an attachment by the name %j', async (name) => {
    const { service, root } = await start();
    const upload = await service.createUpload('ward');
    await expect(upload.add(name, Buffer.from('{}'))).rejects.toMatchObject({ code: 'DH_CHAIN_REQUEST_INVALID' });
    await upload.discard();
    expect(readdirSync(root).sort()).toEqual(['models', 'state', 'uid-key']);
    expect(readdirSync(join(root, 'state', 'uploads'))).toEqual([]);
  });

  it('does not take a name twice, nor more bytes than allowed', async () => {
    const { service } = await start({ limits: { maxUploadBytes: 10 } });
    const upload = await service.createUpload('ward');
    await upload.add('a.json', Buffer.from('{}'));
    await expect(upload.add('a.json', Buffer.from('{}'))).rejects.toMatchObject({ code: 'DH_CHAIN_REQUEST_INVALID' });
    await expect(upload.add('b.json', Buffer.alloc(9))).rejects.toMatchObject({ code: 'DH_MESSAGE_TOO_LARGE' });
    await upload.discard();
  });

  it('is refused beyond the quota of its tenant, and beyond the queue of all', async () => {
    const { service } = await start({ limits: { maxRunning: 1, maxActivePerTenant: 2, maxQueued: 2 } });
    await submit(service, [AGE.hangs]);
    await submit(service, [50]);
    await expect(submit(service, [50])).rejects.toMatchObject({ code: 'DH_RUN_QUOTA_EXCEEDED', retryable: true });
    await submit(service, [50], { tenant: 'other' });
    await expect(submit(service, [50], { tenant: 'third' })).rejects.toMatchObject({ code: 'DH_QUEUE_FULL' });
  });

  it('is refused beyond the quota also among requests at the same time', async () => {
    const { service } = await start({ limits: { maxRunning: 1, maxActivePerTenant: 2 } });
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => submit(service, [AGE.hangs])));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it('is whole or refused where the service is closed meanwhile', async () => {
    const { service, root } = await start();
    const all = Promise.allSettled(Array.from({ length: 5 }, () => submit(service, [50])));
    await new Promise((resolve) => setImmediate(resolve));
    await service.close();
    const taken = (await all).filter(({ status }) => status === 'fulfilled').length;
    expect(readdirSync(join(root, 'state', 'runs'))).toHaveLength(taken);
    expect((await start({}, {}, root)).service.list('ward', { pageSize: 9 }).runs).toHaveLength(taken);
  });

  it('reads inputs below the roots of its tenant, and nothing elsewhere', async () => {
    const root = temporaryFolder();
    const archive = join(root, 'archive');
    mkdirSync(archive, { recursive: true });
    writeFileSync(join(archive, 'a.json'), '{"age":50}');
    writeFileSync(join(root, 'secret.json'), '{"age":60}');
    symlinkSync(join(root, 'secret.json'), join(archive, 'link.json'));
    const roots = [{ name: 'archive', folder: archive, tenants: ['ward'] }];
    const { service } = await start({ roots }, {}, root);
    const at = (path: string, tenant = 'ward') =>
      submit(service, [], { tenant, inputs: [{ kind: 'root', root: 'archive', path }] });
    expect((await ended(service, await at('a.json'))).state).toBe('COMPLETE');
    for (const path of ['../secret.json', 'link.json', 'nobody.json', '.', '', '/etc/passwd']) {
      await expect(at(path)).rejects.toMatchObject({
        code: 'DH_CHAIN_REQUEST_INVALID',
        details: { field: 'studies[0]' },
      });
    }
    await expect(at('a.json', 'other')).rejects.toMatchObject({ code: 'DH_CHAIN_REQUEST_INVALID' });
  });
});

describe('tenants', () => {
  it('see their own runs alone', async () => {
    const { service } = await start();
    const run = await ended(service, await submit(service, [50]));
    const { runId } = run;
    expect(() => service.get('other', runId)).toThrow(expect.objectContaining({ code: 'DH_RUN_NOT_FOUND' }));
    await expect(service.cancel('other', runId)).rejects.toMatchObject({ code: 'DH_RUN_NOT_FOUND' });
    await expect(service.openArtefact('other', runId, 'results.ndjson')).rejects.toMatchObject({
      code: 'DH_RUN_NOT_FOUND',
    });
    expect(() => service.taskLog('other', runId, 'merge')).toThrow(
      expect.objectContaining({ code: 'DH_RUN_NOT_FOUND' }),
    );
    expect(service.list('other', { pageSize: 10 })).toEqual({ runs: [] });
    expect(service.counts('other').COMPLETE).toBe(0);
    expect(service.counts('ward').COMPLETE).toBe(1);
  });

  it('page through all of their runs, newest first, while new ones arrive', async () => {
    const { service } = await start({ limits: { maxRunning: 1 } });
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.unshift((await submit(service, [AGE.hangs])).runId);
    const first = service.list('ward', { pageSize: 2 });
    await submit(service, [AGE.hangs]);
    const pageToken = first.nextPageToken ?? '';
    const second = service.list('ward', { pageSize: 2, pageToken });
    const third = service.list('ward', { pageSize: 2, pageToken: second.nextPageToken ?? '' });
    expect([first, second, third].flatMap(({ runs }) => runs.map(({ runId }) => runId))).toEqual(ids);
    expect(third.nextPageToken).toBeUndefined();
    expect(() => service.list('ward', { pageSize: 2, pageToken: 'x' })).toThrow('page_token');
  });
});
