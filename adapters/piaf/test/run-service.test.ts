import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '@deephealth/adapter-piaf';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BundledPrograms, bundledPrograms } from './bundled-programs.js';
import { AGE, chainPackage } from './chain-package.js';
import { artefact, asked, CHAIN, cleanUp, ended, hasEnded, start, startStepsBy, submit, until } from './served-runs.js';

let programs: BundledPrograms;
beforeAll(async () => {
  programs = await bundledPrograms();
  startStepsBy(programs.step);
});
afterAll(() => programs?.remove());
afterEach(cleanUp);

describe('a run', () => {
  it('goes through its states in order, with progress that never goes back, to artefacts by digest', async () => {
    const { service } = await start();
    const seen: string[] = [];
    const progress: number[] = [];
    service.onChange((run) => {
      if (seen.at(-1) !== run.state) seen.push(run.state);
      progress.push(run.progress);
    });
    const run = await ended(service, await submit(service, [50, 60, 70, 80, 90]));
    expect(seen).toEqual(['QUEUED', 'INITIALIZING', 'RUNNING', 'COMPLETE']);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(new Set(progress)).toEqual(new Set([0, 5, 35, 65, 95, 99, 100]));
    expect(run.tasks.map(({ name, state, attempts }) => [name, state, attempts])).toEqual(
      ['stage-in', 'chunk-00000', 'chunk-00001', 'chunk-00002', 'merge'].map((name) => [name, 'COMPLETE', 1]),
    );
    expect(run.itemCount).toBe(5);
    const results = (await artefact(service, run, 'results.ndjson')).trim().split('\n');
    expect(results.map((line) => JSON.parse(line).findings[0].score)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9]);
    expect(run.artefacts.map(({ path }) => path)).toContain('SHA256SUMS');
  });

  it('keeps no name of a file that it was given, anywhere on the disk but in its request', async () => {
    const { service, root } = await start();
    const run = await ended(service, await submit(service, [50, 60]));
    const folder = join(root, 'state', 'runs', run.runId);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      expect(entry.name).not.toContain('Doe');
      if (entry.isFile()) expect(readFileSync(join(entry.parentPath, entry.name), 'latin1')).not.toContain('Doe');
    }
  });

  it.each([
    [AGE.refused, 'EXECUTOR_ERROR', 'DH_VALUE_OUT_OF_RANGE', /^item-000002: The age is out of its range\.$/],
    [AGE.exits3, 'EXECUTOR_ERROR', 'DH_CHUNK_FAILED', /exit code 3/],
    [AGE.throws, 'SYSTEM_ERROR', 'DH_INTERNAL', /^(?!.*secret)/],
  ])('with an item that does %i to its task ends as %s', async (age, state, code, message) => {
    const { service } = await start();
    const run = await ended(service, await submit(service, [50, age]));
    expect(run).toMatchObject({ state, failure: { code, message: expect.stringMatching(message) } });
    expect(run.artefacts).toEqual([]);
    await expect(service.openArtefact('ward', run.runId, 'results.ndjson')).rejects.toMatchObject({
      code: 'DH_RUN_NOT_COMPLETE',
    });
  });

  it('records what the model refuses where the chain says so', async () => {
    const { service } = await start({}, { onRefusedItem: 'record' });
    const run = await ended(service, await submit(service, [50, AGE.refused]));
    expect(run.state).toBe('COMPLETE');
    const [, second = ''] = (await artefact(service, run, 'results.ndjson')).split('\n');
    expect(JSON.parse(second)).toMatchObject({ status: 'refused', error: { code: 'DH_VALUE_OUT_OF_RANGE' } });
  });

  it('begins a task anew that was killed, and asks nothing twice of the others', async () => {
    const { service, root } = await start();
    const run = await ended(service, await submit(service, [50, 60, AGE.killedOnce, 70]));
    expect(run.state).toBe('COMPLETE');
    expect(run.tasks.find(({ name }) => name === 'chunk-00001')).toMatchObject({ attempts: 2, state: 'COMPLETE' });
    const questions = asked(root, run.runId);
    expect(questions.filter((item) => item === 'item-000001')).toHaveLength(1);
    expect(questions.filter((item) => item === 'item-000003')).toHaveLength(2);
  });

  it('ends a task at its time limit', async () => {
    const { service } = await start({}, { resources: { cores: 1, ramMiB: 4096, timeLimitS: 2 } });
    const run = await ended(service, await submit(service, [AGE.hangs]));
    expect(run).toMatchObject({ state: 'EXECUTOR_ERROR', failure: { code: 'DH_CHUNK_TIMEOUT' } });
  });

  it('ends a task that needs more memory than it may', async () => {
    const { service } = await start({}, { resources: { cores: 1, ramMiB: 300, timeLimitS: 60 } });
    const run = await ended(service, await submit(service, [AGE.grows]));
    expect(run).toMatchObject({ state: 'EXECUTOR_ERROR', failure: { code: 'DH_CHUNK_OUT_OF_MEMORY' } });
  });

  it('is a fault of the system where an attachment is not what its checksum says', async () => {
    const { service, root } = await start();
    const upload = await service.createUpload('ward');
    await upload.add('a.json', Buffer.from('{"age":50}'));
    const request = {
      ...{ tenant: 'ward', face: 'wes', chain: CHAIN, parameters: {}, request: {}, upload },
      inputs: [{ kind: 'attachment', path: 'a.json', checksum: `sha256$${'0'.repeat(64)}` }],
    } as const;
    const run = await ended(service, await service.submit(request));
    expect(run).toMatchObject({ state: 'SYSTEM_ERROR', failure: { code: 'DH_CHAIN_INPUT_CHANGED' } });
    expect(() => asked(root, run.runId)).toThrow('ENOENT');
  });

  it('stays with the package that it began with, whatever is served later', async () => {
    const { service, root } = await start();
    const hanging = await submit(service, [AGE.hangs]);
    const { packageSha256 } = await until(service, hanging.runId, ({ state }) => state === 'RUNNING');
    await service.close();
    // The same version with other bytes, and runs that go on.
    const folder = chainPackage(join(root, 'models'), { title: 'Another one' });
    const journal = join(root, 'state', 'runs', hanging.runId, 'staged', 'items', 'item-000001', 'input.json');
    expect(JSON.parse(readFileSync(journal, 'utf8'))).toEqual({ age: AGE.hangs });
    const again = await start({ packages: [folder] }, { title: 'Another one' }, root);
    expect(again.service.chains[0]?.packageSha256).not.toBe(packageSha256);
    const kept = await until(again.service, hanging.runId, ({ tasks }) =>
      tasks.some(({ state }) => state === 'RUNNING'),
    );
    expect(kept.packageSha256).toBe(packageSha256);
    const fresh = await ended(again.service, await submit(again.service, [50]));
    const line = JSON.parse(await artefact(again.service, fresh, 'results.ndjson'));
    expect(line.model.packageSha256).toBe(again.service.chains[0]?.packageSha256);
  });
});

describe('a cancelled run', () => {
  it('ends its tasks within two seconds and has no result', async () => {
    const { service } = await start();
    const { runId } = await submit(service, [AGE.hangs]);
    await until(service, runId, ({ tasks }) =>
      tasks.some(({ name, state }) => name === 'chunk-00000' && state === 'RUNNING'),
    );
    const from = performance.now();
    expect((await service.cancel('ward', runId)).state).toBe('CANCELING');
    const run = await until(service, runId, hasEnded);
    expect(performance.now() - from).toBeLessThan(2000);
    expect(run).toMatchObject({ state: 'CANCELED', failure: { code: 'DH_RUN_CANCELED' }, artefacts: [] });
    expect(await service.cancel('ward', runId)).toEqual(run);
  });

  it('never begins if it was waiting', async () => {
    const { service, root } = await start({ limits: { maxRunning: 1 } });
    const first = await submit(service, [AGE.hangs]);
    await until(service, first.runId, ({ state }) => state === 'RUNNING');
    const { runId } = await submit(service, [50]);
    expect((await service.cancel('ward', runId)).state).toBe('CANCELED');
    await service.cancel('ward', first.runId);
    await until(service, first.runId, hasEnded);
    expect(() => asked(root, runId)).toThrow('ENOENT');
  });

  it('ends once, however often and when it is cancelled', async () => {
    const { service, root } = await start({ limits: { maxRunning: 1 } });
    const first = await submit(service, [AGE.hangs]);
    const { runId } = await submit(service, [50]);
    // The second finds it neither waiting nor ended.
    await Promise.all([service.cancel('ward', runId), service.cancel('ward', runId)]);
    expect(service.get('ward', runId).state).toBe('CANCELED');
    await service.cancel('ward', first.runId);
    await until(service, first.runId, hasEnded);
    for (const id of [runId, first.runId]) {
      const states = readFileSync(join(root, 'state', 'runs', id, 'journal.ndjson'), 'utf8').match(/"CANCELED"/g);
      expect(states?.length).toBeGreaterThan(0);
    }
  });

  it('is what it is told to be where the cancellation comes as it ends', async () => {
    const { service } = await start();
    const { runId } = await submit(service, [50]);
    const told: Promise<RunRecord>[] = [];
    service.onChange((run) => {
      // The last change before its end.
      if (run.runId === runId && run.artefacts.length > 0 && told.length === 0)
        told.push(service.cancel('ward', runId));
    });
    const run = await until(service, runId, hasEnded);
    const answer = await told[0];
    expect([answer?.state, run.state]).toEqual(['CANCELING', 'CANCELED']);
    expect(run.artefacts).toEqual([]);
    expect(service.get('ward', runId)).toEqual(run);
  });

  it('stays cancelled over a restart in its middle', async () => {
    const { service, root } = await start();
    const { runId } = await submit(service, [AGE.hangs]);
    await until(service, runId, ({ state }) => state === 'RUNNING');
    await Promise.all([service.cancel('ward', runId), service.close()]);
    const again = await start({}, {}, root);
    expect((await until(again.service, runId, hasEnded)).state).toBe('CANCELED');
  });
});
