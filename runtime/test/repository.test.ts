import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type RuntimeServerOptions, startRuntimeServer } from '@deephealth/runtime';
import { buildTestPackage, slowLoadModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, isAlive, reached } from './eventually.js';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';
import { ENDLESS, timed, timedPackage } from './timed-model.js';
import { offsetPackage } from './versioned-model.js';

let test: TestServer;

const POLL = { mode: 'poll', pollIntervalMs: 10 } as const;
const start = async (packages: readonly TestPackageOptions[], options: Partial<RuntimeServerOptions> = {}) => {
  test = await startTestServer(packages, options);
};
const version = (number: string, more: Parameters<typeof offsetPackage>[0] = {}) =>
  offsetPackage({ version: number, ...more });
const build = (options: TestPackageOptions) => buildTestPackage(test.store, options);
const states = (name = 'offset', server = test) =>
  Object.fromEntries(server.server.store.versions(name).map((model) => [model.version, model.state]));
const find = (number: string, name = 'offset') => test.server.store.find(name, number);

/** What the version asked for adds, or the default one; and which one answered. */
async function answer(modelName = 'offset', modelVersion = ''): Promise<[offset: number, version: string | undefined]> {
  const inputs = [tensorInput('x', [0, 1, 2, 3])];
  const response = await test.client.predict({ modelName, modelVersion, inputs });
  return [valuesOf(response)[0] as number, response.provenance?.modelVersion];
}

describe('repository mode', () => {
  afterEach(() => test.stop());

  it('"none" loads everything at the start and follows no change, which "poll" does', async () => {
    await start([version('1')]);
    const polled = await startTestServer([], { models: [test.store], repository: POLL });
    try {
      expect([states(), states('offset', polled)]).toEqual([{ 1: 'READY' }, { 1: 'READY' }]);
      build(version('2'));
      build({ ...version('7'), version: '1', manifest: { title: 'Other' } });
      await eventually('the other server has followed', () => {
        const first = polled.server.store.versions('offset').at(-1);
        return states('offset', polled)['2'] === 'READY' && first?.title === 'Other';
      });
      // The same folder, for the same time: nothing was followed here.
      expect([states(), find('1').title]).toEqual([{ 1: 'READY' }, 'Test model']);
      expect(await answer()).toEqual([1, '1']);
      await test.client.loadModel('offset', '2');
      expect(await answer()).toEqual([2, '2']);
    } finally {
      await polled.stop();
    }
  });

  it('"explicit" loads what it names, and the rest when it is told to', async () => {
    await start([version('1'), identityPackage], { repository: { mode: 'explicit', load: ['identity'] } });
    expect([states('identity'), states()]).toEqual([{ 1: 'READY' }, { 1: 'DISCOVERED' }]);
    expect((await refusalOf(answer())).code).toBe('DH_MODEL_NOT_READY');
    await test.client.loadModel('offset', '1');
    expect(await answer()).toEqual([1, '1']);
    expect((await refusalOf(test.client.loadModel('offset', '9'))).code).toBe('DH_MODEL_VERSION_NOT_FOUND');
    expect((await refusalOf(test.client.loadModel('nothing', '1'))).code).toBe('DH_MODEL_NOT_FOUND');
  });

  it('"poll" follows files that changed while the server was starting', async () => {
    await start([]);
    build(version('1'));
    build({ ...identityPackage, name: 'zzz-slow', model: slowLoadModel({ work: 15 }) });
    const server = await startRuntimeServer({ models: [test.store], port: 0, drainGraceMs: 500, repository: POLL });
    try {
      const model = server.store.find('offset', '1');
      await reached(model, 'READY');
      expect(server.store.find('zzz-slow', '1').state).toBe('VERIFYING');
      const before = model.packageSha256;
      build(version('1', { offset: 5 }));
      await server.verified;
      await eventually('the change is noticed', () => model.packageSha256 !== before);
    } finally {
      await server.stop();
    }
  });
});

describe('a store that is polled', () => {
  beforeAll(() => start([], { repository: POLL, modelSettings: { rollback: { versionPolicy: { latest: 1 } } } }));
  afterAll(() => test.stop());

  it('gives a new model to the server, swaps changed files, and takes away what is gone', async () => {
    const name = 'coming';
    build(version('1', { name }));
    await eventually('it is found', () => states(name)['1'] === 'READY');
    expect(await answer(name)).toEqual([1, '1']);
    const pid = find('1', name).hostPid as number;
    build(version('1', { name, offset: 5 }));
    await eventually('it is swapped', () => find('1', name).hostPid !== pid && !isAlive(pid));
    expect(await answer(name)).toEqual([5, '1']);
    const young = find('1', name).hostPid as number;
    rmSync(join(test.store, name), { recursive: true });
    await eventually('it is forgotten', () => test.server.store.versions(name).length === 0 && !isAlive(young));
    expect((await refusalOf(answer(name))).code).toBe('DH_MODEL_NOT_FOUND');
  });

  it('has files that are refused left alone, and looked at again when they change', async () => {
    const name = 'mended';
    build(version('1', { name }));
    await eventually('it is found', () => states(name)['1'] === 'READY');
    build(version('1', { name, offset: 5, isBroken: true }));
    await eventually('they are refused', () => find('1', name).notice !== undefined);
    expect([states(name), await answer(name), find('1', name).notice?.code]).toEqual([
      { 1: 'READY' },
      [1, '1'],
      'DH_GOLDEN_MISMATCH',
    ]);
    const refusals = () =>
      test.logged.filter((line) => line.includes('"model.replacement-refused"') && line.includes(name)).length;
    expect(refusals()).toBe(1);
    build(version('1', { name, offset: 6 }));
    await eventually('they are swapped', () => find('1', name).notice === undefined);
    expect([await answer(name), refusals()]).toEqual([[6, '1'], 1]);
  });

  it('loads nothing again that was unloaded by a call', async () => {
    const name = 'stopped';
    build(version('1', { name }));
    await eventually('it is found', () => states(name)['1'] === 'READY');
    await test.client.unloadModel(name, '1');
    build(version('1', { name, offset: 5 }));
    build(version('2', { name }));
    await eventually('the other version is found', () => states(name)['2'] === 'READY');
    expect(states(name)).toEqual({ 1: 'UNLOADED', 2: 'READY' });
  });

  it('goes back to the version before when the newest is deleted, also while that one still drains', async () => {
    const name = 'rollback';
    build({ ...timedPackage, name });
    await eventually('it is found', () => states(name)['1'] === 'READY');
    const old = find('1', name);
    const call = test.client.predict({ modelName: name, inputs: [tensorInput('x', timed(15, 7))] });
    await eventually('it runs', () => old.running === 1);
    build({ ...timedPackage, name, version: '2' });
    await eventually('the newer one serves', () => old.state === 'DRAINING');
    rmSync(find('2', name).folder, { recursive: true });
    await reached(old, 'READY');
    expect(states(name)).toEqual({ 1: 'READY' });
    const response = await call;
    expect([valuesOf(response)[0], response.provenance?.modelVersion]).toEqual([7, '1']);
    // The unload that was under way does not come after all.
    const inputs = [tensorInput('x', timed(0.05, 8))];
    expect(valuesOf(await test.client.predict({ modelName: name, inputs }))[0]).toBe(8);
    expect(old.state).toBe('READY');
  }, 60_000);
});

describe('version policy', () => {
  const three = (name: string) => ['1', '2', '10'].map((number) => version(number, { name }));
  beforeAll(() =>
    start(
      [
        ...['all', 'newest', 'two', 'chosen'].flatMap(three),
        version('1', { name: 'fallback' }),
        version('2', { name: 'fallback', isBroken: true }),
        version('2-rc.1', { name: 'release', offset: 21 }),
        version('2', { name: 'release' }),
      ],
      {
        versionPolicy: { latest: 1 },
        modelSettings: {
          all: { versionPolicy: 'all' },
          two: { versionPolicy: { latest: 2 } },
          chosen: { versionPolicy: { specific: ['2', '77'] } },
        },
      },
    ),
  );
  afterAll(() => test.stop());

  it.each<[string, string, Record<string, string>]>([
    ['"all"', 'all', { 10: 'READY', 2: 'READY', 1: 'READY' }],
    ['"latest" of 1', 'newest', { 10: 'READY', 2: 'DISCOVERED', 1: 'DISCOVERED' }],
    ['"latest" of 2', 'two', { 10: 'READY', 2: 'READY', 1: 'DISCOVERED' }],
    ['"specific"', 'chosen', { 10: 'DISCOVERED', 2: 'READY', 1: 'DISCOVERED' }],
  ])('%s loads what it says and nothing else, and the newest of it is the default', async (_policy, name, expected) => {
    expect(states(name)).toEqual(expected);
    const serving = Object.keys(expected).filter((number) => expected[number] === 'READY');
    const newest = String(Math.max(...serving.map(Number)));
    expect(await answer(name)).toEqual([Number(newest), newest]);
    for (const number of Object.keys(expected)) {
      if (serving.includes(number)) expect(await answer(name, number)).toEqual([Number(number), number]);
      else expect((await refusalOf(answer(name, number))).code).toBe('DH_MODEL_NOT_READY');
    }
  });

  it('"latest" goes back to an older version where the newest is refused, and says why it is', async () => {
    expect(states('fallback')).toEqual({ 2: 'QUARANTINED', 1: 'READY' });
    expect(await answer('fallback')).toEqual([1, '1']);
    const [newest] = await test.client.listModels('fallback');
    expect(newest).toMatchObject({ version: '2', isDefault: false, stateReason: { reason: 'GOLDEN_MISMATCH' } });
  });

  it('takes a pre-release for older than its release', () => {
    expect(states('release')).toEqual({ 2: 'READY', '2-rc.1': 'DISCOVERED' });
  });
});

describe('a newer version', () => {
  afterEach(() => test.stop());

  it('takes over between two requests under load: none fails, and each answer is right for its version', async () => {
    await start([version('1')], { versionPolicy: { latest: 1 } });
    let isOver = false;
    const answers = new Map<string, number>();
    const callers = Array.from({ length: 6 }, async (_, caller) => {
      for (let i = 0; !isOver; i++) {
        const x = caller * 100_000 + i;
        const inputs = [tensorInput('x', [x, 0, 0, 0])];
        const response = await test.client.predict({ modelName: 'offset', inputs });
        const by = response.provenance?.modelVersion as string;
        // Right for the version that says that it answered, and for this caller.
        expect(valuesOf(response)[0]).toBe(x + Number(by));
        answers.set(by, (answers.get(by) ?? 0) + 1);
      }
    });
    const over = Promise.all(callers);
    try {
      for (const next of ['2', '3']) {
        await eventually('the one before answers', () => (answers.get(String(Number(next) - 1)) ?? 0) > 50);
        build(version(next));
        await test.client.loadModel('offset', next);
      }
      build(version('4', { isBroken: true }));
      expect((await refusalOf(test.client.loadModel('offset', '4'))).code).toBe('DH_GOLDEN_MISMATCH');
      await eventually('the last one answers', () => (answers.get('3') ?? 0) > 50);
    } finally {
      isOver = true;
    }
    await over;
    await eventually('the old ones are gone', () => states()['1'] === 'UNLOADED' && states()['2'] === 'UNLOADED');
    expect([states(), [...answers.keys()]]).toEqual([
      { 4: 'QUARANTINED', 3: 'READY', 2: 'UNLOADED', 1: 'UNLOADED' },
      ['1', '2', '3'],
    ]);
  }, 60_000);

  it('lets the old one finish what it has, also what waits there', async () => {
    await start([timedPackage], { versionPolicy: { latest: 1 } });
    const old = find('1', 'timed');
    const pid = old.hostPid as number;
    const calls = [4, 0.05, 0.05, 0.05, 0.05, 0.05].map((units, mark) =>
      test.client.predict({ modelName: 'timed', inputs: [tensorInput('x', timed(units, mark))] }),
    );
    await eventually('all have arrived', () => old.running + old.queueLength === 6);
    build({ ...timedPackage, version: '2' });
    const loading = test.client.loadModel('timed', '2');
    for (const [mark, call] of calls.entries()) {
      const response = await call;
      expect([valuesOf(response)[0], response.provenance?.modelVersion]).toEqual([mark, '1']);
    }
    await loading;
    await eventually('the old process is gone', () => old.state === 'UNLOADED' && !isAlive(pid));
  }, 60_000);
});

describe('a server that stops', () => {
  afterEach(() => test.stop());

  it('leaves no process behind of a version whose folder is gone and which still runs something', async () => {
    await start([timedPackage], { repository: POLL, drainGraceMs: 200 });
    const model = find('1', 'timed');
    const pid = model.hostPid as number;
    const call = refusalOf(
      test.client.predict({ modelName: 'timed', inputs: [tensorInput('x', timed(ENDLESS))] }, { deadlineMs: 20_000 }),
    );
    await eventually('it runs', () => model.running === 1);
    rmSync(model.folder, { recursive: true });
    await reached(model, 'DRAINING');
    await test.server.stop();
    expect(isAlive(pid)).toBe(false);
    await call;
  });
});
