import { describe, expect, it } from 'vitest';
import { vitals } from '../testing/vitals.js';
import { BatchThreads } from './batch-threads.js';
import { ChunkEvaluator } from './evaluation-chunk.js';
import { encodeRecords } from './record-chunk.js';

const kb = vitals();

const threads = (script: string, limit = 2) =>
  new BatchThreads(
    limit,
    new URL(`data:text/javascript,${encodeURIComponent(script)}`),
    { knowledgeBase: kb, options: {} },
    new ChunkEvaluator(kb, {}),
  );

const chunk = () => encodeRecords(kb, [{ lactate: 1, map: 80 }]);

describe('BatchThreads', () => {
  it.each([
    [
      'throws',
      `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { throw new Error('x'); });`,
    ],
    ['leaves', 'process.exit(3);'],
    ['ends', ''],
  ])('rejects what waits for a thread that %s, and all that comes after', async (_, script) => {
    const some = threads(script, 1);
    const waiting = [some.evaluate(chunk()), some.evaluate(chunk())];
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'DH_INTERNAL' });
    await expect(some.evaluate(chunk())).rejects.toMatchObject({ code: 'DH_INTERNAL' });
  });

  it('rejects what has not been answered when it is ended', async () => {
    const some = threads(
      `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => undefined);`,
    );
    const waiting = Array.from({ length: 5 }, () => some.evaluate(chunk()));
    const settled = Promise.allSettled(waiting);
    await some.end(new Error('over'));
    expect((await settled).map((one) => one.status === 'rejected' && one.reason.message)).toEqual(
      Array(5).fill('over'),
    );
  });
});
