import { readdirSync, readFileSync } from 'node:fs';
import { FRAME, http2Frame, RawHttp2, slowLoadModel } from '@deephealth/sdk/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from './eventually.js';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

let test: TestServer;
afterEach(async () => {
  vi.restoreAllMocks();
  await test.stop();
});

const request = { modelName: 'identity', inputs: [tensorInput('x', [1, 2, 3, 4])] };
const slowToLoad = { ...identityPackage, name: 'slow', model: slowLoadModel({ work: 3 }) };

/** Processes that this one has started and that have not ended. */
function children(): number[] {
  return readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(/\s+/).filter(Boolean).map(Number),
  );
}

describe('a server that stops', () => {
  it('tells callers that keep a stream open that it goes, as something to be tried again', async () => {
    test = await startTestServer([identityPackage]);
    const stream = await test.client.predictStream();
    await stream.predict('1', request);
    await test.server.stop();
    const error = await refusalOf(stream.predict('2', request));
    expect([error.code, error.retryable]).toEqual(['DH_SERVER_STOPPING', true]);
  });
});

describe('a server that a connection floods', () => {
  it('ends it, and answers others meanwhile', async () => {
    test = await startTestServer([identityPackage], { http2: { sweepMs: 50 } });
    const raw = await RawHttp2.open(test.server.port);
    const frame = http2Frame(FRAME.priority, 0, 1001, Buffer.from([0, 0, 0, 0, 16]));
    const flooding = raw.flood(() => Buffer.concat(Array.from({ length: 500 }, () => frame)), 20_000);
    expect(valuesOf(await test.client.predict(request))).toEqual([1, 2, 3, 4]);
    expect(await flooding).toBe(true);
    expect(valuesOf(await test.client.predict(request))).toEqual([1, 2, 3, 4]);
    raw.destroy();
  }, 60_000);
});

describe('a host that somebody kills while it loads', () => {
  it.skipIf(process.platform !== 'linux')(
    'is started again, and its model is not refused',
    async () => {
      test = await startTestServer([]);
      const before = new Set(children());
      await test.stop();
      const starting = startTestServer([slowToLoad]);
      let pid: number | undefined;
      await eventually('a host begins to load', () => {
        pid = children().find((child) => !before.has(child));
        return pid !== undefined;
      });
      process.kill(pid as number, 'SIGKILL');
      test = await starting;
      expect((await test.client.listModels('slow'))[0]).toMatchObject({ state: 'MODEL_STATE_READY' });
      expect(test.logged.some((line) => line.includes('"while":"loading"'))).toBe(true);
    },
    60_000,
  );
});

describe('a wall clock that is set while requests are under way', () => {
  it('forwards expires none of them', async () => {
    test = await startTestServer([identityPackage]);
    const stream = await test.client.predictStream({ deadlineMs: 60_000 });
    await stream.predict('1', request);
    const real = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000);
    expect(valuesOf(await stream.predict('2', request))).toEqual([1, 2, 3, 4]);
    await stream.end();
  });
});
