import { tensorFromValues } from '@deephealth/sdk';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { checkOutputTensor } from '../findings/output-values.js';
import { type InferResponse, rawReply, startFakeServer, typedReply } from './testing/fake-inference-server.js';
import {
  connect,
  connectTo,
  DOUBLED,
  grpcError,
  INPUTS,
  SPEC,
  serve,
  TENSORS,
  values,
} from './testing/session-fixture.js';

describe('connecting to a server', () => {
  it('gives a session that says who computes, and how much at once', async () => {
    const { session } = await connect(await serve(), { target: { concurrency: 3 } });
    expect(session).toMatchObject({ engine: 'open-inference/triton/2.73.0', provider: 'remote', concurrency: 3 });
    expect((await connect(await serve())).session.concurrency).toBe(8);
  });

  it('fails for an address of another form before anything is dialled', async () => {
    await expect(connect({ address: 'unix:/run/x.sock' })).rejects.toMatchObject({ code: 'DH_CONFIG_INVALID' });
  });

  it('fails where nobody answers', async () => {
    const server = await startFakeServer();
    server.die();
    await expect(connect(server)).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE', retryable: true });
  });

  it('fails while the model is not ready there', async () => {
    const server = await serve({ ModelReady: () => ({ ready: false }) });
    await expect(connect(server)).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
      message: expect.stringContaining('"double" is not ready'),
    });
  });

  it('fails where the model is not known, without a word of that server', async () => {
    const notFound = () => {
      throw grpcError(status.NOT_FOUND);
    };
    const server = await serve({ ModelMetadata: notFound, ModelReady: notFound });
    const failing = connect(server);
    await expect(failing).rejects.toMatchObject({ code: 'DH_REMOTE_FAILED', details: { status: 'NOT_FOUND' } });
    await expect(failing).rejects.not.toThrowError(/37\.2|secret/);
  });

  it('fails where the model has other tensors', async () => {
    const server = await serve({
      ModelMetadata: () => ({ name: 'double', inputs: [{ name: 'x', datatype: 'FP64', shape: [-1, 3] }] }),
    });
    await expect(connect(server)).rejects.toMatchObject({
      code: 'DH_REMOTE_MISMATCH',
      details: { tensor: 'x', expected: 'FP32', received: 'FP64' },
    });
  });

  it('asks for the model and version of the manifest', async () => {
    const asked: unknown[] = [];
    const server = await serve({
      ModelReady: (request) => {
        asked.push(request);
        return { ready: true };
      },
    });
    await connect(server, { spec: { ...SPEC, version: '1' } });
    await connect(server);
    expect(asked).toEqual([
      { name: 'double', version: '1' },
      { name: 'double', version: '' },
    ]);
  });

  it('takes a server without metadata for what it is', async () => {
    const unimplemented = () => {
      throw grpcError(status.UNIMPLEMENTED);
    };
    const { session } = await connect(await serve({ ServerMetadata: unimplemented, ModelMetadata: unimplemented }));
    expect(session.engine).toBe('open-inference/unknown/unknown');
    expect(values((await session.run(INPUTS, TENSORS.outputs)).tensors, 'y')).toEqual(DOUBLED);
  });

  it('reads metadata with fields that other dialects have added', async () => {
    // name=1 "double"; inputs=4 { name=1 "x"; datatype=2 "FP32"; shape=3 packed [-1, 3]; parameters=4 { key=1 "k"; value=2 {} } };
    // field 6, a map in two dialects, with another type of value in each; field 99.
    const text = (field: number, value: string) => [(field << 3) | 2, value.length, ...Buffer.from(value)];
    const nested = (field: number, bytes: number[]) => [(field << 3) | 2, bytes.length, ...bytes];
    const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    const tensor = [
      ...text(1, 'x'),
      ...text(2, 'FP32'),
      ...nested(3, [...minusOne, 3]),
      ...nested(4, [...text(1, 'k'), ...nested(2, text(3, 'np'))]),
    ];
    const metadata = Buffer.from([
      ...text(1, 'double'),
      ...nested(4, tensor),
      ...nested(6, [...text(1, 'content_type'), ...nested(2, text(3, 'np'))]),
      ...nested(6, [...text(1, 'owner'), ...text(2, 'ward')]),
      ...[0x98, 0x06, 0x01],
    ]);
    const server = await serve({ ModelMetadata: () => metadata });
    expect((await connect(server)).session.provider).toBe('remote');
    const tensors = { ...TENSORS, inputs: [{ name: 'x', dataType: 'FP32' as const, shape: [-1, 4] }] };
    await expect(connect(server, { tensors })).rejects.toMatchObject({ details: { received: '[-1, 3]' } });
  });
});

describe('a run', () => {
  it('sends raw contents and reads raw contents', async () => {
    const server = await serve();
    const { session } = await connect(server, { spec: { ...SPEC, version: '1' } });
    const { tensors } = await session.run(INPUTS, TENSORS.outputs);
    expect(values(tensors, 'y')).toEqual(DOUBLED);
    expect(values(tensors, 'row')).toEqual([0n, 1n]);
    expect(server.requests).toMatchObject([
      {
        modelName: 'double',
        modelVersion: '1',
        inputs: [{ name: 'x', datatype: 'FP32', shape: ['2', '3'], contents: null }],
        outputs: [{ name: 'y' }, { name: 'row' }],
        rawInputContents: [Buffer.from(INPUTS.x.data)],
      },
    ]);
  });

  it('gives only the outputs asked for', async () => {
    const { session } = await connect(await serve());
    const { tensors } = await session.run(INPUTS, TENSORS.outputs.slice(1));
    expect([...tensors.keys()]).toEqual(['row']);
  });

  it('reads typed contents', async () => {
    const { session } = await connectTo(typedReply);
    const { tensors } = await session.run(INPUTS, TENSORS.outputs);
    expect([values(tensors, 'y'), values(tensors, 'row')]).toEqual([DOUBLED, [0n, 1n]]);
  });

  it('finds its outputs in any order', async () => {
    const { session } = await connectTo((request) => {
      const reply = rawReply(request);
      return {
        ...reply,
        outputs: [...(reply.outputs ?? [])].reverse(),
        rawOutputContents: [...(reply.rawOutputContents ?? [])].reverse(),
      };
    });
    const { tensors } = await session.run(INPUTS, TENSORS.outputs);
    expect([values(tensors, 'y'), values(tensors, 'row')]).toEqual([DOUBLED, [0n, 1n]]);
  });

  it('goes on with typed contents at a server that refuses raw ones', async () => {
    const server = await serve({
      ServerMetadata: () => ({ name: 'old' }),
      ModelInfer: (request) => {
        if (request.inputs.some(({ contents }) => contents === null)) throw grpcError(status.INTERNAL);
        return typedReply(request);
      },
    });
    const { session } = await connect(server);
    for (let run = 0; run < 2; run++) {
      expect(values((await session.run(INPUTS, TENSORS.outputs)).tensors, 'y')).toEqual(DOUBLED);
    }
    expect(server.requests.map(({ rawInputContents }) => rawInputContents.length)).toEqual([1, 0, 0]);
  });

  it('does not believe a server that overlooks raw contents and computes from nothing', async () => {
    const server = await serve({
      ServerMetadata: () => ({ name: 'old' }),
      ModelInfer: (request) => {
        const x = request.inputs[0]?.contents?.fp32Contents ?? [0, 0, 0, 0, 0, 0];
        const contents = { fp32Contents: x.map((value) => value * 2) };
        return { ...typedReply(request), outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 3], contents }] };
      },
    });
    const { session } = await connect(server);
    expect(values((await session.run(INPUTS, TENSORS.outputs.slice(0, 1))).tensors, 'y')).toEqual(DOUBLED);
  });

  it('carries a NaN to those who judge values', async () => {
    const { session } = await connectTo((request) => {
      const reply = rawReply(request);
      const [y, row] = reply.rawOutputContents as [Buffer, Buffer];
      y.writeFloatLE(Number.NaN, 4);
      return { ...reply, rawOutputContents: [y, row] };
    });
    const { tensors } = await session.run(INPUTS, TENSORS.outputs);
    expect(values(tensors, 'y').slice(0, 2)).toEqual([2, Number.NaN]);
    const [spec] = TENSORS.outputs;
    expect(() => checkOutputTensor(spec as never, tensors.get('y') as never)).toThrowError(
      expect.objectContaining({ code: 'DH_MODEL_OUTPUT_INVALID' }),
    );
  });

  it.each<[string, (reply: InferResponse) => InferResponse, object]>([
    ['of another model', (r) => ({ ...r, modelName: 'other' }), { field: 'modelName' }],
    ['of another version', (r) => ({ ...r, modelVersion: '2' }), { field: 'modelVersion' }],
    ['to another request', (r) => ({ ...r, id: 'x' }), { field: 'id' }],
    [
      'with bytes that are cut off',
      (r) => ({ ...r, rawOutputContents: (r.rawOutputContents as Buffer[]).map((bytes) => bytes.subarray(4)) }),
      { tensor: 'y', expected: '24 bytes', received: '20' },
    ],
    ['with an output less', (r) => ({ ...r, outputs: [], rawOutputContents: [] }), { tensor: 'y' }],
  ])('is refused when it gets the reply %s', async (_, spoil, details) => {
    const { session, heard } = await connectTo((request) => spoil(rawReply(request)), {
      spec: { ...SPEC, version: '1' },
    });
    for (let run = 0; run < 6; run++) {
      await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({ code: 'DH_REMOTE_MISMATCH', details });
    }
    expect(heard.told).toEqual([]);
  });

  it('has an id of its own each time', async () => {
    const server = await serve();
    const { session } = await connect(server);
    await Promise.all(Array.from({ length: 20 }, () => session.run(INPUTS, TENSORS.outputs)));
    expect(new Set(server.requests.map(({ id }) => id)).size).toBe(20);
  });

  it('gets its own answer among many at the same time, whatever the order of the answers', async () => {
    const held: (() => void)[] = [];
    const { session } = await connectTo(
      (request) =>
        new Promise((resolve) => {
          held.push(() => resolve(rawReply(request)));
          if (held.length === 8) for (const answer of held.reverse()) answer();
        }),
    );
    const runs = Array.from({ length: 8 }, async (_, n) => {
      const { tensors } = await session.run({ x: tensorFromValues('FP32', [1, 3], [n, n, n]) }, TENSORS.outputs);
      return values(tensors, 'y');
    });
    expect(await Promise.all(runs)).toEqual(Array.from({ length: 8 }, (_, n) => [2 * n, 2 * n, 2 * n]));
  });

  it('is tried once more by itself when the server is unavailable for a moment', async () => {
    let calls = 0;
    const { session } = await connectTo((request) => {
      calls += 1;
      if (calls === 1) throw grpcError(status.UNAVAILABLE);
      return rawReply(request);
    });
    expect(values((await session.run(INPUTS, TENSORS.outputs)).tensors, 'y')).toEqual(DOUBLED);
  });

  it('reaches its deadline at a server that is slow', async () => {
    const { session } = await connectTo(() => new Promise(() => undefined), { target: { timeoutMs: 1_000 } });
    await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
      message: expect.stringContaining('in the time that it had'),
    });
  });

  it('hears that a server is full', async () => {
    const { session } = await connectTo(() => {
      throw grpcError(status.RESOURCE_EXHAUSTED);
    });
    await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({
      code: 'DH_REMOTE_UNAVAILABLE',
      retryable: true,
      message: expect.not.stringContaining('secret'),
    });
  });

  it('fails when the server dies under it', async () => {
    const server = await serve();
    const { session } = await connect(server);
    server.behave({
      ModelInfer: () => {
        server.die();
        return new Promise(() => undefined);
      },
    });
    await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE' });
  });
});

describe('a server that chooses the version', () => {
  it('is held to the version that it answered with first, because that one was verified', async () => {
    let version = '7';
    const { session, heard } = await connectTo((request) => ({ ...rawReply(request), modelVersion: version }));
    await session.run(INPUTS, TENSORS.outputs);
    version = '8';
    await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({
      code: 'DH_REMOTE_MISMATCH',
      details: { field: 'modelVersion', expected: '7', received: '8' },
    });
    expect(heard.told).toMatchObject([{ isServing: false, reason: expect.stringContaining('"7" was verified') }]);
    version = '7';
    await session.run(INPUTS, TENSORS.outputs);
    expect(heard.told.at(-1)?.isServing).toBe(true);
  });
});

describe('a session that is released', () => {
  it('has no timers left, ends its runs and tells nothing more', async () => {
    const server = await serve({ ModelInfer: () => new Promise(() => undefined) });
    const { session, clock, heard } = await connect(server);
    const arrived = server.nextCall('ModelInfer');
    const run = session.run(INPUTS, TENSORS.outputs);
    await arrived;
    await session.release();
    await expect(run).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE' });
    expect(clock.pending).toBe(0);
    for (let more = 0; more < 6; more++) {
      await expect(session.run(INPUTS, TENSORS.outputs)).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE' });
    }
    expect([clock.pending, heard.told]).toEqual([0, []]);
    await session.release();
  });

  it('tells nothing of a poll that it ended', async () => {
    const server = await serve();
    const { session, clock, heard } = await connect(server);
    server.behave({ ModelReady: () => new Promise(() => undefined) });
    const arrived = server.nextCall('ModelReady');
    clock.advance(2000);
    await arrived;
    await session.release();
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect([heard.told, clock.pending]).toEqual([[], 0]);
  });
});
