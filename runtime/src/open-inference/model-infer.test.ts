import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError, tensorFromValues } from '@deephealth/sdk';
import { afterEach, describe, expect, it } from 'vitest';
import {
  floats,
  inferInput,
  inferRequest,
  ModelDouble,
  type ModelDoubleOptions,
  manifestOf,
  openInferenceOver,
  patient,
  rows,
} from '../../test/served-model-double.js';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import { TenantRegions } from './shared-memory/tenant-regions.js';

type Fields = Partial<inferenceV2.ModelInferRequest__Output>;
const row = inferInput('x', [1, 2]);
const one: Fields = { inputs: [row], rawInputContents: [floats(1, 2)] };
const text = (stringParam: string) => ({ stringParam });
const int = (value: number | bigint) => ({ int64Param: String(value) });

async function failureOf(answer: Promise<unknown>): Promise<DeepHealthError> {
  const thrown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof DeepHealthError) return thrown;
  throw new Error(`a refusal was expected, not ${thrown}`);
}

function served(options: ModelDoubleOptions = {}, sharedMemory?: TenantRegions) {
  const model = new ModelDouble(options);
  const oip = openInferenceOver([model], sharedMemory && { sharedMemory });
  const infer = (fields: Fields, context = patient()) => oip.modelInfer(inferRequest(fields), context);
  return { model, oip, infer };
}

describe('a ModelInfer answer', () => {
  it('echoes the id and says which package, runtime and engine computed it, and in what company', async () => {
    const { infer } = served({ outcome: { batchSize: 3 } });
    expect(await infer({ ...one, id: 'request 7' })).toEqual({
      modelName: 'double',
      modelVersion: '1',
      id: 'request 7',
      parameters: {
        deephealth_package_sha256: { stringParam: 'a'.repeat(64) },
        deephealth_onnx_sha256: { stringParam: 'b'.repeat(64) },
        deephealth_runtime: { stringParam: expect.stringMatching(/^deephealth-runtime\//) },
        deephealth_engine: { stringParam: 'engine/1' },
        deephealth_batch_size: { int64Param: 3 },
      },
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2] }],
      rawOutputContents: [floats(1, 2)],
    });
  });

  it('is marked as the last one for those who ask', async () => {
    const { infer } = served();
    const parameters = { triton_enable_empty_final_response: { boolParam: true } };
    expect((await infer({ ...one, parameters })).parameters?.triton_final_response).toEqual({ boolParam: true });
    expect((await infer(one)).parameters).not.toHaveProperty('triton_final_response');
  });

  it('holds the best classes instead of the tensor where they are asked for', async () => {
    const { infer } = served();
    const outputs = [{ name: 'y', parameters: { classification: int(1) } }];
    const response = await infer({ ...one, outputs });
    expect(response.outputs).toEqual([{ name: 'y', datatype: 'BYTES', shape: [1, 1] }]);
    expect(response.rawOutputContents).toEqual([Buffer.from('\x0a\0\0\x002.000000:1')]);
  });

  it('is withheld if another package computed it than the one that the request was checked for', async () => {
    const { loaded } = new ModelDouble();
    const { infer } = served({ outcome: { loaded: { ...loaded, packageSha256: 'c'.repeat(64) } } });
    expect((await failureOf(infer(one))).code).toBe('DH_MODEL_NOT_READY');
  });
});

describe('a ModelInfer request', () => {
  it('hands priority, deadline and signal on', async () => {
    const { model, infer } = served();
    const context = patient();
    await infer({ ...one, parameters: { priority: { uint64Param: '1' } } }, context);
    expect(model.work[0]).toMatchObject({ priority: 'STAT', payload: { type: 'infer', outputs: ['y'] } });
    expect(model.work[0]?.signal).toBe(context.signal);
  });

  it('ends at the earlier of deadline and timeout, and when the server says if it states neither', async () => {
    const { model, infer } = served();
    const nowMs = monotonicMs();
    await infer(one);
    await infer({ ...one, parameters: { timeout: int(2_000_000) } });
    await infer({ ...one, parameters: { timeout: int(2 ** 50) } });
    await infer({ ...one, parameters: { timeout: int(2_000_000) } }, { ...patient(), deadlineMs: Date.now() + 7 });
    const [byDefault, byTimeout, endless, byDeadline] = model.work.map(({ deadlineMs }) => deadlineMs - nowMs);
    expect([byDefault, byTimeout, endless].map((ms) => Math.round((ms ?? 0) / 1000))).toEqual([
      60,
      2,
      Math.round(2 ** 50 / 1_000_000),
    ]);
    // The calls before it took some time, and a clock of whole milliseconds was asked.
    expect(byDeadline).toBeGreaterThan(6);
    expect(byDeadline).toBeLessThan(1000);
  });

  it.each<[string, Fields, string]>([
    [
      'an unknown parameter of an input',
      { inputs: [{ ...row, parameters: { mine: int(1) } }] },
      'DH_PARAMETER_UNSUPPORTED',
    ],
    [
      'an unknown parameter of an output',
      { outputs: [{ name: 'y', parameters: { mine: int(1) } }] },
      'DH_PARAMETER_UNSUPPORTED',
    ],
    ['no class at all', { outputs: [{ name: 'y', parameters: { classification: int(0) } }] }, 'DH_PARAMETER_INVALID'],
    [
      'classes that are no number',
      { outputs: [{ name: 'y', parameters: { classification: text('1') } }] },
      'DH_PARAMETER_INVALID',
    ],
    [
      'an output twice',
      {
        outputs: [
          { name: 'y', parameters: {} },
          { name: 'y', parameters: {} },
        ],
      },
      'DH_OUTPUT_DUPLICATE',
    ],
    [
      'shared memory where it is off',
      {
        inputs: [{ ...row, parameters: { shared_memory_region: text('r'), shared_memory_byte_size: int(8) } }],
        rawInputContents: [],
      },
      'DH_PARAMETER_UNSUPPORTED',
    ],
    [
      'an output in shared memory where it is off',
      { outputs: [{ name: 'y', parameters: { shared_memory_region: text('r'), shared_memory_byte_size: int(8) } }] },
      'DH_PARAMETER_UNSUPPORTED',
    ],
    [
      'a size of a region without its name',
      { inputs: [{ ...row, parameters: { shared_memory_byte_size: int(8) } }] },
      'DH_PARAMETER_UNSUPPORTED',
    ],
  ])('with %s is refused before it waits for a run', async (_title, fields, code) => {
    const { model, infer } = served();
    expect((await failureOf(infer({ ...one, ...fields }))).code).toBe(code);
    expect(model.work).toEqual([]);
  });
});

describe('a model that keeps state', () => {
  const manifest = manifestOf([rows('x', 2), rows('h', 1)], [rows('y', 2), rows('h_next', 1)], {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    sequence: { state: [{ input: 'h', output: 'h_next' }] },
  });
  const first = { sequence_id: int(9), sequence_start: { boolParam: true } };

  it('takes neither its state from callers nor gives it to them', async () => {
    const { model, infer } = served({ manifest, outcome: { sequence: { position: 4 } } });
    const response = await infer({ ...one, parameters: first });
    expect(Object.keys(model.work[0]?.payload.tensors ?? {})).toEqual(['x']);
    expect(model.work[0]?.payload.outputs).toEqual(['y']);
    expect(model.work[0]?.sequence).toEqual({ id: '9', isStart: true, isEnd: false });
    expect(response.parameters?.deephealth_sequence_position).toEqual({ int64Param: 4 });
    const inputs = [row, inferInput('h', [1, 1])];
    const sent = infer({ inputs, rawInputContents: [floats(1, 2), floats(0)], parameters: first });
    expect(await failureOf(sent)).toMatchObject({
      code: 'DH_INPUT_UNKNOWN',
      message: expect.stringContaining('keeps'),
    });
    const asked = infer({ ...one, outputs: [{ name: 'h_next', parameters: {} }], parameters: first });
    expect((await failureOf(asked)).code).toBe('DH_OUTPUT_UNKNOWN');
  });

  it('hears of an item that was refused, because its sequence lacks it now', async () => {
    const { model, infer } = served({ manifest });
    const refusal = await failureOf(infer({ ...one, rawInputContents: [floats(1)], parameters: first }));
    expect(refusal.code).toBe('DH_TENSOR_SIZE_MISMATCH');
    expect(model.refused).toEqual([{ sequenceId: '9', refusal }]);
  });

  it('takes one item a request, since several would share one state', async () => {
    const { model, infer } = served({ manifest });
    const inputs = [inferInput('x', [2, 2])];
    const failure = await failureOf(infer({ inputs, rawInputContents: [floats(1, 2, 3, 4)], parameters: first }));
    expect(failure).toMatchObject({ code: 'DH_TENSOR_SHAPE_MISMATCH', details: { input: 'x', received: '2' } });
    expect(model.work).toEqual([]);
    const fixed = {
      ...manifest,
      tensors: { ...manifest.tensors, inputs: [rows('x', 2), { ...rows('h', 1), shape: [1, 1] }] },
    };
    const chunked = served({ manifest: fixed });
    await chunked.infer({ inputs, rawInputContents: [floats(1, 2, 3, 4)], parameters: first });
    expect(chunked.model.work).toHaveLength(1);
  });

  it('accepts items in the order in which they come', async () => {
    const { model, infer } = served({ manifest });
    await Promise.all(
      [1, 2, 3, 4].map((value) => infer({ ...one, rawInputContents: [floats(value, value)], parameters: first })),
    );
    expect(model.work.map(({ payload }) => payload.tensors.x?.data)).toEqual([1, 2, 3, 4].map((v) => floats(v, v)));
  });

  it('goes on with a sequence where it began, whatever the newest version is by now', async () => {
    const older = new ModelDouble({ manifest, version: '1' });
    const newer = new ModelDouble({ manifest, version: '2' });
    Object.assign(older, {
      sequences: { has: (id: string) => id === '9', endedAtMs: () => undefined, lose: () => undefined },
    });
    const oip = openInferenceOver([newer, older]);
    const go = (id: number) =>
      oip.modelInfer(inferRequest({ ...one, parameters: { sequence_id: int(id) } }), patient());
    expect((await go(9)).modelVersion).toBe('1');
    expect((await go(8)).modelVersion).toBe('2');
  });
});

describe('tensors in shared memory', () => {
  let folder = '';
  let regions: TenantRegions | undefined;
  afterEach(() => {
    regions?.unregisterAll();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A region "in" and one "out", each with the given content. */
  function withRegions(inBytes: Buffer, outBytes: Buffer): TenantRegions {
    folder = mkdtempSync(join(tmpdir(), 'deephealth-shm-'));
    regions = new TenantRegions({ areTenantsKeptApart: false, folder });
    for (const [name, bytes] of [
      ['in', inBytes],
      ['out', outBytes],
    ] as const) {
      writeFileSync(join(folder, name), bytes);
      regions.of('').register(name, `/${name}`, { offset: 0n, byteSize: BigInt(bytes.byteLength) });
    }
    return regions;
  }
  const at = (region: string, byteSize: number, offset = 0) => ({
    shared_memory_region: text(region),
    shared_memory_byte_size: int(byteSize),
    ...(offset === 0 ? {} : { shared_memory_offset: int(offset) }),
  });
  const two = manifestOf([rows('a', 1), rows('b', 1), rows('c', 1)], [rows('y', 1), rows('z', 1)]);

  it('take no place among the raw contents, and outputs there leave an empty one', async () => {
    const { model, infer } = served({ manifest: two }, withRegions(floats(0, 7), Buffer.alloc(12, 1)));
    const response = await infer({
      inputs: [
        inferInput('a', [1, 1]),
        inferInput('b', [1, 1], { parameters: at('in', 4, 4) }),
        inferInput('c', [1, 1]),
      ],
      rawInputContents: [floats(1), floats(3)],
      outputs: [
        { name: 'y', parameters: at('out', 8, 4) },
        { name: 'z', parameters: {} },
      ],
    });
    const sent = model.work[0]?.payload.tensors;
    expect(['a', 'b', 'c'].map((name) => sent?.[name]?.data)).toEqual([floats(1), floats(7), floats(3)]);
    expect(response.rawOutputContents).toEqual([Buffer.alloc(0), floats(7)]);
    expect(response.outputs?.[0]).toEqual({
      name: 'y',
      datatype: 'FP32',
      shape: [1, 1],
      parameters: {
        shared_memory_region: { stringParam: 'out' },
        shared_memory_byte_size: { int64Param: 4 },
        shared_memory_offset: { int64Param: '4' },
      },
    });
    expect(readFileSync(join(folder, 'out'))).toEqual(
      Buffer.concat([Buffer.alloc(4, 1), floats(1), Buffer.alloc(4, 1)]),
    );
  });

  it('may go together with typed contents', async () => {
    const { model, infer } = served({ manifest: two }, withRegions(floats(5), Buffer.alloc(4)));
    const contents = { fp32Contents: [2] } as unknown as inferenceV2.InferTensorContents__Output;
    await infer({
      inputs: [
        inferInput('a', [1, 1], { contents }),
        inferInput('b', [1, 1], { parameters: at('in', 4) }),
        inferInput('c', [1, 1], { contents }),
      ],
    });
    expect(model.work[0]?.payload.tensors.b?.data).toEqual(floats(5));
    expect(model.work[0]?.payload.tensors.c?.data).toEqual(new Uint8Array(floats(2)));
  });

  it('carry byte strings, too', async () => {
    const texts = Buffer.from(tensorFromValues('BYTES', [2], ['größe', '']).data);
    const spec = { name: 'x', dataType: 'BYTES' as const, shape: [-1] };
    const manifest = manifestOf([spec], [{ ...spec, name: 'y' }]);
    const { infer } = served({ manifest }, withRegions(texts, Buffer.alloc(texts.byteLength)));
    const inputs = [inferInput('x', [2], { datatype: 'BYTES', parameters: at('in', texts.byteLength) })];
    await infer({ inputs, outputs: [{ name: 'y', parameters: at('out', texts.byteLength) }] });
    expect(readFileSync(join(folder, 'out'))).toEqual(texts);
  });

  const x = (parameters: Fields['parameters'] = {}, more = {}) => inferInput('x', [1, 2], { parameters, ...more });
  it.each<[string, Fields, string, string]>([
    [
      'a region that is not there',
      { inputs: [x(at('none', 8))] },
      'DH_SHARED_MEMORY_INVALID',
      "Unable to find shared memory region: 'none'",
    ],
    [
      'a part beyond its region',
      { inputs: [x(at('in', 8, 4))] },
      'DH_SHARED_MEMORY_INVALID',
      'Invalid offset + byte size',
    ],
    [
      'a size that is not the tensor’s',
      { inputs: [x(at('in', 4))] },
      'DH_TENSOR_SIZE_MISMATCH',
      'needs 8 bytes, got 4',
    ],
    ['another type', { inputs: [x(at('in', 8), { datatype: 'INT32' })] }, 'DH_TENSOR_DATATYPE_MISMATCH', 'FP32'],
    [
      'no size',
      { inputs: [x({ shared_memory_region: text('in') })] },
      'DH_PARAMETER_INVALID',
      'shared_memory_byte_size',
    ],
    [
      'a negative offset',
      { inputs: [x({ ...at('in', 8), shared_memory_offset: int(-1) })] },
      'DH_PARAMETER_INVALID',
      'shared_memory_offset',
    ],
    [
      'contents besides',
      { inputs: [x(at('in', 8), { contents: { fp32Contents: [1] } })] },
      'DH_TENSOR_CONTENT_INVALID',
      "unexpected 'content' provided when using shared memory for input tensor 'x'",
    ],
    [
      'raw contents besides',
      { inputs: [x(at('in', 8))], rawInputContents: [floats(1, 2)] },
      'DH_TENSOR_CONTENT_INVALID',
      'expected 0, got 1',
    ],
    [
      'an output beyond its region',
      { ...one, outputs: [{ name: 'y', parameters: at('out', 99) }] },
      'DH_SHARED_MEMORY_INVALID',
      'Invalid offset + byte size',
    ],
    [
      'classes in a region',
      { ...one, outputs: [{ name: 'y', parameters: { ...at('out', 8), classification: int(1) } }] },
      'DH_PARAMETER_UNSUPPORTED',
      'classification',
    ],
  ])('are refused before a run: %s', async (_title, fields, code, message) => {
    const { model, infer } = served({}, withRegions(floats(1, 2), Buffer.alloc(8)));
    expect(await failureOf(infer(fields))).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(model.work).toEqual([]);
  });

  it('do not come back in a part that is too small for them', async () => {
    const { infer } = served({}, withRegions(floats(1, 2), Buffer.alloc(8)));
    const failure = await failureOf(infer({ ...one, outputs: [{ name: 'y', parameters: at('out', 4) }] }));
    expect(failure.message).toContain("for output 'y' (4 bytes) should be at least 8 bytes");
    expect(readFileSync(join(folder, 'out'))).toEqual(Buffer.alloc(8));
  });

  it('do not come back to a region that was unregistered while the request ran', async () => {
    const shared = withRegions(floats(1, 2), Buffer.alloc(8));
    const { infer } = served(
      {
        compute: async ({ payload }) => {
          shared.of('').unregister('out');
          return { y: payload.tensors.x as never };
        },
      },
      shared,
    );
    const failure = await failureOf(infer({ ...one, outputs: [{ name: 'y', parameters: at('out', 8) }] }));
    expect(failure.code).toBe('DH_SHARED_MEMORY_INVALID');
  });
});
