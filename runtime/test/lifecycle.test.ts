import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import type { ModelVersion } from '@deephealth/runtime';
import {
  buildTestPackage,
  memoryHungryModel,
  slowLoadModel,
  type TestPackageOptions,
  writeTestSums,
} from '@deephealth/sdk/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, isAlive, reached, statesOf } from './eventually.js';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';
import { ENDLESS, timed, timedPackage } from './timed-model.js';
import { offsetPackage } from './versioned-model.js';

// Loads nothing by itself: each test has a model of its own, and brings it into the state that it is about.
let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([], { repository: { mode: 'explicit' }, drainGraceMs: 20_000 });
});
afterAll(() => test.stop());

let number = 0;
let name = '';
beforeEach(() => {
  number += 1;
  name = `model-${number}`;
});
afterEach(async () => {
  // Frees the host: the machine has few processors.
  for (const { version } of test.server.store.versions(name)) await test.server.store.unload(name, version);
});

const model = (version = '1'): ModelVersion => test.server.store.find(name, version);
const folder = (version = '1') => join(test.store, name, version);
const build = (options: TestPackageOptions) => buildTestPackage(test.store, { ...options, name });
const load = (version = '1') => test.client.loadModel(name, version);
const unload = (version = '1') => test.client.unloadModel(name, version);
const predict = (values = [1, 2, 3, 4], more: Partial<runtimeV1.PredictRequest> = {}) =>
  test.client.predict({ modelName: name, inputs: [tensorInput('x', values)], ...more });
const answer = async (values?: number[]) => valuesOf(await predict(values));
const refusal = async () => (await refusalOf(predict())).code;
const summary = async (version = '1') =>
  (await test.client.listModels(name)).find((listed) => listed.version === version);

/** The state that operators see, which must be the one that the model is in. */
async function expectState(state: ModelVersion['state'], version?: string): Promise<void> {
  expect(model(version).state).toBe(state);
  expect((await summary(version))?.state).toBe(`MODEL_STATE_${state}`);
}

/** Discovers what lies in the store, and loads nothing. */
async function discover(options: TestPackageOptions): Promise<void> {
  build(options);
  await test.server.store.scan();
}

const slowToLoad: TestPackageOptions = { ...identityPackage, model: slowLoadModel({ work: 6 }) };

describe('from DISCOVERED', () => {
  it('a load leads through VERIFYING to READY, and requests are refused until then', async () => {
    await discover(slowToLoad);
    await expectState('DISCOVERED');
    expect(await refusal()).toBe('DH_MODEL_NOT_READY');
    const states = statesOf(model());
    const loading = load();
    await reached(model(), 'VERIFYING');
    const early = await refusalOf(predict());
    expect([early.code, early.retryable]).toEqual(['DH_MODEL_NOT_READY', true]);
    expect(early.retryAfterMs).toBeGreaterThan(0);
    expect(await loading).toMatchObject({ state: 'MODEL_STATE_READY', version: '1' });
    expect(states).toEqual(['DISCOVERED', 'VERIFYING', 'READY']);
    expect(await answer()).toEqual([1, 2, 3, 4]);
  });

  it('an unload leads to UNLOADED', async () => {
    await discover(identityPackage);
    await unload();
    await expectState('UNLOADED');
    expect(await refusal()).toBe('DH_MODEL_UNLOADED');
  });
});

describe('from VERIFYING', () => {
  it('a package that is refused leads to QUARANTINED, and says why', async () => {
    await discover(offsetPackage({ isBroken: true }));
    const states = statesOf(model());
    const refused = await refusalOf(load());
    expect([refused.code, (refused.cause as { code: number }).code]).toEqual(['DH_GOLDEN_MISMATCH', 9]);
    expect(states).toEqual(['DISCOVERED', 'VERIFYING', 'QUARANTINED']);
    expect(await summary()).toMatchObject({ stateReason: { reason: 'GOLDEN_MISMATCH' } });
    expect(model().hosts).toEqual([]);
    const request = await refusalOf(predict());
    expect(request.code).toBe('DH_MODEL_QUARANTINED');
    expect(request.details).toMatchObject({ reason: 'GOLDEN_MISMATCH' });
  });

  it('an unload leads to UNLOADED at once, and whoever asked for the load hears of it', async () => {
    await discover(slowToLoad);
    const states = statesOf(model());
    const loading = refusalOf(load());
    await reached(model(), 'VERIFYING');
    await unload();
    expect((await loading).code).toBe('DH_MODEL_UNLOADED');
    await expectState('UNLOADED');
    expect(states).toEqual(['DISCOVERED', 'VERIFYING', 'DRAINING', 'UNLOADED']);
  });

  it('an unload and a load right behind it lead to READY: the last word counts', async () => {
    await discover(slowToLoad);
    const overtaken = refusalOf(load());
    await reached(model(), 'VERIFYING');
    await unload();
    expect(await load()).toMatchObject({ state: 'MODEL_STATE_READY' });
    // It had begun before the unload; what it says of the version depends on which verification it saw.
    await Promise.allSettled([overtaken]);
    await expectState('READY');
    expect(await answer()).toEqual([1, 2, 3, 4]);
  });
});

describe('from READY', () => {
  beforeEach(async () => {
    build(identityPackage);
    await load();
  });

  it('a load of the very same files does nothing', async () => {
    const states = statesOf(model());
    const { hostPid } = model();
    await load();
    expect([states, model().hostPid]).toEqual([['READY'], hostPid]);
  });

  it('a load of other files leads to READY with those, and the old process ends', async () => {
    const pid = model().hostPid as number;
    const states = statesOf(model());
    build(offsetPackage({ offset: 7 }));
    const before = model().packageSha256;
    await load();
    expect(await answer()).toEqual([8, 9, 10, 11]);
    // It was never anything else, so that nobody was refused meanwhile.
    expect(states).toEqual(['READY']);
    expect(model().packageSha256).not.toBe(before);
    await eventually('the old host is gone', () => !isAlive(pid));
  });

  it('a load of files that are refused leads nowhere: the old ones go on, and say why', async () => {
    const { hostPid } = model();
    build(offsetPackage({ offset: 7, isBroken: true }));
    expect((await refusalOf(load())).code).toBe('DH_GOLDEN_MISMATCH');
    await expectState('READY');
    expect(await summary()).toMatchObject({ stateReason: { reason: 'GOLDEN_MISMATCH' } });
    expect([await answer(), model().hostPid]).toEqual([[1, 2, 3, 4], hostPid]);
    build(offsetPackage({ offset: 7 }));
    await load();
    expect((await summary())?.stateReason).toBeNull();
    expect(await answer()).toEqual([8, 9, 10, 11]);
  });

  it('a verification of files that are wrong leads to QUARANTINED, and the process ends', async () => {
    const pid = model().hostPid as number;
    writeFileSync(join(folder(), 'MODEL_CARD.md'), 'Changed by nobody knows whom.');
    const { model: verified, report } = await test.client.verifyModel(name, '1');
    expect(verified?.state).toBe('MODEL_STATE_QUARANTINED');
    expect(report?.checks.find(({ name }) => name === 'package')?.status).toBe('CHECK_STATUS_FAILED');
    expect(await refusal()).toBe('DH_MODEL_QUARANTINED');
    await eventually('the host is gone', () => !isAlive(pid));
  });

  it('the death of its process leads to VERIFYING and back, and requests wait instead of failing', async () => {
    const states = statesOf(model());
    process.kill(model().hostPid as number, 'SIGKILL');
    await reached(model(), 'VERIFYING');
    expect(await answer([5, 6, 7, 8])).toEqual([5, 6, 7, 8]);
    expect(states).toEqual(['READY', 'VERIFYING', 'READY']);
  });

  it('the death of its process leads to QUARANTINED if the files are wrong by then, and who waits hears why', async () => {
    build(offsetPackage({ isBroken: true }));
    process.kill(model().hostPid as number, 'SIGKILL');
    await reached(model(), 'VERIFYING');
    expect(await refusal()).toBe('DH_MODEL_QUARANTINED');
    await expectState('QUARANTINED');
  });

  it('an unload leads to UNLOADED, and the process is gone when it is answered', async () => {
    const pid = model().hostPid as number;
    const states = statesOf(model());
    expect(await unload()).toMatchObject({ state: 'MODEL_STATE_UNLOADED' });
    expect(states).toEqual(['READY', 'DRAINING', 'UNLOADED']);
    expect([isAlive(pid), model().hosts]).toEqual([false, []]);
    expect(await refusal()).toBe('DH_MODEL_UNLOADED');
    const verify = await refusalOf(test.client.verifyModel(name, '1'));
    expect(verify.code).toBe('DH_MODEL_UNLOADED');
  });

  it('eight loads at once are one', async () => {
    await unload();
    const before = test.logged.length;
    const summaries = await Promise.all(Array.from({ length: 8 }, () => load()));
    expect(new Set(summaries.map(({ state }) => state))).toEqual(new Set(['MODEL_STATE_READY']));
    const begun = test.logged.slice(before).filter((line) => line.includes('"model.verifying"'));
    expect(begun).toHaveLength(1);
  });
});

describe('from DRAINING', () => {
  beforeEach(async () => {
    build(timedPackage);
    await load();
  });

  /** A request that runs, and an unload that waits for it. */
  async function draining(units: number) {
    const outcome = predict(timed(units, 1)).then(
      (response) => valuesOf(response)[0],
      (error: { code: string }) => error.code,
    );
    await eventually('the request runs', () => model().running === 1);
    const unloading = unload();
    await reached(model(), 'DRAINING');
    return { outcome, unloading };
  }

  it('the end of what runs leads to UNLOADED; new requests are refused', async () => {
    const { outcome, unloading } = await draining(6);
    const late = await refusalOf(predict());
    expect([late.code, late.retryable]).toEqual(['DH_MODEL_NOT_READY', true]);
    await expectState('DRAINING');
    expect([await outcome, (await unloading).state]).toEqual([1, 'MODEL_STATE_UNLOADED']);
  });

  it('the death of its process leads to UNLOADED, too', async () => {
    const { outcome, unloading } = await draining(ENDLESS);
    process.kill(model().hostPid as number, 'SIGKILL');
    expect((await unloading).state).toBe('MODEL_STATE_UNLOADED');
    expect(await outcome).toBe('DH_MODEL_HOST_LOST');
  });

  it('another unload waits for the same end, and takes nothing from what runs', async () => {
    const { outcome, unloading } = await draining(6);
    const again = unload();
    expect(await outcome).toBe(1);
    expect((await Promise.all([unloading, again])).map(({ state }) => state)).toEqual([
      'MODEL_STATE_UNLOADED',
      'MODEL_STATE_UNLOADED',
    ]);
  });

  it('a load leads back to READY, what runs ends well, and the unload does not come after all', async () => {
    const { outcome, unloading } = await draining(8);
    await load();
    await expectState('READY');
    expect([await outcome, await answer(timed(0.05, 2))]).toEqual([1, timed(0.05, 2).map(Math.fround)]);
    await unloading;
    await expectState('READY');
    expect(await answer(timed(0.05, 3))).toEqual(timed(0.05, 3).map(Math.fround));
  });

  it('a verification leads nowhere: it does not undo an unload', async () => {
    const { outcome, unloading } = await draining(6);
    await test.client.verifyModel(name, '1');
    expect([await outcome, (await unloading).state]).toEqual([1, 'MODEL_STATE_UNLOADED']);
    await expectState('UNLOADED');
  });
});

describe('from UNLOADED', () => {
  beforeEach(async () => {
    build(identityPackage);
    await load();
    await unload();
  });

  it('a load leads to READY', async () => {
    const states = statesOf(model());
    await load();
    expect(states).toEqual(['UNLOADED', 'VERIFYING', 'READY']);
    expect(await answer()).toEqual([1, 2, 3, 4]);
  });

  it('a load of files that are refused by now leads to QUARANTINED', async () => {
    build(offsetPackage({ isBroken: true }));
    expect((await refusalOf(load())).code).toBe('DH_GOLDEN_MISMATCH');
    await expectState('QUARANTINED');
  });

  it('another unload leads nowhere', async () => {
    const states = statesOf(model());
    expect((await unload()).state).toBe('MODEL_STATE_UNLOADED');
    expect(states).toEqual(['UNLOADED']);
  });
});

describe('from QUARANTINED', () => {
  beforeEach(async () => {
    build(offsetPackage({ isBroken: true }));
    await refusalOf(load());
  });

  it('a load of mended files leads to READY', async () => {
    build(offsetPackage());
    const states = statesOf(model());
    await load();
    expect(states).toEqual(['QUARANTINED', 'VERIFYING', 'READY']);
    expect([await answer(), (await summary())?.stateReason]).toEqual([[2, 3, 4, 5], null]);
  });

  it('a verification of mended files leads to READY, too', async () => {
    build(offsetPackage());
    expect((await test.client.verifyModel(name, '1')).model?.state).toBe('MODEL_STATE_READY');
    expect(await answer()).toEqual([2, 3, 4, 5]);
  });

  it('a load of the same files leads back to it', async () => {
    const states = statesOf(model());
    expect((await refusalOf(load())).code).toBe('DH_GOLDEN_MISMATCH');
    expect(states).toEqual(['QUARANTINED', 'VERIFYING', 'QUARANTINED']);
  });

  it('an unload leads to UNLOADED', async () => {
    await unload();
    await expectState('UNLOADED');
    expect((await summary())?.stateReason).toBeNull();
  });
});

describe('a host', () => {
  it('is warm when it serves: the first request pays nothing of the load', async () => {
    build(slowToLoad);
    await load();
    const { hostPid } = model();
    const { provenance } = await predict();
    const { verification } = await test.client.getModel(name, '1');
    const sessionUs = Number(verification?.checks.find((check) => check.name === 'session')?.durationUs);
    expect(model().hostPid).toBe(hostPid);
    expect(Number(provenance?.timings?.totalUs)).toBeLessThan(sessionUs / 5);
  });

  it('that has grown is replaced by a fresh one between two requests, and no request fails', async () => {
    const small = await startTestServer([hungryPackage], { limits: { recycleAboveMiB: 1 } });
    try {
      const hungry = small.server.store.find('hungry', '1');
      const pid = hungry.hostPid as number;
      const sum = async (elements: number) => {
        const inputs = [tensorInput('size', [BigInt(elements)], [1], 'INT64')];
        return valuesOf(await small.client.predict({ modelName: 'hungry', inputs }), 'sum');
      };
      // The engine keeps what a run took.
      expect(await sum(40_000_000)).toEqual([0]);
      let isReplaced = false;
      const replaced = eventually('the host is replaced', () => hungry.hostRestarts === 1 && !isAlive(pid)).then(() => {
        isReplaced = true;
      });
      const outcomes: number[] = [];
      while (!isReplaced) outcomes.push(...(await sum(10)));
      await replaced;
      expect(new Set(outcomes)).toEqual(new Set([0]));
      expect([hungry.state, hungry.hostPid === pid]).toEqual(['READY', false]);
      expect(small.logged.filter((line) => line.includes('"host.recycled"'))).toHaveLength(1);
    } finally {
      await small.stop();
    }
  }, 60_000);

  it('of several is added for each instance, and they share the work', async () => {
    const two = await startTestServer([timedPackage], { limits: { instances: 2 } });
    try {
      const served = two.server.store.find('timed', '1');
      await eventually('both hosts serve', () => served.hosts.length === 2);
      const calls = [1, 2].map((mark) =>
        two.client.predict({ modelName: 'timed', inputs: [tensorInput('x', timed(3, mark))] }),
      );
      await eventually('both run', () => served.running === 2);
      expect((await Promise.all(calls)).map((response) => valuesOf(response)[0])).toEqual([1, 2]);
    } finally {
      await two.stop();
    }
  });
});

const hungryPackage: TestPackageOptions = {
  name: 'hungry',
  model: memoryHungryModel(),
  tensors: {
    inputs: [{ name: 'size', dataType: 'INT64', shape: [1] }],
    outputs: [{ name: 'sum', dataType: 'FP32', shape: [] }],
  },
  golden: [
    {
      id: 'ten',
      inputs: { size: { dataType: 'INT64', shape: [1], values: [10] } },
      expected: { sum: { dataType: 'FP32', shape: [], values: [0] } },
    },
  ],
};

describe('a folder', () => {
  it('that is not what its manifest says is refused, and says what to rename', async () => {
    const { manifest } = build(identityPackage);
    writeFileSync(join(folder(), 'model.json'), JSON.stringify({ ...manifest, version: '3' }));
    writeTestSums(folder());
    const refused = await refusalOf(load());
    expect([refused.code, refused.details.field]).toEqual(['DH_MANIFEST_INVALID', '/name']);
    await expectState('QUARANTINED');
  });
});
