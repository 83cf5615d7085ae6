import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canServeRings, openSegment, RING } from '@deephealth/native';
import { type Manifest, type RawTensor, readOnnxGraph, type TensorSpec } from '@deephealth/sdk';
import { buildOnnxModel, endlessLoopWhenPositive, mlpModel, seededRandom } from '@deephealth/sdk/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { alone, type BatchingProof } from '../host/batching-proof.js';
import type { HostReply, ItemResult, RunItem } from '../host/host-messages.js';
import type { ModelSession } from '../host/model-session.js';
import { openNative } from '../host/native-session.js';
import { SharedInputs } from '../host/shared-inputs.js';
import { ringAnswers, SharedResults } from '../host/shared-results.js';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import { RingClient } from './ring-client.js';
import { planRing, type RingPlan, ringTensors } from './ring-plan.js';

// Before the imports above load ONNX Runtime; and what is read too late is garbage.
vi.hoisted(() => {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  process.env.DEEPHEALTH_POISON_SLOTS = '1';
});

/** On a machine that does other things, too. */
const eventually = (assertion: () => void) => vi.waitFor(assertion, { timeout: 20_000 });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Harness {
  readonly ring: RingClient;
  readonly session: ModelSession;
  readonly inputs: SharedInputs;
  readonly results: SharedResults;
  readonly started: (readonly number[])[];
  readonly again: RunItem[];
  readonly left: [slot: number, generation: number][];
  isBroken: boolean;
  /** Resolves with the result of an item. */
  answer(id: number): Promise<ItemResult>;
}

type Outputs = readonly TensorSpec[];

/** Both ends of a ring in this process: the engine on its thread, and the server's end of it. */
async function open(
  onnx: Uint8Array,
  { batching = alone('as told'), specs = {} as Partial<Record<string, Partial<TensorSpec>>> } = {},
): Promise<Harness & { readonly plan: RingPlan; readonly outputs: Outputs }> {
  const graph = readOnnxGraph(onnx);
  const declared = (values: typeof graph.inputs) =>
    values.map(({ name, dataType, shape = [] }) => ({
      name,
      dataType: dataType as TensorSpec['dataType'],
      shape: shape.map((extent) => (typeof extent === 'number' ? extent : -1)),
      ...specs[name],
    }));
  const tensors = { inputs: declared(graph.inputs), outputs: declared(graph.outputs) };
  const manifest = { onnx: {}, tensors, inputs: [], outputs: [] } as unknown as Manifest;
  const plan = planRing(manifest, batching) as RingPlan;

  const [inputs, results] = [SharedInputs.open() as SharedInputs, SharedResults.open() as SharedResults];
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-ring-'));
  const listening = net.createServer().listen(join(folder, 'bell'));
  await once(listening, 'listening');
  const host = net.connect(join(folder, 'bell'));
  const [bell] = (await once(listening, 'connection')) as [net.Socket];
  const session = openNative({ file: 'm', onnx, externalData: [] }, 1) as ModelSession;
  const descriptor = (host as unknown as { _handle: { fd: number } })._handle.fd;
  session.serveRing?.({
    requests: openSegment(inputs.fd, false) as Uint8Array,
    answers: ringAnswers(openSegment(results.fd, true) as Uint8Array<ArrayBuffer>),
    bell: descriptor,
    ...ringTensors(plan),
  });

  const waiting = new Map<number, (result: ItemResult) => void>();
  const harness: Harness = {
    session,
    inputs,
    results,
    started: [],
    again: [],
    left: [],
    isBroken: false,
    answer: (id) => new Promise((resolve) => waiting.set(id, resolve)),
    ring: new RingClient({
      plan,
      inputs,
      results,
      onReply: (reply: HostReply) => {
        if (reply.type === 'started') harness.started.push(reply.ids);
        if (reply.type === 'results') for (const result of reply.results) waiting.get(result.id)?.(result);
      },
      onAgain: (items) => harness.again.push(...items),
      onBroken: () => {
        harness.isBroken = true;
      },
      onLeave: (slot, generation) => harness.left.push([slot, generation]),
    }),
  };
  bell.on('data', () => harness.ring.onBell());
  cleanups.push(async () => {
    harness.ring.close();
    await session.release();
    for (const socket of [host, bell]) socket.destroy();
    listening.close();
    inputs.close();
    results.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return Object.assign(harness, { plan, outputs: tensors.outputs });
}

let nextId = 1;
function item(tensors: Record<string, RawTensor>, outputs: readonly string[], more: Partial<RunItem> = {}): RunItem {
  return {
    ...{ id: nextId++, kind: 'infer', rank: 1, queuedAtUs: 0, deadlineMs: null, alone: false, outputs, tensors },
    ...more,
  } as RunItem;
}

function fp32(values: readonly number[], shape: readonly number[] = [1, values.length]): RawTensor {
  return { dataType: 'FP32', shape, data: new Uint8Array(Float32Array.from(values).buffer) };
}

const valuesOf = (result: ItemResult): number[] => {
  if (!('inference' in result)) throw new Error('error' in result ? result.error.message : 'no inference');
  const { data } = result.inference.tensors[0] as RawTensor;
  return [...new Float32Array(Uint8Array.from(data).buffer)];
};
const codeOf = (result: ItemResult) => ('error' in result ? result.error.code : 'answered');

const negative = buildOnnxModel({
  inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 'width'] }],
  outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 'width'] }],
  nodes: [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }],
});
const four = (size: number): BatchingProof => ({
  ...{ provenSize: size, gain: 2, reason: '', itemShapes: { features: [4] } },
  servedSizes: [1, 2, 4].filter((served) => served <= size),
});

describe.skipIf(!canServeRings())('the ring (skipped where there is no addon)', () => {
  it('gives each request its own answer, from a few bytes to megabytes, however they come', async () => {
    const ring = await open(negative, { specs: { x: { maxExtent: 2 ** 20 }, y: { maxExtent: 2 ** 20 } } });
    const random = seededRandom(5);
    for (let round = 0; round < 40; round++) {
      const asked = Array.from({ length: 1 + Math.floor(random() * 12) }, () => {
        const width = 1 + Math.floor(random() ** 6 * 400_000);
        const values = new Float32Array(width).map((_, i) => random() * 8 + i);
        const x: RawTensor = { dataType: 'FP32', shape: [1, width], data: new Uint8Array(values.buffer) };
        return { expected: Buffer.from(values.map((value) => -value).buffer), item: item({ x }, ['y']) };
      });
      const answers = asked.map((each) => ring.answer(each.item.id));
      for (const each of asked) expect(ring.ring.submit(each.item)).toBe(true);
      ring.ring.flush();
      for (const [index, answer] of (await Promise.all(answers)).entries()) {
        const { data } = (answer as { inference: { tensors: RawTensor[] } }).inference.tensors[0] as RawTensor;
        expect(Buffer.compare(data, asked[index]?.expected as Buffer)).toBe(0);
      }
    }
  });

  it.each([
    ['in their slots', 100],
    ['beside them', 100_000],
  ])('keeps nothing of a request that is answered, nor of its answer: %s', async (_, width) => {
    const ring = await open(negative, { specs: { x: { maxExtent: 2 ** 20 }, y: { maxExtent: 2 ** 20 } } });
    const values = Array.from({ length: width }, () => 31_337.271_484_375);
    const [asked, answered] = [fp32(values), fp32(values.map((value) => -value))].map(({ data }) =>
      Buffer.from(data.buffer as ArrayBuffer, 0, 16),
    ) as [Buffer, Buffer];
    const holds = (bytes: Buffer, memory: Uint8Array<ArrayBuffer>) =>
      Buffer.from(memory.buffer, 0, 8 * 2 ** 20).includes(bytes);
    const one = item({ x: fp32(values) }, ['y']);
    const answer = ring.answer(one.id);
    expect(ring.ring.submit(one)).toBe(true);
    // Or nothing would be looked for in the right place.
    expect(holds(asked, ring.inputs.segment.memory)).toBe(true);
    ring.ring.flush();
    expect(valuesOf(await answer)).toHaveLength(width);
    expect(holds(asked, ring.inputs.segment.memory)).toBe(false);
    expect(holds(answered, ring.results.segment.memory)).toBe(false);
    expect(holds(asked, ring.results.segment.memory)).toBe(false);
  });

  it('keeps nothing of what a host was at when it died', async () => {
    const ring = await open(endlessLoopWhenPositive());
    const loop = item({ x: fp32([31_337.25, 1, 1, 1]) }, ['y']);
    expect(ring.ring.submit(loop)).toBe(true);
    const word = Buffer.from(Float32Array.of(31_337.25).buffer);
    const isThere = () => Buffer.from(ring.inputs.segment.memory.buffer, 0, RING.requestBytes).includes(word);
    expect(isThere()).toBe(true);
    ring.ring.close();
    expect(isThere()).toBe(false);
  });

  it('is full at some point, and then says so instead of losing anything', async () => {
    const ring = await open(endlessLoopWhenPositive());
    const loop = item({ x: fp32([1, 1, 1, 1]) }, ['y']);
    expect(ring.ring.submit(loop)).toBe(true);
    ring.ring.flush();
    const others = Array.from({ length: RING.slots + 10 }, () => item({ x: fp32([-1, -2, -3, -4]) }, ['y']));
    const answers = others.map((each) => ring.answer(each.id));
    const taken = others.filter((each) => ring.ring.submit(each));
    expect(taken).toHaveLength(RING.slots - 1);
    ring.ring.flush();
    ring.ring.cancel(loop.id);
    for (const [slot, generation] of ring.left) ring.session.leaveRing?.(slot, generation);
    for (const answer of await Promise.all(answers.slice(0, taken.length))) {
      expect(valuesOf(answer)).toEqual([-1, -2, -3, -4]);
    }
  });

  it('lets requests share a run in proven sizes only, with the bits that each has alone', async () => {
    const model = mlpModel({ features: 4, hidden: 16, classes: 3 });
    const together = await open(model, { batching: four(4) });
    const random = seededRandom(6);
    const asked = Array.from({ length: 40 }, () =>
      item({ features: fp32(Array.from({ length: 4 }, random)) }, ['probabilities']),
    );
    const answers = asked.map((each) => together.answer(each.id));
    for (const each of asked) together.ring.submit(each);
    together.ring.flush();
    const sizes = new Set<number>();
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      const { tensors } = asked[index] as RunItem & { readonly kind: 'infer' };
      const { tensors: expected } = await together.session.run(tensors, together.outputs);
      expect(valuesOf(answer)).toEqual([
        ...new Float32Array(Uint8Array.from((expected.get('probabilities') as RawTensor).data).buffer),
      ]);
      sizes.add(answer.run?.batchSize ?? 0);
    }
    expect([...sizes].every((size) => [1, 2, 4].includes(size))).toBe(true);
    expect(sizes.has(4)).toBe(true);
  });

  it('never lets one share a run that must be alone, or is of other extents than were proven', async () => {
    const { plan } = await open(mlpModel({ features: 4, hidden: 4, classes: 2 }), { batching: four(4) });
    const { toRingItem } = await import('./ring-plan.js');
    const row = { features: fp32([1, 2, 3, 4]) };
    expect(toRingItem(plan, item(row, ['probabilities']))?.mayShare).toBe(true);
    expect(toRingItem(plan, item(row, ['probabilities'], { alone: true }))?.mayShare).toBe(false);
    expect(toRingItem(plan, item({ features: fp32([1, 2, 3, 4, 5]) }, ['probabilities']))?.mayShare).toBe(false);
    expect(toRingItem(plan, item({ features: fp32([1, 2, 3, 4], [2, 2]) }, ['probabilities']))).toBeUndefined();
    expect(toRingItem(plan, item(row, ['probabilities'], { state: {} }))).toBeUndefined();
  });

  it.each([
    ['NaN where values must be finite', {}, [1, Number.NaN]],
    ['an infinity', {}, [Number.NEGATIVE_INFINITY, 1]],
    ['a value below the declared range', { x: { range: [0, 1] as const } }, [0.5, -0.001]],
    ['a value above the declared range', { x: { range: [0, 1] as const } }, [1.0001, 0.5]],
    ['an output outside of its declared range', { y: { range: [-1, 0] as const } }, [0.5, 1.5]],
    ['another extent than declared', { x: { shape: [-1, 3] } }, [1, 2]],
    ['an extent above the largest one', { x: { maxExtent: 1 } }, [1, 2]],
    ['an output of another extent than declared', { y: { shape: [-1, 3] } }, [1, 2]],
  ])('leaves %s to the ordinary way, which says what is wrong', async (_, specs, values) => {
    const ring = await open(negative, { specs });
    const asked = item({ x: fp32(values) }, ['y']);
    expect(ring.ring.submit(asked)).toBe(true);
    ring.ring.flush();
    await eventually(() => expect(ring.again).toEqual([asked]));
    const next = item({ x: fp32([0.5, 0.25, 0.125]) }, ['y']);
    if ('x' in specs && 'maxExtent' in specs.x) return;
    const answer = ring.answer(next.id);
    ring.ring.submit(next);
    ring.ring.flush();
    expect(valuesOf(await answer)).toEqual([-0.5, -0.25, -0.125]);
  });

  it('takes a range by the FP32 number nearest to its bound, as the ordinary way does', async () => {
    const ring = await open(negative, { specs: { x: { range: [0, 0.1] } } });
    const asked = item({ x: fp32([0.1]) }, ['y']);
    const answer = ring.answer(asked.id);
    ring.ring.submit(asked);
    ring.ring.flush();
    expect(valuesOf(await answer)).toEqual([-Math.fround(0.1)]);
  });

  it('answers what is cancelled: at once while it waits, and by stopping the run when it runs', async () => {
    const ring = await open(endlessLoopWhenPositive());
    const [runs, waits] = [item({ x: fp32([1, 1, 1, 1]) }, ['y']), item({ x: fp32([2, 2, 2, 2]) }, ['y'])];
    const answers = [ring.answer(runs.id), ring.answer(waits.id)];
    ring.ring.submit(runs);
    ring.ring.flush();
    await eventually(() => expect(ring.started).toEqual([[runs.id]]));
    ring.ring.submit(waits);
    ring.ring.flush();
    ring.ring.cancel(waits.id);
    expect(codeOf(await (answers[1] as Promise<ItemResult>))).toBe('DH_CANCELLED');
    ring.ring.cancel(runs.id);
    expect(ring.left).toHaveLength(1);
    for (const [slot, generation] of ring.left) ring.session.leaveRing?.(slot, generation);
    expect(codeOf(await (answers[0] as Promise<ItemResult>))).toBe('DH_CANCELLED');
    const after = item({ x: fp32([-1, -1, -1, -1]) }, ['y']);
    const answer = ring.answer(after.id);
    ring.ring.submit(after);
    ring.ring.flush();
    expect(valuesOf(await answer)).toEqual([-1, -1, -1, -1]);
  });

  it('answers soon what is done, though the run behind it has no end', async () => {
    const ring = await open(endlessLoopWhenPositive());
    // After tiny runs the bell may wait for more answers: then the server finds this one by itself.
    for (let i = 0; i < 300; i++) {
      const tiny = item({ x: fp32([-1, -1, -1, -1]) }, ['y']);
      const done = ring.answer(tiny.id);
      ring.ring.submit(tiny);
      ring.ring.flush();
      await done;
    }
    const [first, loop] = [item({ x: fp32([-1, -1, -1, -1]) }, ['y']), item({ x: fp32([1, 1, 1, 1]) }, ['y'])];
    const answer = ring.answer(first.id);
    for (const each of [first, loop]) ring.ring.submit(each);
    ring.ring.flush();
    expect(valuesOf(await answer)).toEqual([-1, -1, -1, -1]);
    await eventually(() => expect(ring.started.flat()).toContain(loop.id));
    ring.ring.cancel(loop.id);
    for (const [slot, generation] of ring.left) ring.session.leaveRing?.(slot, generation);
  });

  it('never begins what has expired, and runs the most urgent first', async () => {
    const ring = await open(endlessLoopWhenPositive());
    const loop = item({ x: fp32([1, 1, 1, 1]) }, ['y']);
    ring.ring.submit(loop);
    ring.ring.flush();
    await eventually(() => expect(ring.started).toEqual([[loop.id]]));
    const late = item({ x: fp32([3, 3, 3, 3]) }, ['y'], { deadlineMs: monotonicMs() + 1 });
    const ranks = [2, 1, 0, 1].map((rank) => item({ x: fp32([-rank, -1, -1, -1]) }, ['y'], { rank }));
    const order: number[] = [];
    const answers = [late, ...ranks].map((each) =>
      ring.answer(each.id).then((result) => {
        order.push(each.rank);
        return result;
      }),
    );
    for (const each of [late, ...ranks]) ring.ring.submit(each);
    ring.ring.flush();
    await new Promise((resolve) => setTimeout(resolve, 5));
    ring.ring.cancel(loop.id);
    for (const [slot, generation] of ring.left) ring.session.leaveRing?.(slot, generation);
    const results = await Promise.all(answers);
    expect(codeOf(results[0] as ItemResult)).toBe('DH_DEADLINE_EXCEEDED');
    const startedAt = (rank: number) =>
      results.flatMap((result, i) => (i > 0 && ranks[i - 1]?.rank === rank ? [result.run?.queueUs ?? 0] : []));
    expect(Math.max(...startedAt(0))).toBeLessThan(Math.min(...startedAt(1)));
    expect(Math.max(...startedAt(1))).toBeLessThan(Math.min(...startedAt(2)));
    expect(order).toHaveLength(5);
  });

  it.each([
    ['an offset outside of the segment', RING.tensorFields + 2, 2 ** 40],
    ['an offset in the states', RING.tensorFields + 2, RING.states],
    ['more bytes than there are', RING.tensorFields + 3, 2 ** 33],
    ['bytes that do not fit the extents', RING.tensorFields + 3, 4],
    ['an extent that is none', RING.tensorFields + 5, 1.5],
    ['too many axes', RING.tensorFields + 1, 9],
    ['another element type', RING.tensorFields, 7],
    ['another number of outputs', RING.answer.outputCount, 2],
    ['a status that there is not', RING.answer.status, 9],
    ['a time that is no number', RING.answer.inferenceUs, Number.NaN],
    ['a start before all time', RING.answer.startedAtUs, -1],
    ['a run of infinitely many', RING.answer.batchSize, Number.POSITIVE_INFINITY],
  ])('believes no answer with %s', async (_, field, value) => {
    const ring = await open(endlessLoopWhenPositive());
    const asked = item({ x: fp32([1, 1, 1, 1]) }, ['y']);
    ring.ring.submit(asked);
    ring.ring.flush();
    await eventually(() => expect(ring.started).toHaveLength(1));
    // What a host that has gone mad might write into its own memory.
    const { memory } = ring.results.segment;
    const fields = new Float64Array(memory.buffer, RING.answerSlots, RING.slotBytes / 8);
    const place = RING.tensorFields;
    fields.set([RING.status.answered, 1, 1, 1, 1]);
    fields.set([1, 2, RING.answerSlots + RING.inlineOffset, 16, 1, 4], place);
    fields[field] = value;
    const states = new Int32Array(memory.buffer, RING.states, 1);
    const word = Atomics.load(states, 0);
    Atomics.store(states, 0, (word & ~RING.state.mask) | RING.state.done);
    ring.ring.onBell();
    expect(ring.isBroken).toBe(true);
    ring.session.leaveRing?.(0, word >>> RING.state.generationShift);
  });

  it('tells at the end what had been answered and what was under way', async () => {
    const ring = await open(endlessLoopWhenPositive());
    const loop = item({ x: fp32([1, 1, 1, 1]) }, ['y']);
    ring.ring.submit(loop);
    ring.ring.flush();
    const states = new Int32Array(ring.results.segment.memory.buffer, RING.states, 1);
    await eventually(() => expect(Atomics.load(states, 0) & RING.state.mask).toBe(RING.state.running));
    const startedAt = new Float64Array(ring.results.segment.memory.buffer, RING.answerSlots, 8);
    await eventually(() => expect(startedAt[RING.answer.startedAtUs]).toBeGreaterThan(0));
    const word = Atomics.load(states, 0);
    ring.ring.close();
    expect(ring.started.flat()).toEqual([loop.id]);
    expect(ring.ring.submit(item({ x: fp32([-1, 1, 1, 1]) }, ['y']))).toBe(false);
    ring.session.leaveRing?.(0, word >>> RING.state.generationShift);
  });
});

describe('the plan of a ring', () => {
  const tensor = (more: Partial<TensorSpec> = {}): TensorSpec => ({
    name: 'x',
    dataType: 'FP32',
    shape: [-1, 4],
    ...more,
  });
  const manifest = (more: object = {}, input = tensor(), output = tensor({ name: 'y' })): Manifest =>
    ({
      onnx: {},
      tensors: { inputs: [input], outputs: [output] },
      inputs: [],
      outputs: [],
      ...more,
    }) as unknown as Manifest;
  const planned = (m: Manifest) => planRing(m, alone('as told'));

  it('is there for one graph of numbers, and for nothing that the ring has no words for', () => {
    expect(planned(manifest())).toBeDefined();
    expect(planned(manifest({ onnx: undefined }))).toBeUndefined();
    expect(planned(manifest({ sequence: { state: [] } }))).toBeUndefined();
    expect(planned(manifest({}, tensor({ dataType: 'BYTES' })))).toBeUndefined();
    expect(planned(manifest({}, tensor({ shape: new Array(9).fill(1) })))).toBeUndefined();
    expect(planned(manifest({}, tensor({ dataType: 'UINT8', range: [0, 9] })))).toBeUndefined();
    expect(planned(manifest({}, tensor(), tensor({ name: 'y', dataType: 'FP16', range: [0, 1] })))).toBeUndefined();
  });

  it('has findings computed in the server where inputs are plain and outputs a few values, and else in the host', () => {
    const plain = { inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }], outputs: [{ kind: 'tensor', from: 'y' }] };
    expect(planned(manifest(plain))?.manifest).toBeDefined();
    expect(
      planned(manifest({ ...plain, inputs: [{ name: 'x', kind: 'table', feeds: 'x' }] }))?.manifest,
    ).toBeUndefined();
    for (const shape of [
      [-1, 2000],
      [-1, -1],
    ]) {
      expect(planned(manifest(plain, tensor(), tensor({ name: 'y', shape })))?.manifest).toBeUndefined();
    }
  });
});
