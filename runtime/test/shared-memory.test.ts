import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { nativeStatus } from '@deephealth/native';
import { DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import { buildOnnxModel, seededRandom, type TestPackageOptions } from '@deephealth/sdk/testing';
import { describe, expect, it, vi } from 'vitest';
import { eventually } from './eventually.js';
import { startTestServer } from './test-server.js';

// Freed slots are filled with garbage: whoever reads one too late gives a wrong answer.
vi.hoisted(() => {
  process.env.DEEPHEALTH_POISON_SLOTS = '1';
});

// The full form: DEEPHEALTH_SHARED_MEMORY_REQUESTS=10000 npx vitest run runtime/test/shared-memory.test.ts
const REQUESTS = Number(process.env.DEEPHEALTH_SHARED_MEMORY_REQUESTS ?? 1000);
const CALLERS = 6;

const row = (values: readonly number[]) => ({ dataType: 'FP32' as const, shape: [1, values.length], values });
const negative: TestPackageOptions = {
  name: 'negative',
  model: buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 'samples'] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 'samples'] }],
    nodes: [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }],
  }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, -1] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, -1] }],
  },
  golden: [{ id: 'ramp', inputs: { x: row([1, 2, 3]) }, expected: { y: row([-1, -2, -3]) } }],
};

/** Descriptors of shared memory that this process has open. */
function openSegments(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('memfd:deephealth');
    } catch {
      return false;
    }
  }).length;
}

/** Mappings of shared memory in this process, those of garbage left out. */
function mappedSegments(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes('memfd:deephealth')).length;
}

/** True if the answer came and is of this very request; false for a fault that a caller may hear of. */
async function ask(client: RuntimeClient, random: () => number, signal: AbortSignal): Promise<boolean> {
  // Half go through the ring, within a slot or beside it; the others through messages and shared memory.
  const count = 1 + Math.floor(random() * (random() < 0.5 ? 4000 : 60_000));
  const values = new Float32Array(count).fill(random()).map((value, index) => value + index);
  const tensor = { dataType: 'DATA_TYPE_FP32' as const, shape: ['1', String(count)], data: Buffer.from(values.buffer) };
  try {
    const response = await client.predict({ modelName: 'negative', inputs: [{ name: 'x', tensor }] }, { signal });
    const data = response.findings[0]?.tensor?.data as Buffer;
    const expected = Buffer.from(values.map((value) => -value).buffer);
    expect(Buffer.compare(data, expected), 'the answer is of this request').toBe(0);
    return true;
  } catch (error) {
    if (!(error instanceof DeepHealthError)) throw error;
    expect([
      'DH_CANCELLED',
      'DH_MODEL_HOST_LOST',
      'DH_MODEL_NOT_READY',
      'DH_SERVER_STOPPING',
      'DH_MODEL_CRASHED',
      // Only for what is asked when the server has gone.
      'DH_CONNECT_FAILED',
    ]).toContain(error.code);
    return false;
  }
}

describe.skipIf(!nativeStatus().isLoaded || process.platform !== 'linux')('requests through shared memory', () => {
  it(
    `are answered with their own values or fail as told, over ${REQUESTS} of them, deaths, cancellations and a stop`,
    async () => {
      const before = { open: openSegments(), mapped: mappedSegments(), files: readdirSync('/dev/shm') };
      const random = seededRandom(20);
      const test = await startTestServer([negative], {
        limits: { abandonGraceMs: 50, instances: 2 },
      });
      const model = test.server.store.find('negative', '1');
      let asked = 0;
      let answered = 0;
      const deaths: number[] = [];
      // A model whose hosts die more often is quarantined.
      const mayDie = () => deaths.filter((atMs) => atMs > Date.now() - 61_000).length < 4;
      const caller = async (seed: number, isOver: () => boolean) => {
        const own = seededRandom(seed);
        while (!isOver()) {
          asked += 1;
          const abort = new AbortController();
          if (own() < 0.1) setTimeout(() => abort.abort(), own() * 10);
          if (await ask(test.client, own, abort.signal)) answered += 1;
          else await new Promise((resolve) => setTimeout(resolve, 5));
          if (random() < 10 / REQUESTS && mayDie() && model.hostPid !== undefined && model.state === 'READY') {
            deaths.push(Date.now());
            process.kill(model.hostPid, 'SIGKILL');
          }
        }
      };
      await Promise.all(Array.from({ length: CALLERS }, (_, index) => caller(index + 1, () => asked >= REQUESTS)));
      expect(deaths.length).toBeGreaterThan(0);
      expect(answered).toBeGreaterThan(REQUESTS / 2);
      // And a stop in the middle of the next ones.
      let isStopping = false;
      const rest = Array.from({ length: CALLERS }, (_, index) => caller(100 + index, () => isStopping));
      await eventually('requests run', () => model.running > 0);
      isStopping = true;
      await test.stop();
      await Promise.all(rest);
      await eventually('every segment is closed', () => openSegments() === before.open);
      await eventually('nothing is mapped', () => mappedSegments() === before.mapped);
      expect(readdirSync('/dev/shm')).toEqual(before.files);
    },
    60_000 + REQUESTS * 20,
  );
});
