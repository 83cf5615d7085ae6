import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import type { Manifest } from '../package/manifest.js';
import { crashModel, memoryHungryModel, nanModel, zipMapModel } from '../testing/hostile-models.js';
import { buildOnnxModel, type NodeDeclaration, type TensorDeclaration } from '../testing/onnx-model-builder.js';
import { identityModel, mlpModel } from '../testing/sound-models.js';
import { draftManifest } from './draft-manifest.js';
import type { SignalDraftOptions } from './draft-signal-input.js';
import type { VolumeDraftOptions } from './draft-volume-input.js';
import { readOnnxGraph } from './read-graph.js';

const schema = JSON.parse(readFileSync(new URL('../../schemas/model.schema.json', import.meta.url), 'utf8')) as object;
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);

function draft(model: Uint8Array, externalData?: Manifest['onnx']['externalData']): Manifest {
  return draftManifest(readOnnxGraph(model), {
    name: 'my-model',
    version: '1.0',
    onnxFile: 'model.onnx',
    onnxSha256: 'a'.repeat(64),
    ...(externalData === undefined ? {} : { externalData }),
  });
}

function valueAt(manifest: Manifest, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], manifest);
}

function classifier(node: Partial<NodeDeclaration>, shape: TensorDeclaration['shape'], opset = 13): Manifest {
  return draft(
    buildOnnxModel({
      opset,
      inputs: [{ name: 'x', dataType: 'FP32', shape: ['n', 2] }],
      outputs: [{ name: 'y', dataType: 'FP32', ...(shape === undefined ? {} : { shape }) }],
      nodes: [{ op: 'Softmax', inputs: ['x'], outputs: ['y'], ...node }],
    }),
  );
}

const FP32 = (shape: readonly (number | string)[]) => ({ name: 'x', dataType: 'FP32' as const, shape });
/** A model of one input with this shape. */
const taking = (shape: readonly (number | string)[]) =>
  readOnnxGraph(
    buildOnnxModel({
      inputs: [FP32(shape)],
      outputs: [{ ...FP32(shape), name: 'y' }],
      nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    }),
  );
const IDENTITY = { name: 'my-model', version: '1.0', onnxFile: 'model.onnx', onnxSha256: 'a'.repeat(64) };
const VOLUME: VolumeDraftOptions = {
  files: 'dicom-series',
  axes: 'SPL',
  example: { spacingMm: [2, 0.5, 0.5], extents: [30, 64, 64], unit: "[hnsf'U]" },
};
const SIGNAL: SignalDraftOptions = {
  samplingRateHz: 256,
  channels: ['a', 'b'].map((name) => ({ name, unit: 'uV', validRange: [-500, 500] as const })),
};

describe('draftManifest after an example', () => {
  it.each<[string, (number | string)[], object, string, object]>([
    ['a volume', ['n', 1, 'd', 'h', 'w'], { volume: VOLUME }, 'volume', { unit: "[hnsf'U]" }],
    ['a volume of its extents', ['n', 1, 30, 64, 64], { volume: VOLUME }, 'volume', { steps: [{}, {}] }],
    ['a volume of others', ['n', 1, 32, 32, 32], { volume: VOLUME }, 'volume', { steps: [{}, {}, {}] }],
    ['channels last', ['n', 'd', 'h', 'w', 1], { volume: VOLUME }, 'volume', { steps: [{}, { layout: 'NDHWC' }] }],
    ['slices', ['n', 5, 64, 64], { volume: VOLUME }, 'volume', { steps: [{}, { neighbours: 2 }] }],
    ['an even number of slices', ['n', 4, 64, 64], { volume: VOLUME }, 'tensor', {}],
    ['a fixed number of slices', [1, 5, 64, 64], { volume: VOLUME }, 'tensor', {}],
    ['two channels of a volume', ['n', 2, 'd', 'h', 'w'], { volume: VOLUME }, 'tensor', {}],
    ['a table', ['n', 7], { volume: VOLUME }, 'tensor', {}],
    ['a signal', ['n', 2, 's'], { signal: SIGNAL }, 'signal', { samples: { minimum: 1, maximum: 65_536 } }],
    [
      'a signal of its length',
      ['n', 2, 512],
      { signal: SIGNAL },
      'signal',
      { samples: { minimum: 512, maximum: 512 } },
    ],
    ['frames', ['n', 's', 256], { signal: SIGNAL }, 'tensor', {}],
  ])('takes %s for what it is, within the schema, and points at what to check', (_, shape, options, kind, more) => {
    const manifest = draftManifest(taking(shape), { ...IDENTITY, ...options });
    validate(manifest);
    expect(validate.errors).toBeNull();
    expect(manifest.inputs[0]).toMatchObject({ kind, ...more });
    const notes = (manifest.draft ?? []).filter(({ field }) => field.startsWith('/inputs/0'));
    expect(notes.length).toBeGreaterThan(0);
    for (const { field } of notes) expect(valueAt(manifest, field), field).toBeDefined();
  });

  it('leaves an example of images to images', () => {
    const manifest = draftManifest(taking(['n', 3, 8, 8]), { ...IDENTITY, image: { files: 'image' } });
    expect(manifest.inputs[0]?.kind).toBe('image');
  });
});

describe('draftManifest', () => {
  it.each([
    ['a classifier', mlpModel({ features: 3, hidden: 4, classes: 5 })],
    ['an identity', identityModel({ dataType: 'BYTES', shape: [3, 'n'] })],
    ['a scalar output', memoryHungryModel()],
    ['integers', crashModel()],
    ['two inputs', nanModel()],
  ])('gives a manifest of %s that fits the schema and whose draft points at its fields', (_, model) => {
    const manifest = draft(model);
    validate(manifest);
    expect(validate.errors).toBeNull();
    for (const { field, guess } of manifest.draft ?? []) {
      expect(valueAt(manifest, field), field).toBeDefined();
      expect(guess).not.toBe('');
    }
  });

  it('describes a softmax output as a classification whose labels are made up', () => {
    const manifest = draft(mlpModel({ features: 3, hidden: 4, classes: 2 }));
    expect(manifest.tensors).toEqual({
      inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, 3] }],
      outputs: [{ name: 'probabilities', dataType: 'FP32', shape: [-1, 2] }],
    });
    expect(manifest.inputs).toEqual([{ name: 'features', kind: 'tensor', feeds: 'features' }]);
    expect(manifest.outputs).toEqual([
      {
        name: 'probabilities',
        kind: 'classification',
        from: 'probabilities',
        mode: 'multiclass',
        classes: [{ label: 'class-0' }, { label: 'class-1' }],
      },
    ]);
  });

  it('marks every guess', () => {
    const { draft: notes = [] } = draft(mlpModel({ features: 3, hidden: 4, classes: 2 }));
    expect(notes.map(({ field }) => field)).toEqual([
      '/title',
      '/intendedUse',
      '/limitations',
      '/license',
      '/researchUseOnly',
      '/tensors/inputs/0/shape',
      '/tensors/outputs/0/shape',
      '/inputs/0',
      '/outputs/0/kind',
      '/outputs/0/mode',
      '/outputs/0/classes',
    ]);
  });

  it.each<[string, Partial<NodeDeclaration>, TensorDeclaration['shape'], number, string]>([
    ['one sigmoid column', { op: 'Sigmoid' }, ['n', 1], 13, 'binary 2'],
    ['several sigmoid columns', { op: 'Sigmoid' }, ['n', 4], 13, 'multilabel 4'],
    ['a softmax of one column', {}, ['n', 1], 13, 'tensor'],
    ['a softmax over another axis', { attributes: { axis: { int: 0 } } }, ['n', 3], 13, 'tensor'],
    ['an old softmax over its default axis', {}, ['n', 3], 11, 'multiclass 3'],
    ['probabilities of skl2onnx', { op: 'Normalizer', domain: 'ai.onnx.ml' }, ['n', 3], 13, 'multiclass 3'],
    ['a softmax of a foreign domain', { domain: 'vendor' }, ['n', 3], 13, 'tensor'],
    ['a softmax over a varying extent', {}, ['n', 'm'], 13, 'tensor'],
    ['a map of classes', {}, ['n', 16, 16, 3], 13, 'tensor'],
    ['an output without a shape', {}, undefined, 13, 'tensor'],
    ['another operator', { op: 'Relu' }, ['n', 3], 13, 'tensor'],
  ])('takes %s for what it is', (_, node, shape, opset, expected) => {
    const manifest = classifier(node, shape, opset);
    validate(manifest);
    expect(validate.errors).toBeNull();
    const [output] = manifest.outputs;
    expect(output?.kind === 'classification' ? `${output.mode} ${output.classes.length}` : output?.kind).toBe(expected);
  });

  it('keeps fixed extents and says what is fixed and what varies', () => {
    const { tensors, draft: notes = [] } = draft(identityModel({ shape: [1, 'width', 3] }));
    expect(tensors.inputs[0]?.shape).toEqual([1, -1, 3]);
    const note = notes.find(({ field }) => field === '/tensors/inputs/0/shape');
    expect(note?.guess).toContain('1 ("width")');
    expect(note?.guess).not.toContain('batch');
  });

  it('lists external data', () => {
    const externalData = [{ file: 'w.bin', sizeBytes: 48, sha256: 'b'.repeat(64) }];
    expect(draft(identityModel(), externalData).onnx.externalData).toEqual(externalData);
    expect(draft(identityModel(), []).onnx).not.toHaveProperty('externalData');
  });

  it.each<[string, string, Uint8Array]>([
    ['a map', 'DH_GRAPH_OUTPUT_NOT_TENSOR', zipMapModel()],
    ['a name of 129 characters', 'DH_GRAPH_UNSUPPORTED', renamed('x'.repeat(129))],
    ['a name with a line break', 'DH_GRAPH_UNSUPPORTED', renamed('x\ny')],
    ['no name', 'DH_GRAPH_UNSUPPORTED', renamed('')],
  ])('refuses %s', (_, code, model) => {
    expect(() => draft(model)).toThrow(expect.objectContaining({ code }));
    expect(() => draft(model)).toThrow(DeepHealthError);
  });

  it('refuses a graph without an input', () => {
    const nodes = [{ op: 'Constant', inputs: [], outputs: ['y'] }];
    const model = buildOnnxModel({
      inputs: [],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [1] }],
      nodes,
    });
    expect(() => draft(model)).toThrow('no input');
  });
});

function renamed(name: string): Uint8Array {
  const tensor: TensorDeclaration = { name, dataType: 'FP32', shape: [1] };
  return buildOnnxModel({
    inputs: [tensor],
    outputs: [{ ...tensor, name: 'y' }],
    nodes: [{ op: 'Identity', inputs: [name], outputs: ['y'] }],
  });
}
