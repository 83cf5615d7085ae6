import protobuf from 'protobufjs';
import { encodeOnnxMessage } from './encode-model.js';
import type { NodeMessage, ValueInfoMessage } from './onnx-message.js';

/** Changes of a model; everything that is not named stays as it is, byte for byte. */
export interface ModelChanges {
  /** Nodes that take the place of the node at an index of the main graph. */
  readonly nodes?: ReadonlyMap<number, readonly NodeMessage[]>;
  /** Declarations that take the place of the output at an index. */
  readonly outputs?: ReadonlyMap<number, ValueInfoMessage>;
  /** Entries of metadata_props to write; an entry of the same key is replaced. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const MODEL = { graph: 7, metadata: 14 };
const GRAPH = { node: 1, output: 12, valueInfo: 13 };
const ENTRY_KEY = 1;

/**
 * A model with changes. Works on the wire format and not on decoded messages, so that weights, texts and
 * fields that this product does not know are carried over as they are, and a large file costs one copy.
 *
 * @param bytes an ONNX file that `readOnnxGraph` has accepted
 */
export function spliceModel(bytes: Uint8Array, changes: ModelChanges): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === MODEL.graph) parts.push(...framed(MODEL.graph, spliceGraph(field.payload, changes)));
    else if (field.number !== MODEL.metadata || !isReplaced(field.payload, changes)) parts.push(field.whole);
  }
  for (const [key, value] of Object.entries(changes.metadata ?? {})) {
    parts.push(...framed(MODEL.metadata, [encodeOnnxMessage('StringStringEntryProto', { key, value })]));
  }
  return Buffer.concat(parts);
}

function spliceGraph(graph: Uint8Array, { nodes, outputs }: ModelChanges): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let node = 0;
  let output = 0;
  const redeclared = new Set([...(outputs?.values() ?? [])].map(({ name }) => name));
  for (const { number, payload, whole } of fieldsOf(graph)) {
    const newNodes = number === GRAPH.node ? nodes?.get(node++) : undefined;
    const newOutput = number === GRAPH.output ? outputs?.get(output++) : undefined;
    if (newNodes !== undefined) {
      for (const one of newNodes) parts.push(...framed(GRAPH.node, [encodeOnnxMessage('NodeProto', one)]));
    } else if (newOutput !== undefined) {
      parts.push(...framed(GRAPH.output, [encodeOnnxMessage('ValueInfoProto', newOutput)]));
    } else if (number !== GRAPH.valueInfo || !redeclared.has(textOf(payload, 1))) {
      parts.push(whole);
    }
  }
  return parts;
}

function isReplaced(entry: Uint8Array, { metadata = {} }: ModelChanges): boolean {
  return Object.hasOwn(metadata, textOf(entry, ENTRY_KEY) ?? '');
}

interface WireField {
  readonly number: number;
  /** With tag and length. */
  readonly whole: Uint8Array;
  /** Of a length-delimited field; empty for others. */
  readonly payload: Uint8Array;
}

const LENGTH_DELIMITED = 2;

function* fieldsOf(bytes: Uint8Array): Generator<WireField> {
  const reader = new protobuf.Reader(bytes);
  while (reader.pos < bytes.length) {
    const start = reader.pos;
    const tag = reader.uint32();
    let payload: Uint8Array = new Uint8Array(0);
    if ((tag & 7) === LENGTH_DELIMITED) {
      const length = reader.uint32();
      payload = bytes.subarray(reader.pos, reader.pos + length);
      reader.skip(length);
    } else {
      reader.skipType(tag & 7);
    }
    yield { number: tag >>> 3, whole: bytes.subarray(start, reader.pos), payload };
  }
}

/** The last text of a field of a small message. */
function textOf(message: Uint8Array, number: number): string | undefined {
  let text: string | undefined;
  for (const field of fieldsOf(message)) {
    if (field.number === number) text = new TextDecoder().decode(field.payload);
  }
  return text;
}

function framed(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = new protobuf.Writer()
    .uint32((number << 3) | LENGTH_DELIMITED)
    .uint32(length)
    .finish();
  return [head, ...parts];
}
