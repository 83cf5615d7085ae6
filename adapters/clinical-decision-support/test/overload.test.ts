import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { callBody, writeHeartPackage } from './heart-package.js';
import { type RuntimeProcess, startRuntimeProcess } from './runtime-process.js';
import { serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

const PATH = '/cds-services/heart-risk';
let folder: string;
let runtime: RuntimeProcess;

beforeAll(async () => {
  const store = temporaryFolder();
  folder = await writeHeartPackage(store);
  runtime = await startRuntimeProcess(store);
});
afterAll(() => runtime?.stop());

describe('overload', () => {
  it('refuses calls above the limit at once with 503 and Retry-After, and answers those below it', async () => {
    const waiting: (() => void)[] = [];
    const served = await serveAdapter({
      runtime: fakeRuntime(async (request) => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return soundAnswer(request, 0.95);
      }),
      packages: [folder],
      maxInFlight: 3,
    });
    const calls = Array.from({ length: 8 }, () => served.post(PATH, callBody('high-risk')));
    const early = await Promise.race(calls);
    expect(early.status).toBe(503);
    expect(early.headers.get('retry-after')).toBe('1');
    expect(early.json.issue[0].details.coding[0].code).toBe('DH_CDS_OVERLOADED');
    // Discovery and health are not what is overloaded.
    expect((await served.get('/cds-services')).status).toBe(200);
    expect((await served.get('/health/live')).status).toBe(200);
    const finished = Promise.all(calls);
    let isFinished = false;
    finished.then(() => {
      isFinished = true;
    });
    while (!isFinished) {
      for (const resolve of waiting.splice(0)) resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const statuses = (await finished).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 200, 503, 503, 503, 503, 503]);
    expect(
      (await Promise.all([served.post(PATH, '{'), served.get('/health/live')])).map(({ status }) => status),
    ).toEqual([400, 200]);
    await served.stop();
  });

  it('never sends a card after the deadline, though it is made', async () => {
    let isMade = false;
    let isCancelled = false;
    const served = await serveAdapter({
      runtime: fakeRuntime(async (request, settings) => {
        settings?.signal?.addEventListener('abort', () => {
          isCancelled = true;
        });
        await new Promise((resolve) => setTimeout(resolve, 250));
        isMade = true;
        return soundAnswer(request, 0.95);
      }),
      packages: [folder],
      deadlineMs: 100,
    });
    const { status, headers, text } = await served.post(PATH, callBody('high-risk'));
    expect({ status, isMade, isCancelled }).toEqual({ status: 503, isMade: false, isCancelled: true });
    expect(headers.get('retry-after')).toBe('1');
    expect(text).not.toContain('cards');
    await served.stop();
  });

  it('sends no card late because this process was busy', async () => {
    const served = await serveAdapter({
      runtime: fakeRuntime(async (request) => {
        const until = performance.now() + 150;
        while (performance.now() < until);
        return soundAnswer(request, 0.95);
      }),
      packages: [folder],
      deadlineMs: 100,
    });
    expect((await served.post(PATH, callBody('high-risk'))).status).toBe(503);
    await served.stop();
  });

  it('gives the runtime only the time that is left', async () => {
    let deadlineMs = 0;
    const served = await serveAdapter({
      runtime: fakeRuntime(async (request, settings) => {
        deadlineMs = settings?.deadlineMs ?? Number.NaN;
        return soundAnswer(request, 0.95);
      }),
      packages: [folder],
      deadlineMs: 5_000,
    });
    await served.post(PATH, callBody('high-risk'));
    expect(deadlineMs).toBeGreaterThan(1_000);
    expect(deadlineMs).toBeLessThan(5_000);
    await served.stop();
  });
});

describe('a real runtime that stalls', () => {
  it('is waited for until the deadline, and answers again once it goes on', async () => {
    const served = await serveAdapter({ runtime: runtime.address, packages: [folder], deadlineMs: 10_000 });
    const impatient = await serveAdapter({ runtime: runtime.address, packages: [folder], deadlineMs: 450 });
    expect((await served.post(PATH, callBody('high-risk'))).status).toBe(200);
    expect((await served.get('/health/ready')).status).toBe(200);
    await impatient.post(PATH, callBody('high-risk'));
    runtime.pause();
    const started = performance.now();
    const stalled = await impatient.post(PATH, callBody('high-risk'));
    const tookMs = performance.now() - started;
    runtime.resume();
    expect(stalled.status).toBe(503);
    // The runtime stood still until this answer was there. The bound is wide: tests share few cores.
    expect(tookMs).toBeLessThan(10_000);
    expect(stalled.headers.get('retry-after')).toBe('1');
    const { status, json } = await served.post(PATH, callBody('high-risk'));
    expect({ status, cards: json.cards?.length }).toEqual({ status: 200, cards: 1 });
    await served.stop();
    await impatient.stop();
  });

  it('that is gone makes the service not ready, and calls 503', async () => {
    const served = await serveAdapter({ runtime: '127.0.0.1:1', packages: [folder], deadlineMs: 300 });
    expect((await served.get('/health/ready')).status).toBe(503);
    const { status, headers } = await served.post(PATH, callBody('high-risk'));
    expect(status).toBe(503);
    expect(headers.has('retry-after')).toBe(true);
    await served.stop();
  });
});
