import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import type { Manifest } from '../package/manifest.js';
import { crashModel, memoryHungryModel, nanModel, zipMapModel } from '../testing/hostile-models.js';
import { buildOnnxModel, type NodeDeclaration, type TensorDeclaration } from '../testing/onnx-model-builder.js';
import { identityModel, mlpModel } from '../testing/sound-models.js';
import { draftManifest } from './draft-manifest.js';
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
