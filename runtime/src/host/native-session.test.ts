import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nativeStatus } from '@deephealth/native';
import {
  type DataTypeName,
  elementCount,
  type PackagedGraph,
  type RawTensor,
  readOnnxGraph,
  type TensorSpec,
} from '@deephealth/sdk';
import { buildOnnxModel, endlessLoopModel, externalDataModel, mlpModel, seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it, vi } from 'vitest';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import { engineLibrary } from './engine-library.js';
import type { ModelSession } from './model-session.js';
import { openNative } from './native-session.js';
import { OnnxSession } from './onnx-session.js';
import { RunControl } from './run-control.js';

// Before the imports below load ONNX Runtime.
vi.hoisted(() => {
  process.env.ORT_DISABLE_TELEMETRY = '1';
});

const graphOf = (onnx: Uint8Array): PackagedGraph => ({ file: 'model.onnx', onnx, externalData: [] });
const isNative = nativeStatus().isLoaded;

function open(onnx: Uint8Array, isQuick = false): ModelSession {
  const session = openNative(graphOf(onnx), 1, isQuick);
  if (session === undefined) throw new Error('the addon does not take this graph');
  return session;
}

/** What a graph declares, with every open extent as given. */
function signature(onnx: Uint8Array): { inputs: TensorSpec[]; outputs: TensorSpec[] } {
  const { inputs, outputs } = readOnnxGraph(onnx);
  const specs = (values: typeof inputs) =>
    values.map(({ name, dataType, shape }) => ({
      name,
      dataType: dataType as DataTypeName,
      shape: (shape ?? []).map((extent) => (typeof extent === 'number' ? extent : -1)),
    }));
  return { inputs: specs(inputs), outputs: specs(outputs) };
}

function randomInputs(inputs: readonly TensorSpec[], rows: number, seed: number): Record<string, RawTensor> {
  const random = seededRandom(seed);
  return Object.fromEntries(
    inputs.map(({ name, dataType, shape }) => {
      const extents = shape.map((extent) => (extent === -1 ? rows : extent));
      const values = Float32Array.from({ length: elementCount(extents) }, () => (random() - 0.5) * 8);
      // At an odd address: what comes out of a message lies anywhere.
      const data = Buffer.alloc(values.byteLength + 1).subarray(1);
      data.set(new Uint8Array(values.buffer));
      return [name, { dataType, shape: extents, data }];
    }),
  );
}

const chain = (ops: readonly string[]) =>
  buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 7] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 7] }],
    nodes: ops.map((op, index) => ({
      op,
      inputs: [index === 0 ? 'x' : `v${index}`],
      outputs: [index === ops.length - 1 ? 'y' : `v${index + 1}`],
    })),
  });

const sample = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../samples/models/${name}/1.0.0/model.onnx`, import.meta.url)));

describe.skipIf(!isNative)('the engine of the addon', () => {
  const graphs: [string, Uint8Array][] = [
    ['the heart-disease sample', sample('heart-disease-risk')],
    ['the heartbeat sample', sample('ecg-beat')],
    ...[1, 2, 3].map((seed): [string, Uint8Array] => [
      `perceptron ${seed}`,
      mlpModel({ features: 5 + seed * 13, hidden: 16 * seed, classes: seed, seed }),
    ]),
    ['a chain of functions', chain(['Tanh', 'Exp', 'Sigmoid', 'Erf', 'Softplus'])],
    ['a softmax of logarithms', chain(['Abs', 'Sqrt', 'Softmax', 'Log'])],
  ];

  it.each(graphs)('gives the bits of onnxruntime-node: %s', async (_, onnx) => {
    const { inputs, outputs } = signature(onnx);
    const oracle = await OnnxSession.load(onnx, [], 1);
    for (const isQuick of [false, true]) {
      const session = open(onnx, isQuick);
      for (const [seed, rows] of [1, 2, 3, 17].entries()) {
        const feeds = randomInputs(inputs, rows, seed + 1);
        const expected = await oracle.run(feeds, outputs);
        const { tensors, timing } = await session.run(feeds, outputs);
        expect([...tensors.keys()]).toEqual([...expected.keys()]);
        for (const [name, tensor] of expected) {
          expect(tensors.get(name)?.shape).toEqual(tensor.shape);
          expect(Buffer.compare(tensors.get(name)?.data as Buffer, tensor.data)).toBe(0);
        }
        expect(timing?.inferenceUs).toBeGreaterThan(0);
      }
      await session.release();
    }
    await oracle.release();
  });

  it('answers runs in their order, each with its own values', async () => {
    const session = open(chain(['Neg']));
    const { inputs, outputs } = signature(chain(['Neg']));
    const feeds = Array.from({ length: 200 }, (_, index) => randomInputs(inputs, 1 + (index % 5), index + 1));
    const order: number[] = [];
    const runs = await Promise.all(
      feeds.map(async (one, index) => {
        const run = await session.run(one, outputs);
        order.push(index);
        return run;
      }),
    );
    expect(order).toEqual(feeds.map((_, index) => index));
    for (const [index, { tensors }] of runs.entries()) {
      const sent = new Float32Array(new Uint8Array(feeds[index]?.x?.data as Uint8Array).buffer);
      const got = new Float32Array(new Uint8Array(tensors.get('y')?.data as Uint8Array).buffer);
      expect([...got]).toEqual([...sent].map((value) => -value));
    }
    await session.release();
  });

  it('stops a run that would never end, and then runs the next one', async () => {
    const onnx = endlessLoopModel();
    const { inputs, outputs } = signature(onnx);
    const session = open(onnx);
    for (let round = 0; round < 3; round++) {
      const control = new RunControl();
      const run = session.run(randomInputs(inputs, 1, 1), outputs, control);
      setTimeout(() => control.stop(), 5 * round);
      await expect(run).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    }
    await session.release();
  });

  it('does not begin what was taken back or has expired', async () => {
    const onnx = endlessLoopModel();
    const { inputs, outputs } = signature(onnx);
    const feeds = randomInputs(inputs, 1, 1);
    const session = open(onnx);
    const control = new RunControl();
    const first = session.run(feeds, outputs, control);
    const waiting = session.stage?.(feeds);
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    void waiting?.run(outputs, { deadlineMs: null }).then(settle, settle);
    expect([waiting?.revoke(), waiting?.revoke()]).toEqual([true, false]);
    const late = session.stage?.(feeds).run(outputs, { deadlineMs: monotonicMs() - 1 });
    control.stop();
    await expect(first).rejects.toMatchObject({ code: 'DH_CANCELLED' });
    await expect(late).rejects.toMatchObject({ code: 'DH_DEADLINE_EXCEEDED' });
    expect(isSettled).toBe(false);
    await session.release();
  });

  it('says what an input is that it does not take, and keeps serving', async () => {
    const onnx = chain(['Neg']);
    const { outputs } = signature(onnx);
    const session = open(onnx);
    const data = new Uint8Array(28);
    const run = (shape: number[], dataType: DataTypeName = 'FP32') =>
      session.run({ x: { dataType, shape, data } }, outputs);
    // As long as its extents say, but not of the graph's.
    await expect(run([7, 1])).rejects.toMatchObject({ code: 'DH_MODEL_RUN_FAILED' });
    await expect(run([1, 7], 'INT32')).rejects.toMatchObject({ code: 'DH_MODEL_RUN_FAILED' });
    // What the host's checks never let through must still not be read beyond its end.
    for (const shape of [
      [2, 7],
      [1, 8],
      [-1, 7],
      [2 ** 40, 2 ** 40],
      [0.5, 7],
      [Number.NaN, 7],
    ]) {
      await expect(run(shape)).rejects.toThrow(RangeError);
    }
    expect((await run([1, 7])).tensors.get('y')?.shape).toEqual([1, 7]);
    expect(
      (await session.run({ x: { dataType: 'FP32', shape: [0, 7], data: new Uint8Array() } }, outputs)).tensors.get('y')
        ?.shape,
    ).toEqual([0, 7]);
    await session.release();
  });

  it('refuses what is no graph', () => {
    const graph = graphOf(chain(['Neg']));
    const broken = {
      ...graph,
      onnx: buildOnnxModel({
        inputs: [{ name: 'x', dataType: 'FP32', shape: [1] }],
        outputs: [{ name: 'y', dataType: 'FP32', shape: [1] }],
        nodes: [{ op: 'NoSuchOperator', inputs: ['x'], outputs: ['y'] }],
      }),
    };
    expect(() => openNative(broken, 1)).toThrow(expect.objectContaining({ code: 'DH_MODEL_LOAD_FAILED' }));
  });

  it('leaves texts and external data to onnxruntime-node', () => {
    const texts = buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'BYTES', shape: [1] }],
      outputs: [{ name: 'y', dataType: 'BYTES', shape: [1] }],
      nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    });
    expect(openNative(graphOf(texts), 1)).toBeUndefined();
    const { model, data } = externalDataModel({ location: 'weights.bin' });
    expect(
      openNative(
        { file: 'model.onnx', onnx: model, externalData: [{ file: 'weights.bin', data }] } as PackagedGraph,
        1,
      ),
    ).toBeUndefined();
  });

  it.each(['process.exit(7)', 'worker'])('ends cleanly in the middle of a run: %s', (how) => {
    const script = `
      import { Worker, isMainThread, workerData } from 'node:worker_threads';
      const { openEngineSession } = await import(${JSON.stringify(import.meta.resolve('@deephealth/native'))});
      const start = () => {
        const session = openEngineSession(${JSON.stringify(engineLibrary())}, Buffer.from(${JSON.stringify(
          Buffer.from(endlessLoopModel()).toString('base64'),
        )}, 'base64'), 1);
        session.run(1, ${JSON.stringify([['x', 1, [1, 4], 'BYTES']])}.map((i) => [i[0], i[1], i[2], new Uint8Array(16)]), ['y'], Infinity, () => {});
      };
      if (${JSON.stringify(how)} !== 'worker') { start(); setTimeout(() => process.exit(7), 50); }
      else {
        const source = 'data:text/javascript,' + encodeURIComponent(
          "import { parentPort } from 'node:worker_threads'; const { openEngineSession } = await import(" + JSON.stringify(${JSON.stringify(import.meta.resolve('@deephealth/native'))}) + ");" +
          "const start = " + start.toString() + "; start(); parentPort.postMessage('runs');");
        const workers = Array.from({ length: 8 }, () => new Worker(new URL(source)));
        await Promise.all(workers.map((w) => new Promise((resolve, reject) => { w.on('message', resolve); w.on('error', reject); })));
        await Promise.all(workers.map((w) => w.terminate()));
        process.exitCode = 7;
      }`;
    const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
    });
    expect({ status, signal, stderr }).toEqual({ status: 7, signal: null, stderr: '' });
  });

  it('keeps telemetry from ever being on', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { openEngineSession } = await import(${JSON.stringify(import.meta.resolve('@deephealth/native'))});
         openEngineSession(${JSON.stringify(engineLibrary())}, new Uint8Array(8), 1);`,
      ],
      { encoding: 'utf8', env: { ...process.env, ORT_DISABLE_TELEMETRY: '0' } },
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('telemetry')]);
  });
});
