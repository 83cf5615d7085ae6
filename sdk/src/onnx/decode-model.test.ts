import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { buildOnnxModel } from '../testing/onnx-model-builder.js';
import { seededRandom } from '../testing/seeded-random.js';
import { mlpModel } from '../testing/sound-models.js';
import { DEFAULT_DECODE_LIMITS, decodeOnnxModel } from './decode-model.js';
import { encodeOnnxModel } from './encode-model.js';
import type { GraphMessage, ModelMessage } from './onnx-message.js';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof DeepHealthError ? error.code : String(error);
  }
  return 'nothing was thrown';
}

/** One length-delimited field of protobuf. */
function field(number: number, content: Uint8Array): Uint8Array {
  const head: number[] = [];
  for (let rest = number * 8 + 2; ; rest = Math.floor(rest / 128)) {
    head.push(rest >= 128 ? (rest % 128) + 128 : rest);
    if (rest < 128) break;
  }
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    head.push(rest >= 128 ? (rest % 128) + 128 : rest);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from(head), content]);
}

describe('decodeOnnxModel', () => {
  it('gives back what was encoded, 64-bit numbers exactly', () => {
    const model: ModelMessage = {
      irVersion: 8n,
      producerName: 'prüfung',
      graph: {
        name: 'g',
        node: [
          {
            input: ['a', ''],
            output: ['b'],
            opType: 'Op',
            attribute: [
              { name: 'i', type: 2, i: -(2n ** 63n) },
              { name: 'ints', type: 7, ints: [2n ** 63n - 1n, -1n, 0n, 2n ** 53n + 1n] },
              { name: 'floats', type: 6, floats: [0.5, -2] },
              {
                name: 'g',
                type: 5,
                g: { name: 'inner', initializer: [{ name: 't', dims: [2n], int32Data: [-1, 7] }] },
              },
            ],
          },
        ],
        initializer: [
          { name: 'w', dims: [2n], dataType: 11, doubleData: [0.1, -1e300] },
          { name: 'u', dataType: 13, uint64Data: [2n ** 64n - 1n] },
        ],
      },
      opsetImport: [{ domain: '', version: 13n }],
    };
    // Listed floats come as bytes too, for those who read all of them.
    expect(decodeOnnxModel(encodeOnnxModel(model))).toMatchObject(model);
  });

  it('refuses every beginning of a model that ends inside a field', () => {
    const bytes = buildOnnxModel({
      inputs: [],
      outputs: [{ name: 'y', dataType: 'FP32', shape: ['n', 2] }],
      nodes: [{ op: 'Constant', inputs: [], outputs: ['y'] }],
    });
    const ends = topLevelEnds(bytes);
    for (let length = 1; length < bytes.length; length += 1) {
      if (ends.has(length)) continue;
      expect(codeOf(() => decodeOnnxModel(bytes.subarray(0, length)))).toBe('DH_GRAPH_MALFORMED');
    }
  });

  it('answers every damaged file with a model or DH_GRAPH_MALFORMED, never with another error', () => {
    const random = seededRandom(20);
    const sound = mlpModel({ features: 3, hidden: 4, classes: 2 });
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Uint8Array.from(sound);
      for (let change = 0; change < 3; change += 1) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      expect(['nothing was thrown', 'DH_GRAPH_MALFORMED']).toContain(codeOf(() => decodeOnnxModel(bytes)));
    }
  });

  it('refuses nesting that is deeper than the limit instead of exhausting the stack', () => {
    // Subgraph in attribute in node in graph; built from the inside, so the cost is quadratic in bytes.
    let graph: Uint8Array = new Uint8Array();
    for (let level = 0; level < 5000; level += 1) graph = field(1, field(5, field(6, graph)));
    expect(() => decodeOnnxModel(field(7, graph))).toThrow('deeper than 100 messages');
  });

  it('refuses groups that nest without end', () => {
    expect(codeOf(() => decodeOnnxModel(new Uint8Array(1_000_000).fill(0x7b)))).toBe('DH_GRAPH_MALFORMED');
  });

  it('reads subgraphs up to 30 deep', () => {
    let graph: GraphMessage = { name: 'innermost' };
    for (let level = 0; level < 30; level += 1) graph = { node: [{ attribute: [{ g: graph }] }] };
    expect(decodeOnnxModel(encodeOnnxModel({ graph }))).toEqual({ graph });
  });

  it('refuses millions of empty nodes after the limit, not after it has built them', () => {
    const empty = new Uint8Array(40_000_000);
    for (let at = 0; at < empty.length; at += 2) empty[at] = 0x0a;
    expect(() => decodeOnnxModel(field(7, empty))).toThrow('more than 2000000 parts');
  });

  it('counts messages and texts', () => {
    const bytes = encodeOnnxModel({ producerName: 'name', graph: { node: [{ opType: 'Op' }] } });
    const decode = (messages: number) => decodeOnnxModel(bytes, { ...DEFAULT_DECODE_LIMITS, messages });
    expect(() => decode(4)).toThrow('more than 4 parts');
    expect(decode(5).graph?.node).toHaveLength(1);
  });

  it('counts the elements that it keeps, packed or not', () => {
    for (const tensor of [
      { int64Data: [1n, 2n, 3n] },
      { dims: [1n, 2n, 3n] },
      { stringData: [1, 2, 3].map((byte) => Buffer.of(byte)) },
    ]) {
      const bytes = encodeOnnxModel({ graph: { initializer: [tensor] } });
      const decode = (messages: number) => decodeOnnxModel(bytes, { ...DEFAULT_DECODE_LIMITS, messages });
      expect(() => decode(5)).toThrow('more than 5 parts');
      expect(decode(6).graph?.initializer).toHaveLength(1);
    }
  });

  it('refuses a number that goes on behind the end of its message', () => {
    const version = Buffer.concat([field(8, Buffer.of(0x10)), Buffer.of(0x0d)]);
    expect(codeOf(() => decodeOnnxModel(version))).toBe('DH_GRAPH_MALFORMED');
    const packed = field(7, field(5, Buffer.concat([field(1, Buffer.of(0x80)), Buffer.of(0x10, 0x01)])));
    expect(codeOf(() => decodeOnnxModel(packed))).toBe('DH_GRAPH_MALFORMED');
  });

  it('keeps a bounded number of elements of unpacked weights', () => {
    const floatData = Array.from({ length: 10_000 }, (_, index) => index);
    const bytes = encodeOnnxModel({ graph: { initializer: [{ floatData }], name: 'after' } });
    const { graph } = decodeOnnxModel(bytes);
    expect(graph?.initializer?.[0]?.floatData).toEqual(floatData.slice(0, DEFAULT_DECODE_LIMITS.keptElements));
    expect(graph?.name).toBe('after');
  });

  it('refuses texts beyond the limit', () => {
    const bytes = encodeOnnxModel({ producerName: 'x'.repeat(101) });
    expect(codeOf(() => decodeOnnxModel(bytes, { ...DEFAULT_DECODE_LIMITS, textBytes: 100 }))).toBe(
      'DH_GRAPH_MALFORMED',
    );
  });

  it('refuses a second graph, which protobuf would merge into the first', () => {
    const first = encodeOnnxModel({ graph: { name: 'shown' } });
    const second = encodeOnnxModel({ graph: { node: [{ opType: 'Hidden' }] } });
    expect(codeOf(() => decodeOnnxModel(Buffer.concat([first, second])))).toBe('DH_GRAPH_MALFORMED');
  });

  it('skips fields that it does not know', () => {
    const bytes = encodeOnnxModel({ irVersion: 7n });
    const unknown = Buffer.concat([
      field(6, Buffer.from('a documentation string')),
      field(999, new Uint8Array(3)),
      bytes,
    ]);
    expect(decodeOnnxModel(unknown)).toEqual({ irVersion: 7n });
  });

  it('does not copy weights', () => {
    const bytes = buildOnnxModel({
      inputs: [],
      outputs: [],
      nodes: [],
      initializers: [{ name: 'w', dataType: 'FP32', shape: [2], values: [1, 2] }],
    });
    const rawData = decodeOnnxModel(bytes).graph?.initializer?.[0]?.rawData;
    expect(rawData?.buffer).toBe(bytes.buffer);
  });
});

/** Lengths at which a file that is cut there still consists of whole top-level fields. */
function topLevelEnds(bytes: Uint8Array): Set<number> {
  const ends = new Set<number>();
  for (let at = 0; at < bytes.length; ) {
    const wireType = (bytes[at] ?? 0) & 7;
    at += wireType === 0 ? 2 : 2 + (bytes[at + 1] ?? 0);
    ends.add(at);
  }
  return ends;
}
