import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { buildOnnxModel, tensorType } from '../testing/onnx-model-builder.js';
import { seededRandom } from '../testing/seeded-random.js';
import { slowModel } from '../testing/slow-models.js';
import { externalDataModel, identityModel, mlpModel } from '../testing/sound-models.js';
import { encodeOnnxModel } from './encode-model.js';
import type { ModelMessage } from './onnx-message.js';
import { readOnnxGraph } from './read-graph.js';
import { walkConstants, walkNodes } from './walk-graph.js';

function refusal(bytes: Uint8Array): string {
  try {
    readOnnxGraph(bytes);
  } catch (error) {
    return error instanceof DeepHealthError ? `${error.code} ${error.message}` : String(error);
  }
  return 'accepted';
}

const sound: ModelMessage = {
  irVersion: 8n,
  graph: {
    node: [{ opType: 'Relu', input: ['x'], output: ['y'] }],
    input: [{ name: 'x' }],
    output: [{ name: 'y' }],
  },
  opsetImport: [{ version: 13n }],
};

describe('readOnnxGraph', () => {
  it('reads header, signature, nodes and constants of a classifier', () => {
    const graph = readOnnxGraph(mlpModel({ features: 5, hidden: 8, classes: 3 }));
    expect(graph).toMatchObject({
      irVersion: 8,
      producerName: 'deephealth-testing',
      producerVersion: '1',
      opsets: [{ domain: '', version: 13 }],
      graphName: 'graph',
      inputs: [{ name: 'features', kind: 'tensor', dataType: 'FP32', shape: ['batch', 5] }],
      outputs: [{ name: 'probabilities', kind: 'tensor', dataType: 'FP32', shape: ['batch', 3] }],
    });
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Gemm', 'Relu', 'Gemm', 'Softmax']);
    expect(graph.nodes[3]?.integers.get('axis')).toEqual([-1]);
    expect(graph.initializers.map(({ name, shape, elementCount }) => [name, shape, elementCount])).toEqual([
      ['w1', [5, 8], 40],
      ['b1', [8], 8],
      ['w2', [8, 3], 24],
      ['b2', [3], 3],
    ]);
    expect(graph.parameterCount).toBe(75);
  });

  it('tells named, unnamed and fixed extents and a missing shape apart', () => {
    const graph = readOnnxGraph(
      buildOnnxModel({
        inputs: [
          { name: 'a', dataType: 'UINT8', shape: ['n', undefined, 3, '', -1] },
          { name: 'b', dataType: 'BYTES', shape: [] },
          { name: 'c', dataType: 'BF16' },
        ],
        outputs: [{ name: 'y', type: { sequenceType: { elemType: tensorType('FP32') } } }],
        nodes: [{ op: 'Op', inputs: ['a'], outputs: ['y'] }],
      }),
    );
    expect(graph.inputs).toEqual([
      {
        name: 'a',
        kind: 'tensor',
        dataType: 'UINT8',
        elementType: 'UINT8',
        shape: ['n', undefined, 3, undefined, undefined],
      },
      { name: 'b', kind: 'tensor', dataType: 'BYTES', elementType: 'STRING', shape: [] },
      { name: 'c', kind: 'tensor', dataType: 'BF16', elementType: 'BFLOAT16' },
    ]);
    expect(graph.outputs).toEqual([{ name: 'y', kind: 'sequence' }]);
  });

  it('leaves initialisers out of the inputs', () => {
    const graph = readOnnxGraph(
      encodeOnnxModel({
        ...sound,
        graph: {
          ...sound.graph,
          input: [{ name: 'x' }, { name: 'w' }],
          initializer: [{ name: 'w', dims: [1n], dataType: 1 }],
        },
      }),
    );
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('walks into the bodies of loops and into functions', () => {
    expect([...walkNodes(readOnnxGraph(slowModel()))].map(({ opType }) => opType)).toEqual(
      expect.arrayContaining(['Loop', 'Identity', 'MatMul']),
    );
    const graph = readOnnxGraph(
      buildOnnxModel({
        inputs: [],
        outputs: [{ name: 'y', dataType: 'FP32' }],
        nodes: [{ op: 'Call', domain: 'own', inputs: [], outputs: ['y'] }],
        functions: [{ domain: 'own', name: 'Call', nodes: [{ op: 'Inner', inputs: [], outputs: ['y'] }] }],
      }),
    );
    expect([...walkNodes(graph)].map(({ opType }) => opType)).toEqual(['Call', 'Inner']);
  });

  it('finds external data in initialisers, in subgraphs and in constant nodes', () => {
    const place = (location: string) => ({
      name: location,
      dataType: 'FP32' as const,
      shape: [2],
      external: { location },
    });
    const graph = readOnnxGraph(
      buildOnnxModel({
        inputs: [],
        outputs: [{ name: 'y', dataType: 'FP32' }],
        initializers: [place('top')],
        nodes: [
          {
            op: 'If',
            inputs: ['c'],
            outputs: ['y'],
            attributes: {
              then_branch: {
                graph: {
                  inputs: [],
                  outputs: [],
                  initializers: [place('branch')],
                  nodes: [
                    {
                      op: 'Constant',
                      inputs: [],
                      outputs: ['k'],
                      attributes: { value: { tensor: place('constant') } },
                    },
                  ],
                },
              },
            },
          },
        ],
      }),
    );
    const locations = [...walkConstants(graph)].map(({ external }) => external?.location);
    expect(locations.sort()).toEqual(['branch', 'constant', 'top']);
    expect(graph.parameterCount).toBe(6);
  });

  it('reads place, offset and length of external data', () => {
    const { model } = externalDataModel({ location: 'weights.bin' });
    expect(readOnnxGraph(model).initializers[0]?.external).toEqual({
      location: 'weights.bin',
      offset: 0,
      length: 48,
    });
  });

  it('keeps short whole numbers of both encodings and no weights', () => {
    const { initializers } = readOnnxGraph(
      encodeOnnxModel({
        ...sound,
        graph: {
          ...sound.graph,
          initializer: [
            { name: 'list', dims: [2n], dataType: 7, int64Data: [3n, -4n] },
            { name: 'raw', dims: [1n], dataType: 6, rawData: Uint8Array.of(255, 255, 255, 255) },
            { name: 'weights', dims: [1n], dataType: 1, floatData: [1] },
            { name: 'long', dims: [65n], dataType: 7, rawData: new Uint8Array(65 * 8) },
          ],
        },
      }),
    );
    expect(initializers.map(({ integers }) => integers)).toEqual([[3, -4], [-1], undefined, undefined]);
  });

  it('keeps Boolean constants as 0 and 1, and FP32 of one number an axis', () => {
    const { initializers } = readOnnxGraph(
      encodeOnnxModel({
        ...sound,
        graph: {
          ...sound.graph,
          initializer: [
            { name: 'flags', dims: [2n], dataType: 9, rawData: Uint8Array.of(1, 0) },
            { name: 'listed', dims: [1n], dataType: 9, int32Data: [1] },
            { name: 'scales', dims: [2n], dataType: 1, floatData: [1, 0.5] },
            { name: 'raw', dims: [1n], dataType: 1, rawData: Uint8Array.of(0, 0, 0x80, 0x3f) },
            { name: 'weights', dims: [9n], dataType: 1, rawData: new Uint8Array(9 * 4) },
            { name: 'half', dims: [1n], dataType: 10, rawData: new Uint8Array(2) },
            { name: 'elsewhere', dims: [1n], dataType: 1, rawData: new Uint8Array(4), dataLocation: 1 },
          ],
        },
      }),
    );
    expect(initializers.map(({ integers, floats }) => integers ?? floats)).toEqual([
      [1, 0],
      [1],
      [1, 0.5],
      [1],
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('keeps short numbers and texts of attributes, and the names that a body is handed', () => {
    const body = { inputs: [{ name: 'trip', dataType: 'INT64' as const }], outputs: [], nodes: [] };
    const { nodes } = readOnnxGraph(
      buildOnnxModel({
        inputs: [],
        outputs: [{ name: 'y', dataType: 'FP32' }],
        nodes: [
          {
            op: 'Op',
            inputs: [],
            outputs: ['y'],
            attributes: {
              alpha: { float: 0.5 },
              scales: { floats: [1, 2] },
              coefficients: { floats: new Array<number>(65).fill(0) },
              equation: { string: 'bi->b' },
              vocabulary: { string: 'n'.repeat(257) },
              body: { graph: body },
            },
          },
        ],
      }),
    );
    expect([...(nodes[0]?.floats ?? [])]).toEqual([
      ['alpha', [0.5]],
      ['scales', [1, 2]],
    ]);
    expect([...(nodes[0]?.strings ?? [])]).toEqual([['equation', 'bi->b']]);
    expect(nodes[0]?.subgraphs[0]?.inputNames).toEqual(['trip']);
  });

  it('reads metadata whatever the key is called', () => {
    const { metadata } = readOnnxGraph(
      buildOnnxModel({
        inputs: [],
        outputs: [{ name: 'y', dataType: 'FP32' }],
        nodes: [{ op: 'Op', inputs: [], outputs: ['y'] }],
        metadata: JSON.parse('{ "__proto__": "kept", "author": "someone" }') as Record<string, string>,
      }),
    );
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', 'kept'],
      ['author', 'someone'],
    ]);
  });

  it.each<[string, ModelMessage]>([
    ['an IR version', { ...sound, irVersion: 0n }],
    ['an operator set', { ...sound, opsetImport: [] }],
    ['a graph', { irVersion: 8n, opsetImport: [{ version: 13n }] }],
    ['a node', { ...sound, graph: { ...sound.graph, node: [] } }],
    ['an output', { ...sound, graph: { ...sound.graph, output: [] } }],
  ])('refuses a file without %s', (_, message) => {
    expect(refusal(encodeOnnxModel(message))).toContain('DH_GRAPH_MALFORMED');
    expect(refusal(encodeOnnxModel(sound))).toBe('accepted');
  });

  it.each([
    ['an empty file', ''],
    ['a text', 'Once upon a time there was a model.'],
    ['JSON', '{"schemaVersion": 1}'],
    ['a zip archive', 'PK\u0003\u0004\u0014\u0000\u0000\u0000'],
    ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n'],
  ])('refuses %s', (_, text) => {
    expect(refusal(Buffer.from(text))).toContain('DH_GRAPH_MALFORMED');
  });

  it('refuses random bytes', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 5000; round += 1) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256));
      expect(refusal(bytes)).toContain('DH_GRAPH_MALFORMED');
    }
  });

  it('refuses every beginning of a model', () => {
    const bytes = identityModel();
    for (let length = 0; length < bytes.length; length += 1) {
      expect(refusal(bytes.subarray(0, length))).toContain('DH_GRAPH_MALFORMED');
    }
    expect(refusal(bytes)).toBe('accepted');
  });

  it.each([
    ['negative', [-1n]],
    ['too large', [2n ** 40n, 2n ** 40n]],
    ['of absurd rank', new Array<bigint>(65).fill(1n)],
  ])('refuses a constant whose shape is %s', (_, dims) => {
    const bytes = encodeOnnxModel({
      ...sound,
      graph: { ...sound.graph, initializer: [{ name: 'w', dims, dataType: 1 }] },
    });
    expect(refusal(bytes)).toMatch(/DH_GRAPH_MALFORMED .*"w"/);
  });

  const eddl = fileURLToPath(new URL('../../../../shared/data/eddl/', import.meta.url));
  it.skipIf(!existsSync(eddl)).each([
    [
      'i294_pyeddl_rnn_bn.onnx',
      286_466,
      [
        ['batch', 'sequence', 26],
        ['batch', 2],
      ],
    ],
    [
      'uc13_eeg_lstm_chb01_epoch0000_val0.7583.onnx',
      593_409,
      [
        ['batch', 'sequence', 256],
        ['batch', 1],
      ],
    ],
  ])('reads the EDDL export %s (skipped where the file is not there)', (file, parameterCount, shapes) => {
    const graph = readOnnxGraph(readFileSync(`${eddl}${file}`));
    expect(graph).toMatchObject({
      producerName: 'EDDL',
      irVersion: 6,
      opsets: [{ domain: '', version: 11 }],
      parameterCount,
    });
    expect([...graph.inputs, ...graph.outputs].map(({ shape }) => shape)).toEqual(shapes);
  });
});
