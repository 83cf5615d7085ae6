import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChainBackend, createLocalBackend } from '@deephealth/adapter-piaf';
import { DeepHealthError } from '@deephealth/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BundledPrograms, bundledPrograms } from './bundled-programs.js';
import { AGE } from './chain-package.js';
import {
  artefact,
  asked,
  cleanUp,
  ended,
  hasEnded,
  onCleanUp,
  start,
  startStepsBy,
  submit,
  until,
} from './served-runs.js';

let programs: BundledPrograms;
beforeAll(async () => {
  programs = await bundledPrograms();
  startStepsBy(programs.step);
});
afterAll(() => programs?.remove());
afterEach(cleanUp);

describe('a run whose surroundings fail', () => {
  it('is being cancelled until its engine can say that no task is left', async () => {
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let isReachable = false;
    let asked = 0;
    const backend: ChainBackend = {
      name: 'engine',
      async run(job, run) {
        await run.saveHandle('job 7');
        begin();
        if (!run.signal.aborted) {
          await new Promise((resolve) => run.signal.addEventListener('abort', resolve, { once: true }));
        }
        asked++;
        if (!isReachable) throw new DeepHealthError('DH_BACKEND_UNAVAILABLE', 'No answer.');
        expect(run.handle).toBe('job 7');
        return job.tasks.map(({ chunk }) => ({ chunk, state: 'CANCELLED', attempts: 1 }));
      },
      close: async () => undefined,
    };
    const { service } = await start({ backend });
    const { runId } = await submit(service, [50]);
    await begun;
    expect((await service.cancel('ward', runId)).state).toBe('CANCELING');
    while (asked < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(service.get('ward', runId).state).toBe('CANCELING');
    isReachable = true;
    expect((await until(service, runId, hasEnded)).state).toBe('CANCELED');
  });

  it('is tried again while its engine cannot be asked, and a stop does not wait for it', async () => {
    let turns = 0;
    const local = createLocalBackend({ cores: 2 });
    const backend: ChainBackend = {
      ...local,
      async run(job, run) {
        if (turns++ === 0) throw new DeepHealthError('DH_BACKEND_UNAVAILABLE', 'No answer.');
        return local.run(job, run);
      },
    };
    const { service, root } = await start({ backend });
    const run = await submit(service, [50]);
    await until(service, run.runId, ({ state }) => state === 'RUNNING');
    expect((await ended(service, run)).state).toBe('COMPLETE');
    expect(turns).toBe(2);
    turns = 0;
    const waiting = await submit(service, [60]);
    await until(service, waiting.runId, ({ state }) => state === 'RUNNING');
    await service.close();
    const again = await start({}, {}, root);
    expect((await ended(again.service, waiting)).state).toBe('COMPLETE');
  });

  it('ends when its journal can be written again, and is what it was until then', async () => {
    const { service, root, errors } = await start();
    const any = await open(join(root, 'any'), 'w');
    await any.close();
    const methods = Object.getPrototypeOf(any) as { write(...args: unknown[]): Promise<unknown> };
    const { write } = methods;
    let failures = 0;
    const spy = vi.spyOn(methods, 'write').mockImplementation(function (this: unknown, ...args: unknown[]) {
      if (failures === 0 && String(args[0]).includes('"type":"state","state":"COMPLETE"')) {
        failures++;
        return Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
      }
      return write.apply(this, args);
    });
    onCleanUp(() => spy.mockRestore());
    const run = await ended(service, await submit(service, [50]));
    expect([run.state, run.failure, failures]).toEqual(['COMPLETE', undefined, 1]);
    expect(errors).toEqual([expect.objectContaining({ code: 'DH_OUTPUT_NOT_WRITTEN' })]);
    expect(await artefact(service, run, 'results.ndjson')).toContain('item-000001');
  });

  it('that was ended between its result and its end has its crate written anew', async () => {
    const { service, root } = await start();
    const run = await ended(service, await submit(service, [50]));
    await service.close();
    const folder = join(root, 'state', 'runs', run.runId);
    const journal = readFileSync(join(folder, 'journal.ndjson'), 'utf8').trim().split('\n');
    expect(journal.pop()).toContain('COMPLETE');
    expect(journal.pop()).toContain('artefacts');
    writeFileSync(join(folder, 'journal.ndjson'), `${journal.join('\n')}\n`);
    // In the middle of writing it.
    rmSync(join(folder, 'result', 'ro-crate-metadata.json'));
    writeFileSync(join(folder, 'result', '.ro-crate-metadata.json.part'), '{');
    const again = await start({}, {}, root);
    const finished = await ended(again.service, run);
    expect(finished.artefacts.map(({ path }) => path)).toEqual(run.artefacts.map(({ path }) => path));
    expect(JSON.parse(await artefact(again.service, finished, 'ro-crate-metadata.json'))['@graph']).toBeDefined();
    expect(asked(root, run.runId)).toEqual(['item-000001']);
  });

  it.each([
    ['staged/items/item-000001/input.json', '{"age":99}'],
    ['parts/chunk-00000/results.ndjson', '{}\n'],
    ['parts/chunk-00000/part.json', undefined],
  ])('is a fault of the system where %s is not what it was', async (file, text) => {
    const local = createLocalBackend({ cores: 2 });
    const spoil = (folder: string) => {
      const path = join(folder, file);
      if (text !== undefined) writeFileSync(path, text);
      else writeFileSync(path, readFileSync(path, 'utf8').replace(/Sha256": "./, 'Sha256": "x'));
    };
    const backend: ChainBackend = {
      ...local,
      async run(job, watch) {
        if (file.startsWith('staged')) spoil(job.runFolder);
        const ends = await local.run(job, watch);
        if (!file.startsWith('staged')) spoil(job.runFolder);
        return ends;
      },
    };
    const { service } = await start({ backend });
    const run = await ended(service, await submit(service, [50, 60]));
    expect(run).toMatchObject({ state: 'SYSTEM_ERROR', failure: { code: 'DH_CHAIN_INPUT_CHANGED' } });
    expect(run.artefacts).toEqual([]);
  });
});

describe('a store', () => {
  it('is of one service at a time, and is free again when that is closed', async () => {
    const { service, root } = await start();
    await expect(start({}, {}, root)).rejects.toMatchObject({
      code: 'DH_CONFIG_INVALID',
      details: { field: 'stateFolder' },
    });
    // The one that was there is none the worse for it.
    expect((await ended(service, await submit(service, [50]))).state).toBe('COMPLETE');
    await service.close();
    expect((await start({}, {}, root)).service.list('ward', { pageSize: 1 }).runs).toHaveLength(1);
  });

  it('goes on with the others where one run is spoilt, and says which', async () => {
    const { service, root } = await start();
    const spoilt = await ended(service, await submit(service, [50]));
    const whole = await ended(service, await submit(service, [60]));
    await service.close();
    const journal = join(root, 'state', 'runs', spoilt.runId, 'journal.ndjson');
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('"type":"state"', '"type":"stat'));
    const again = await start({}, {}, root);
    expect(again.service.get('ward', whole.runId).state).toBe('COMPLETE');
    expect(again.errors).toEqual([
      expect.objectContaining({ code: 'DH_RUN_STORE_INVALID', details: { runId: spoilt.runId } }),
    ]);
  });

  it('keeps what was sent until it is staged, and nothing of it behind that', async () => {
    const { service, root } = await start();
    const { runId } = await submit(service, [AGE.hangs]);
    const folder = join(root, 'state', 'runs', runId);
    expect(readdirSync(folder)).toContain('inputs');
    await until(service, runId, ({ state }) => state === 'RUNNING');
    expect(readdirSync(folder).filter((name) => name.startsWith('inputs'))).toEqual([]);
  });

  it('removes runs that ended before the days that they are kept, and frees their keys', async () => {
    const { service, root } = await start();
    const old = await ended(service, await submit(service, [50], { idempotencyKey: 'k' }));
    const young = await ended(service, await submit(service, [60]));
    await service.close();
    const journal = join(root, 'state', 'runs', old.runId, 'journal.ndjson');
    writeFileSync(journal, readFileSync(journal, 'utf8').replaceAll(/"at":"20\d\d/g, '"at":"2000'));
    const again = await start({ keepRunsDays: 30 }, {}, root);
    expect(again.service.list('ward', { pageSize: 9 }).runs.map(({ runId }) => runId)).toEqual([young.runId]);
    expect(readdirSync(join(root, 'state', 'runs'))).toEqual([young.runId]);
    expect((await submit(again.service, [50], { idempotencyKey: 'k' })).runId).not.toBe(old.runId);
  });

  it('gives no artefact that is not the size that it was, or is a link', async () => {
    const { service, root } = await start();
    const run = await ended(service, await submit(service, [50]));
    const at = (name: string) => join(root, 'state', 'runs', run.runId, 'result', name);
    writeFileSync(at('scores.csv'), 'other');
    rmSync(at('report.html'));
    symlinkSync(at('results.ndjson'), at('report.html'));
    for (const name of ['scores.csv', 'report.html']) {
      await expect(artefact(service, run, name)).rejects.toMatchObject({ code: 'DH_RUN_STORE_INVALID' });
    }
  });
});
