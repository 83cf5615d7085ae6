import {
  type Manifest,
  type RawTensor,
  sha256,
  type TensorSpec,
  tensorFromValues,
  tensorValues,
} from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { alone, type BatchingProof } from './batching-proof.js';
import type { HostReply, ItemResult, RunItem } from './host-messages.js';
import { ItemHost } from './item-host.js';
import { LoadedModel } from './loaded-model.js';
import type { ModelSession, SessionRun } from './model-session.js';
import { monotonicUs } from './monotonic-clock.js';

const SAMPLES = 8;
// 4 places; 3 points of 4 curves, and everything covered.
const RUNS = 4 + 3 * 4 + 1;
const manifest: Manifest = {
  schemaVersion: 1,
  name: 'double',
  version: '1',
  title: 'Double',
  intendedUse: 'Tests.',
  limitations: ['It computes nothing.'],
  license: 'Apache-2.0',
  researchUseOnly: false,
  onnx: { file: 'model.onnx', sha256: sha256('') },
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, SAMPLES] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1] }],
  },
  inputs: [
    {
      name: 'ecg',
      kind: 'signal',
      feeds: 'x',
      channels: [{ name: 'II', unit: 'mV', validRange: [-10, 10] }],
      samplingRateHz: 4,
      samples: { minimum: SAMPLES, maximum: SAMPLES },
      steps: [{ op: 'select_channels', channels: ['II'] }],
    },
  ],
  outputs: [
    {
      name: 'kind',
      kind: 'classification',
      from: 'y',
      mode: 'binary',
      classes: [{ label: 'no' }, { label: 'yes' }],
      explanation: {
        method: 'occlusion',
        input: 'ecg',
        patch: [2],
        stride: [2],
        baseline: 0,
        deletion: { steps: 4, randomOrders: 3 },
      },
    },
  ],
};
const batched: BatchingProof = {
  provenSize: 4,
  servedSizes: [1, 2, 4],
  itemShapes: { x: [1, SAMPLES] },
  gain: 2,
  reason: '',
};

/** P(yes) is the third sample; runs that can be held. */
class ThirdSample implements ModelSession {
  readonly engine = 'double/1';
  readonly provider = 'cpu';
  readonly concurrency = 1;
  readonly sizes: number[] = [];
  /** What a run waits for before it ends. */
  held: Promise<void> = Promise.resolve();
  answer = (row: readonly number[]) => row[2] as number;

  async run(inputs: Readonly<Record<string, RawTensor>>, outputs: readonly TensorSpec[]): Promise<SessionRun> {
    const values = tensorValues(inputs.x as RawTensor).map(Number);
    const rows = Array.from({ length: values.length / SAMPLES }, (_, i) =>
      values.slice(i * SAMPLES, (i + 1) * SAMPLES),
    );
    this.sizes.push(rows.length);
    await this.held;
    const y = tensorFromValues('FP32', [rows.length, 1], rows.map(this.answer));
    return { tensors: new Map(outputs.map(({ name }) => [name, y])) };
  }

  async release(): Promise<void> {}
}

function fixture(batching = batched) {
  const session = new ThirdSample();
  const replies: HostReply[] = [];
  const host = new ItemHost(new LoadedModel(manifest, session), batching, true, (reply) => replies.push(reply));
  const take = (id: number, rank = 1, highlights: string[] | null = ['kind'], more: Partial<RunItem> = {}) => {
    const data = new Uint8Array(Float32Array.of(0.25, 0.25, 0.75, 0.25, 0.25, 0.25, 0.25, 0.25).buffer);
    const ecg = {
      kind: 'signal',
      channels: ['II'],
      samplingRateHz: 4,
      dataType: 'FP32',
      samples: SAMPLES,
      data,
    } as const;
    const common = { id, rank, queuedAtUs: monotonicUs(), deadlineMs: null, alone: false, outputs: ['kind'] };
    return host.take({
      ...common,
      kind: 'predict',
      inputs: { ecg },
      ...(highlights && { highlights }),
      ...more,
    } as RunItem);
  };
  const results = () => replies.flatMap((reply) => (reply.type === 'results' ? reply.results : []));
  const paused = () => replies.filter(({ type }) => type === 'paused').length;
  /** Lets an item run on whenever it pauses, until it is answered. */
  const finish = async (id: number): Promise<ItemResult> => {
    for (let turn = 0, resumed = 0; turn < 1000; turn++) {
      await settle();
      const result = results().find((one) => one.id === id);
      if (result !== undefined) return result;
      for (; resumed < paused(); resumed++) host.resume(id);
    }
    throw new Error('never answered');
  };
  return { session, host, replies, take, results, paused, finish };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('an item whose highlight is wanted', () => {
  it('runs in proven sizes only, and gives the map in the time of its signal', async () => {
    const { session, take, finish, paused } = fixture();
    await take(1);
    const result = await finish(1);
    expect(session.sizes.reduce((sum, size) => sum + size, 0)).toBe(1 + RUNS);
    expect(session.sizes.every((size) => batched.servedSizes.includes(size))).toBe(true);
    // The four places are one run, the thirteen copies of the test three and one.
    expect(session.sizes).toEqual([1, 4, 4, 4, 4, 1]);
    expect(paused()).toBe(5);
    const [finding] = 'prediction' in result ? result.prediction.findings : [];
    const map = finding?.highlight;
    expect(map?.grid).toMatchObject({ size: [SAMPLES], spacing: [0.25], unit: 'LENGTH_UNIT_SECOND' });
    const values = new Float32Array(Uint8Array.from(map?.values?.data as Uint8Array).buffer);
    expect([...values]).toEqual([0, 0, 0.75, 0.75, 0, 0, 0, 0]);
    expect(map?.explanation?.runs).toBe(RUNS);
    // The item's own run is what batch_size speaks of; the time is that of all.
    expect(result.run?.batchSize).toBe(1);
  });

  it('runs one by one where nothing is proven', async () => {
    const { session, take, finish } = fixture(alone('test'));
    await take(1);
    await finish(1);
    expect(session.sizes).toEqual(Array(1 + RUNS).fill(1));
  });

  it('lets a more urgent item pass between two of its runs', async () => {
    const { session, host, take, results, paused } = fixture();
    await take(1);
    await settle();
    expect(paused()).toBe(1);
    expect(results()).toEqual([]);
    await take(2, 0, null);
    await settle();
    expect(results().map(({ id }) => id)).toEqual([2]);
    // It waits for as long as nobody says that it may go on.
    expect(session.sizes).toEqual([1, 1]);
    host.resume(1);
    await settle();
    expect(session.sizes).toEqual([1, 1, 4]);
    expect(paused()).toBe(2);
  });

  it('is answered at once when its caller leaves, and runs no more', async () => {
    const { session, host, take, results } = fixture();
    await take(1);
    await settle();
    host.cancel(1);
    expect(results()).toMatchObject([{ id: 1, error: { code: 'DH_CANCELLED' } }]);
    host.resume(1);
    await settle();
    expect(session.sizes).toEqual([1]);
    expect(results()).toHaveLength(1);
  });

  it('makes no further run when its caller leaves during one', async () => {
    const { session, host, take, results, paused } = fixture();
    await take(1);
    await settle();
    let end: () => void = () => undefined;
    session.held = new Promise((resolve) => {
      end = resolve;
    });
    host.resume(1);
    await settle();
    expect(session.sizes).toEqual([1, 4]);
    host.cancel(1);
    expect(results()).toEqual([]);
    end();
    await settle();
    expect(results()).toMatchObject([{ id: 1, error: { code: 'DH_CANCELLED' } }]);
    expect(session.sizes).toEqual([1, 4]);
    expect(paused()).toBe(1);
  });

  it('keeps its deadline through all of its runs', async () => {
    const { host, session, take, results } = fixture();
    let nowMs = performance.now();
    await take(1, 1, ['kind'], { deadlineMs: monotonicUs() / 1000 + 60_000 });
    await settle();
    const clock = performance.now.bind(performance);
    performance.now = () => nowMs;
    try {
      nowMs += 61_000;
      host.resume(1);
      await settle();
    } finally {
      performance.now = clock;
    }
    expect(results()).toMatchObject([{ id: 1, error: { code: 'DH_DEADLINE_EXCEEDED' } }]);
    expect(session.sizes).toEqual([1]);
  });

  it('fails, saying where, when the model gives nonsense for a covered copy', async () => {
    const { session, take, finish } = fixture();
    session.answer = (row) => (row[0] === 0 ? 7 : 0.5);
    await take(1);
    const result = await finish(1);
    expect(result).toMatchObject({ error: { code: 'DH_MODEL_OUTPUT_INVALID' } });
    expect('error' in result && result.error.message).toMatch(/^In a run for the highlight: /);
  });
});
