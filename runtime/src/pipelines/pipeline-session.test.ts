import { createHash } from 'node:crypto';
import {
  DeepHealthError,
  type Manifest,
  type PipelineStepSpec,
  parseManifest,
  type RawTensor,
  type TensorSpec,
  tensorFromValues,
  tensorValues,
} from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { ModelSession, SessionRun } from '../host/model-session.js';
import { couplesRows } from './couples-rows.js';
import { pipelineOnnxSha256 } from './pipeline-digest.js';
import { PipelineSession } from './pipeline-session.js';

type Tensors = Readonly<Record<string, RawTensor>>;
type Compute = (inputs: Tensors) => Record<string, RawTensor>;

/** A session that computes with a function and notes what it was asked for. */
class FakeSession implements ModelSession {
  readonly provider = 'cpu';
  readonly asked: { inputs: string[]; outputs: string[] }[] = [];
  isReleased = false;

  constructor(
    readonly compute: Compute,
    readonly engine = 'fake/1',
    readonly concurrency = 1,
  ) {}

  async run(inputs: Tensors, outputs: readonly TensorSpec[]): Promise<SessionRun> {
    this.asked.push({ inputs: Object.keys(inputs), outputs: outputs.map(({ name }) => name) });
    return { tensors: new Map(Object.entries(this.compute(inputs))) };
  }

  async release(): Promise<void> {
    this.isReleased = true;
  }
}

const spec = (name: string, shape: number[], more: Partial<TensorSpec> = {}): TensorSpec => ({
  name,
  dataType: 'FP32',
  shape,
  ...more,
});
const model = (name: string, inputs: TensorSpec[], outputs: TensorSpec[]) => ({
  name,
  onnx: { file: `models/${name}.onnx`, sha256: createHash('sha256').update(name).digest('hex') },
  tensors: { inputs, outputs },
});
const fp32 = (shape: readonly number[], values: readonly number[]) => tensorFromValues('FP32', shape, values);
const numbers = (tensor: RawTensor | undefined) => tensorValues(tensor as RawTensor).map(Number);
const map =
  (from: string, to: string, change: (value: number) => number): Compute =>
  (inputs) => {
    const tensor = inputs[from] as RawTensor;
    return { [to]: fp32(tensor.shape, numbers(tensor).map(change)) };
  };

/** A parsed manifest, so that every pipeline of these tests is one that a package may hold. */
function manifestOf(tensors: Manifest['tensors'], pipeline: NonNullable<Manifest['pipeline']>): Manifest {
  const manifest: Manifest = {
    schemaVersion: 1,
    name: 'pipeline',
    version: '1',
    title: 'Pipeline',
    intendedUse: 'Tests.',
    limitations: ['It answers no medical question.'],
    license: 'Apache-2.0',
    researchUseOnly: true,
    pipeline,
    tensors,
    inputs: tensors.inputs.map(({ name }) => ({ name, kind: 'tensor', feeds: name })),
    outputs: tensors.outputs.map(({ name }) => ({ name, kind: 'tensor', from: name })),
  };
  return parseManifest(Buffer.from(JSON.stringify(manifest)));
}

async function refusal(run: Promise<unknown>): Promise<DeepHealthError> {
  const error = await run.then(
    () => new Error('the run was expected to fail'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof DeepHealthError) return error;
  throw error;
}

const chain = manifestOf(
  { inputs: [spec('features', [-1, 2])], outputs: [spec('risk', [-1, 1]), spec('scaled', [-1, 2])] },
  {
    models: [
      model('scaler', [spec('x', [-1, 2])], [spec('y', [-1, 2])]),
      model('classifier', [spec('x', [-1, 2])], [spec('logit', [-1, 1]), spec('unused', [-1, 9])]),
    ],
    // Listed from the end to the beginning.
    steps: [
      { name: 'activate', operation: 'sigmoid', input: 'logit', output: 'risk' },
      {
        name: 'classify',
        operation: 'model',
        model: 'classifier',
        inputs: { x: 'scaled' },
        outputs: { logit: 'logit' },
      },
      { name: 'scale', operation: 'model', model: 'scaler', inputs: { x: 'features' }, outputs: { y: 'scaled' } },
    ],
  },
);
const scaler = () => new FakeSession(map('x', 'y', (value) => value / 2));
const classifier = () =>
  new FakeSession(({ x }) => {
    const values = numbers(x);
    const rows = values.length / 2;
    return {
      logit: fp32(
        [rows, 1],
        Array.from({ length: rows }, (_, r) => (values[2 * r] as number) - (values[2 * r + 1] as number)),
      ),
    };
  });
function chainSession() {
  const sessions = { scaler: scaler(), classifier: classifier() };
  return { sessions, session: new PipelineSession(chain, new Map(Object.entries(sessions))) };
}
const features = fp32([2, 2], [4, 4, 2000, 0]);

describe('PipelineSession', () => {
  it('runs the steps in the order of their edges and gives the wanted tensors', async () => {
    const { session } = chainSession();
    const { tensors, steps } = await session.run({ features }, chain.tensors.outputs);
    expect([...tensors.keys()]).toEqual(['risk', 'scaled']);
    expect(numbers(tensors.get('scaled'))).toEqual([2, 2, 1000, 0]);
    expect(tensors.get('risk')).toMatchObject({ dataType: 'FP32', shape: [2, 1] });
    expect(numbers(tensors.get('risk'))).toEqual([0.5, 1]);
    expect(steps?.map(({ name, operation }) => [name, operation])).toEqual([
      ['scale', 'model'],
      ['classify', 'model'],
      ['activate', 'sigmoid'],
    ]);
    for (const { durationUs } of steps ?? []) expect(durationUs).toBeGreaterThanOrEqual(0);
  });

  it('traces each step with the digest of its graph', async () => {
    const { session } = chainSession();
    const { steps } = await session.run({ features }, chain.tensors.outputs);
    const digests = chain.pipeline?.models.map(({ onnx }) => onnx.sha256) ?? [];
    expect(steps?.map(({ onnxSha256 }) => onnxSha256)).toEqual([digests[0], digests[1], '']);
  });

  it('runs no step that the wanted outputs do not depend on', async () => {
    const { session, sessions } = chainSession();
    const { tensors, steps } = await session.run({ features }, [chain.tensors.outputs[1] as TensorSpec]);
    expect([...tensors.keys()]).toEqual(['scaled']);
    expect(steps?.map(({ name }) => name)).toEqual(['scale']);
    expect(sessions.classifier.asked).toEqual([]);
  });

  it('asks a graph for the outputs that an edge is named for, and no other', async () => {
    const { session, sessions } = chainSession();
    await session.run({ features }, chain.tensors.outputs);
    expect(sessions.classifier.asked).toEqual([{ inputs: ['x'], outputs: ['logit'] }]);
  });

  it('gives equal inputs equal bits, run after run', async () => {
    const { session } = chainSession();
    const first = await session.run({ features }, chain.tensors.outputs);
    const second = await session.run({ features }, chain.tensors.outputs);
    expect(second.tensors).toEqual(first.tensors);
    expect(numbers(features)).toEqual([4, 4, 2000, 0]);
  });

  it('speaks for all its sessions', async () => {
    const a = new FakeSession(scaler().compute, 'fake/1', 4);
    const b = new FakeSession(classifier().compute, 'fake/2', 2);
    const session = new PipelineSession(
      chain,
      new Map([
        ['scaler', a],
        ['classifier', b],
      ]),
    );
    expect(session).toMatchObject({ engine: 'fake/1, fake/2', provider: 'cpu', concurrency: 2 });
    expect(chainSession().session.engine).toBe('fake/1');
    await session.release();
    expect([a.isReleased, b.isReleased]).toEqual([true, true]);
  });

  it('releases every session, also if one fails to', async () => {
    const { sessions, session } = chainSession();
    sessions.scaler.release = () => Promise.reject(new Error('stuck'));
    await expect(session.release()).rejects.toThrow('stuck');
    expect(sessions.classifier.isReleased).toBe(true);
  });

  it('is not made without a session for each model', () => {
    expect(() => new PipelineSession(chain, new Map([['scaler', scaler()]]))).toThrow('"classifier"');
  });

  it('names the step that a session failed in, and keeps code, details and retry hint', async () => {
    const { sessions, session } = chainSession();
    const options = { details: { node: 'x' }, retryAfterMs: 7 };
    sessions.classifier.run = () => Promise.reject(new DeepHealthError('DH_MODEL_RUN_FAILED', 'It broke.', options));
    const error = await refusal(session.run({ features }, chain.tensors.outputs));
    expect(error).toMatchObject({ code: 'DH_MODEL_RUN_FAILED', retryAfterMs: 7 });
    expect(error.message).toBe('Step "classify": It broke.');
    expect(error.details).toEqual({ node: 'x', step: 'classify' });
  });

  it('hands on what is no error of ours as it is', async () => {
    const { sessions, session } = chainSession();
    const bug = new TypeError('bug');
    sessions.scaler.run = () => Promise.reject(bug);
    await expect(session.run({ features }, chain.tensors.outputs)).rejects.toBe(bug);
  });

  it.each<[string, Compute]>([
    ['NaN', () => ({ y: fp32([2, 2], [1, 2, Number.NaN, 4]) })],
    ['another width', () => ({ y: fp32([2, 3], [1, 2, 3, 4, 5, 6]) })],
    ['another type', () => ({ y: tensorFromValues('INT32', [2, 2], [1, 2, 3, 4]) })],
    ['too few bytes', () => ({ y: { ...fp32([2, 2], [1, 2, 3, 4]), data: new Uint8Array(12) } })],
    ['nothing', () => ({})],
  ])('stops at a graph that gives %s, before the next step gets it', async (_, compute) => {
    const sessions = { scaler: new FakeSession(compute), classifier: classifier() };
    const session = new PipelineSession(chain, new Map(Object.entries(sessions)));
    const error = await refusal(session.run({ features }, chain.tensors.outputs));
    expect(error.code).toBe('DH_MODEL_OUTPUT_INVALID');
    expect(error.message).toMatch(/^Step "scale": Output "y"/);
    expect(error.details).toMatchObject({ step: 'scale', output: 'y' });
    expect(sessions.classifier.asked).toEqual([]);
  });
});

const highest = manifestOf(
  {
    inputs: [spec('patches', [-1, 2], { maxExtent: 9 }), spec('places', [-1, 1], { maxExtent: 9 })],
    outputs: [spec('patient', [1, 3])],
  },
  {
    models: [
      model('tissue', [spec('x', [-1, 2])], [spec('score', [-1, 1], { maxExtent: 9 })]),
      model('tumour', [spec('x', [-1, 3])], [spec('p', [-1, 3])]),
    ],
    steps: [
      { name: 'find', operation: 'model', model: 'tissue', inputs: { x: 'patches' }, outputs: { score: 'score' } },
      { name: 'mask', operation: 'threshold', input: 'score', threshold: 0.5, comparison: 'above', output: 'mask' },
      { name: 'place', operation: 'concat', inputs: ['patches', 'places'], axis: 1, output: 'placed' },
      { name: 'keep', operation: 'select_rows', input: 'placed', mask: 'mask', onEmpty: 'refuse', output: 'kept' },
      { name: 'look', operation: 'model', model: 'tumour', inputs: { x: 'kept' }, outputs: { p: 'p' } },
      { name: 'patient', operation: 'aggregate_rows', input: 'p', statistic: 'max', output: 'patient' },
    ],
  },
);
/** The mask model takes the first column for its score. */
const tissue = () =>
  new FakeSession(({ x }) => {
    const rows = x?.shape[0] as number;
    return {
      score: fp32(
        [rows, 1],
        numbers(x).filter((_, i) => i % 2 === 0),
      ),
    };
  });
const tumour = () => new FakeSession(map('x', 'p', (value) => -value));
const patientSession = (mask = tissue(), look = tumour()) =>
  new PipelineSession(
    highest,
    new Map([
      ['tissue', mask],
      ['tumour', look],
    ]),
  );
const patches = fp32([3, 2], [1, 10, 0.5, 20, 0.75, 30]);
const places = fp32([3, 1], [100, 200, 300]);

describe('a pipeline over the rows of one patient', () => {
  it('looks at the rows that the mask kept only, and gives one row', async () => {
    const look = tumour();
    const { tensors } = await patientSession(tissue(), look).run({ patches, places }, highest.tensors.outputs);
    expect(tensors.get('patient')?.shape).toEqual([1, 3]);
    // The middle row is at the threshold, not above it.
    expect(numbers(tensors.get('patient'))).toEqual([-0.75, -10, -100]);
  });

  it('refuses to answer from nothing', async () => {
    const none = fp32([3, 2], [0.5, 10, 0.25, 20, 0, 30]);
    const look = tumour();
    const error = await refusal(patientSession(tissue(), look).run({ patches: none, places }, highest.tensors.outputs));
    expect(error.code).toBe('DH_SELECTION_EMPTY');
    expect(error.message).toMatch(/^Step "keep": The mask "mask" is true for none of the 3 rows of "placed"/);
    expect(error.details).toMatchObject({ step: 'keep', mask: 'mask' });
    expect(look.asked).toEqual([]);
  });

  it('tells the caller whose inputs have different numbers of rows', async () => {
    const two = fp32([2, 1], [100, 200]);
    const error = await refusal(patientSession().run({ patches, places: two }, highest.tensors.outputs));
    expect(error.code).toBe('DH_TENSOR_SHAPE_MISMATCH');
    expect(error.message).toContain('Step "place": "places" has the shape [2, 1]');
    expect(error.details).toMatchObject({ expected: '[3, 2]', received: '[2, 1]' });
  });

  it('blames the graph that gave another number of rows than it got', async () => {
    const short = new FakeSession(() => ({ score: fp32([2, 1], [1, 1]) }));
    const error = await refusal(patientSession(short).run({ patches, places }, highest.tensors.outputs));
    expect(error.code).toBe('DH_MODEL_OUTPUT_INVALID');
    expect(error.message).toContain('Step "keep": "mask" has the shape [2, 1]');
  });

  it('refuses to aggregate no row', async () => {
    const empty = new FakeSession(() => ({ p: fp32([0, 3], []) }));
    const error = await refusal(patientSession(tissue(), empty).run({ patches, places }, highest.tensors.outputs));
    expect(error).toMatchObject({ code: 'DH_MODEL_OUTPUT_INVALID', details: { step: 'patient' } });
  });

  it('blames a member of an ensemble that gave another number of rows than the others', async () => {
    const tensors = { inputs: [spec('x', [-1, 2])], outputs: [spec('p', [-1, 2])] };
    const members = ['a', 'b'].map((name) => model(name, tensors.inputs, tensors.outputs));
    const runs = ['a', 'b'].map(
      (name): PipelineStepSpec => ({
        name,
        operation: 'model',
        model: name,
        inputs: { x: 'x' },
        outputs: { p: `p_${name}` },
      }),
    );
    const inputs = ['p_a', 'p_b'];
    const ensemble = manifestOf(tensors, {
      models: members,
      steps: [...runs, { name: 'join', operation: 'mean', inputs, output: 'p' }],
    });
    const good = new FakeSession(map('x', 'p', (value) => value));
    const bad = new FakeSession(() => ({ p: fp32([1, 2], [0, 1]) }));
    const x = fp32([2, 2], [0, 1, 1, 0]);
    const session = new PipelineSession(
      ensemble,
      new Map([
        ['a', good],
        ['b', bad],
      ]),
    );
    expect(await refusal(session.run({ x }, ensemble.tensors.outputs))).toMatchObject({
      code: 'DH_MODEL_OUTPUT_INVALID',
      details: { step: 'join', edge: 'p_b' },
    });
  });
});

describe('couplesRows', () => {
  it('names the step that works on all rows of an item', () => {
    expect(couplesRows(highest)).toBe(
      'Step "keep" (select_rows) works on all rows of an item together, so items cannot share a run.',
    );
    expect(couplesRows(chain)).toBeUndefined();
  });

  it('tells rows joined from columns joined', () => {
    const joined = (axis: number) => {
      const output = axis === 0 ? [spec('xx', [-1, 2], { maxExtent: 20 })] : [spec('xx', [-1, 4], { maxExtent: 9 })];
      const x = spec('x', [-1, 2], { maxExtent: 9 });
      return manifestOf(
        { inputs: [x], outputs: output },
        {
          models: [model('copy', [x], [{ ...x, name: 'y' }])],
          steps: [
            { name: 'copy', operation: 'model', model: 'copy', inputs: { x: 'x' }, outputs: { y: 'y' } },
            { name: 'join', operation: 'concat', inputs: ['x', 'y'], axis, output: 'xx' },
          ],
        },
      );
    };
    expect(couplesRows(joined(0))).toContain('"join" (concat)');
    expect(couplesRows(joined(1))).toBeUndefined();
  });

  it('has nothing to say of a single graph', () => {
    const { pipeline: _, ...rest } = chain;
    expect(couplesRows(rest)).toBeUndefined();
  });
});

describe('pipelineOnnxSha256', () => {
  it('digests the digests of the models in declared order', () => {
    const [first, second] = ['scaler', 'classifier'].map((name) => createHash('sha256').update(name).digest('hex'));
    const expected = createHash('sha256').update(`${first}\n${second}\n`).digest('hex');
    expect(pipelineOnnxSha256(chain)).toBe(expected);
  });
});
