import { type inferenceV2, loadContract, type runtimeV1 } from '@deephealth/proto';
import { runningSumModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { credentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

const spec = (name: string) => ({ name, dataType: 'FP32' as const, shape: [-1, 4] });
const row = (values: number[]) => ({ dataType: 'FP32' as const, shape: [1, 4], values });

/** `y` is the sum of the items so far; the second golden case follows the first. */
const sumPackage: TestPackageOptions = {
  name: 'sum',
  model: runningSumModel(),
  tensors: { inputs: [spec('x'), spec('state')], outputs: [spec('y'), spec('state_out')] },
  manifest: {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    sequence: { state: [{ input: 'state', output: 'state_out' }], idleTimeoutMs: 2000 },
  },
  golden: [
    { id: 'first', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4]) } },
    { id: 'second', follows: 'first', inputs: { x: row([1, 1, 1, 1]) }, expected: { y: row([2, 3, 4, 5]) } },
  ],
};

let test: TestServer;

afterEach(() => test.stop());

const item = (
  id: string,
  value: number,
  { isStart = false, isEnd = false }: Partial<runtimeV1.SequenceContext> = {},
): runtimeV1.PredictRequest => ({
  modelName: 'sum',
  inputs: [tensorInput('x', [value, value, value, value])],
  sequenceContext: { sequenceId: id, isStart, isEnd },
});

describe('sequences through a server', () => {
  it('carry the state from item to item, each sequence its own, and number the items', async () => {
    test = await startTestServer([sumPackage], { limits: { instances: 2 } });
    const names = ['a', 'b', 'c'];
    for (let step = 1; step <= 20; step++) {
      const answers = await Promise.all(
        names.map((name, index) =>
          test.client.predict(item(name, index + 1, { isStart: step === 1, isEnd: step === 20 })),
        ),
      );
      for (const [index, answer] of answers.entries()) {
        expect(valuesOf(answer)[0]).toBe((index + 1) * step);
        expect(answer.provenance).toMatchObject({ sequenceId: names[index], sequencePosition: String(step) });
      }
    }
    expect((await refusalOf(test.client.predict(item('a', 1)))).code).toBe('DH_SEQUENCE_UNKNOWN');
  });

  it('keep the order of items that are sent without waiting', async () => {
    test = await startTestServer([sumPackage]);
    const stream = await test.client.predictStream();
    const answers = Array.from({ length: 40 }, (_, index) =>
      stream.predict(`item-${index}`, item('flow', index, { isStart: index === 0 })),
    );
    let sum = 0;
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      sum += index;
      expect(valuesOf(answer)[3]).toBe(sum);
    }
    await stream.end();
  });

  it('are lost by an item that got no result, and say so until they begin anew', async () => {
    test = await startTestServer([sumPackage]);
    await test.client.predict(item('lost', 5, { isStart: true }));
    const bad = { ...item('lost', 1), inputs: [tensorInput('x', [1, 2])] };
    expect((await refusalOf(test.client.predict(bad))).code).toMatch(/SHAPE|CONTENT/);
    expect((await refusalOf(test.client.predict(item('lost', 1)))).code).toBe('DH_SEQUENCE_LOST');
    expect(valuesOf(await test.client.predict(item('lost', 7, { isStart: true })))[0]).toBe(7);
  });

  it('are lost by an item that its stream refused, as no later one may run without it', async () => {
    test = await startTestServer([sumPackage]);
    await test.client.predict(item('twice', 1, { isStart: true }));
    const Client = loadContract().deephealth.runtime.v1.ModelRuntime;
    const client = new Client(test.server.address, credentials.createInsecure());
    const call = client.predictStream();
    const results: (runtimeV1.ItemResult__Output | null)[] = [];
    const done = new Promise<void>((resolve, reject) => {
      call.on('data', ({ result }: runtimeV1.PredictStreamResponse__Output) => {
        if (result) results.push(result);
      });
      call.on('end', resolve).on('error', reject);
    });
    // The same item id twice at once: the second is refused before it is looked at.
    call.write({ itemId: 'same', request: item('twice', 10) });
    call.write({ itemId: 'same', request: item('twice', 100) });
    call.write({ itemId: 'next', request: item('twice', 1000) });
    call.end();
    await done;
    client.close();
    const reasons = results.map((result) => result?.status?.reason ?? 'OK').sort();
    expect(reasons).toEqual(['ITEM_ID_DUPLICATE', 'OK', 'SEQUENCE_LOST']);
    expect((await refusalOf(test.client.predict(item('twice', 1)))).code).toBe('DH_SEQUENCE_LOST');
  });

  it('are lost, not unknown, after their model was unloaded and loaded again', async () => {
    test = await startTestServer([sumPackage]);
    await test.client.predict(item('gone', 5, { isStart: true }));
    await test.server.store.unload('sum', '1');
    await test.server.store.load('sum', '1');
    expect((await refusalOf(test.client.predict(item('gone', 1)))).code).toBe('DH_SEQUENCE_LOST');
    expect(valuesOf(await test.client.predict(item('gone', 7, { isStart: true })))[0]).toBe(7);
  });

  it('take one row at a time', async () => {
    test = await startTestServer([sumPackage]);
    const two = { ...item('rows', 1, { isStart: true }), inputs: [tensorInput('x', [1, 2, 3, 4, 5, 6, 7, 8], [2, 4])] };
    const refusal = await refusalOf(test.client.predict(two));
    expect([refusal.code, refusal.message]).toEqual([
      'DH_TENSOR_SHAPE_MISMATCH',
      expect.stringContaining('one row at a time'),
    ]);
  });

  it('survive the death of a host that ran none of their items', async () => {
    test = await startTestServer([sumPackage]);
    await test.client.predict(item('alive', 3, { isStart: true }));
    process.kill(test.server.store.find('sum', '1').hostPid as number, 'SIGKILL');
    expect(valuesOf(await test.client.predict(item('alive', 4)))[0]).toBe(7);
  });

  it('end when nothing comes for their idle time', async () => {
    const short = {
      ...sumPackage,
      manifest: { ...sumPackage.manifest, sequence: { ...sequence(), idleTimeoutMs: 50 } },
    };
    test = await startTestServer([short]);
    await test.client.predict(item('idle', 3, { isStart: true }));
    const model = test.server.store.find('sum', '1');
    while (model.sequences?.has('idle') === true) await new Promise((resolve) => setTimeout(resolve, 10));
    const refusal = await refusalOf(test.client.predict(item('idle', 4)));
    expect(refusal.code).toBe('DH_SEQUENCE_UNKNOWN');
    expect(refusal.message).toContain('50 ms');
  });

  it('are known to the Open Inference Protocol by its parameters', async () => {
    test = await startTestServer([sumPackage]);
    const client = new (loadContract().inference.GRPCInferenceService)(
      test.server.address,
      credentials.createInsecure(),
    );
    const infer = (value: number, parameters: inferenceV2.ModelInferRequest['parameters']) =>
      new Promise<inferenceV2.ModelInferResponse__Output>((resolve, reject) => {
        client.modelInfer(
          {
            modelName: 'sum',
            parameters: { sequence_id: { int64Param: 42 }, ...parameters },
            inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
            rawInputContents: [Buffer.from(Float32Array.of(value, value, value, value).buffer)],
          },
          (error, response) => (error ? reject(error) : resolve(response as inferenceV2.ModelInferResponse__Output)),
        );
      });
    await infer(2, { sequence_start: { boolParam: true } });
    const answer = await infer(3, { sequence_end: { boolParam: true } });
    client.close();
    expect(answer.outputs.map(({ name }) => name)).toEqual(['y']);
    expect(answer.rawOutputContents[0]?.readFloatLE(0)).toBe(5);
  });
});

function sequence() {
  return { state: [{ input: 'state', output: 'state_out' }] };
}
