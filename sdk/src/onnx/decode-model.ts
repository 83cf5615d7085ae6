import protobuf from 'protobufjs';
import { DeepHealthError } from '../errors/deephealth-error.js';
import type { ModelMessage } from './onnx-message.js';
import { onnxModelType } from './onnx-schema.js';

/** Limits that keep a hostile file from using up stack, memory or time. */
export interface DecodeLimits {
  /** Nested messages; a subgraph takes three. Default 100. */
  readonly depth: number;
  /** Messages, texts and kept elements: nodes, attributes, extents, names, … Default two million. */
  readonly messages: number;
  /** Elements kept of a repeated number or bytes field; the rest is skipped. Default 100. */
  readonly keptElements: number;
  /** Bytes of all names and texts together. Default 64 MiB. */
  readonly textBytes: number;
}

export const DEFAULT_DECODE_LIMITS: DecodeLimits = {
  depth: 100,
  messages: 2_000_000,
  keptElements: 100,
  textBytes: 64 * 1024 * 1024,
};

/**
 * Decodes an ONNX file without trusting it. protobufjs's own decoder builds an object for every
 * element before anybody can look at it, so that a file of some megabytes takes gigabytes; this
 * one follows the same schema, counts as it goes, and does not unpack weights.
 *
 * @throws DeepHealthError DH_GRAPH_MALFORMED if the bytes are not protobuf of this schema, or
 * beyond the limits.
 */
export function decodeOnnxModel(bytes: Uint8Array, limits: DecodeLimits = DEFAULT_DECODE_LIMITS): ModelMessage {
  return decodeOnnxMessage(onnxModelType(), bytes, limits) as ModelMessage;
}

/** {@link decodeOnnxModel} for any message of the schema. */
export function decodeOnnxMessage(
  type: protobuf.Type,
  bytes: Uint8Array,
  limits: DecodeLimits = DEFAULT_DECODE_LIMITS,
): Record<string, unknown> {
  const decoder = new BoundedDecoder(bytes, limits);
  try {
    return decoder.message(type, bytes.length, 0);
  } catch (cause) {
    if (cause instanceof DeepHealthError) throw cause;
    throw malformed('its bytes end early or are not protobuf', cause);
  }
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const WIRE_TYPES: Readonly<Record<string, number>> = {
  int32: VARINT,
  int64: VARINT,
  uint64: VARINT,
  float: FIXED32,
  double: FIXED64,
  string: LENGTH_DELIMITED,
  bytes: LENGTH_DELIMITED,
};

class BoundedDecoder {
  private readonly reader: protobuf.Reader;
  private messages = 0;
  private textBytes = 0;
  private readonly text = new TextDecoder();

  constructor(
    private readonly bytes: Uint8Array,
    private readonly limits: DecodeLimits,
  ) {
    this.reader = new protobuf.Reader(bytes);
  }

  message(type: protobuf.Type, end: number, depth: number): Record<string, unknown> {
    if (depth > this.limits.depth) throw malformed(`it nests deeper than ${this.limits.depth} messages`);
    this.count();
    const { reader } = this;
    const decoded: Record<string, unknown> = {};
    while (reader.pos < end) {
      const tag = reader.uint32();
      const wireType = tag & 7;
      if (tag >>> 3 === 0) throw malformed('a field has the number 0');
      const field = type.fieldsById[tag >>> 3];
      if (field === undefined) reader.skipType(wireType);
      else if (field.repeated) this.repeated(decoded, field, wireType, end, depth);
      else {
        // Protobuf merges a message that comes twice; taking one of the two would mean that this
        // product checks another graph than the inference engine runs.
        if (field.resolvedType !== null && Object.hasOwn(decoded, field.name)) {
          throw malformed(`field ${field.name} comes twice`);
        }
        decoded[field.name] = this.value(field, wireType, end, depth);
      }
      if (reader.pos > end) throw malformed('a field is longer than the message that holds it');
    }
    return decoded;
  }

  private repeated(
    decoded: Record<string, unknown>,
    field: protobuf.Field,
    wireType: number,
    end: number,
    depth: number,
  ): void {
    decoded[field.name] ??= [];
    const list = decoded[field.name] as unknown[];
    const elementWireType = field.resolvedType === null ? WIRE_TYPES[field.type] : LENGTH_DELIMITED;
    const isWeights = field.resolvedType === null && field.type !== 'string';
    const keptElements = isWeights ? this.limits.keptElements : Infinity;
    if (wireType === LENGTH_DELIMITED && elementWireType !== LENGTH_DELIMITED) {
      const chunkEnd = this.chunkEnd(end);
      this.keepChunk(decoded, field, chunkEnd);
      while (this.reader.pos < chunkEnd && list.length < keptElements) {
        this.count();
        list.push(this.value(field, elementWireType, chunkEnd, depth));
      }
      if (this.reader.pos > chunkEnd) throw malformed('a packed field ends inside an element');
      this.reader.pos = chunkEnd;
    } else if (list.length < keptElements) {
      if (isWeights) this.count();
      list.push(this.value(field, wireType, end, depth));
    } else {
      this.reader.skipType(wireType);
    }
  }

  /** All bytes of weights that are listed as numbers: a view of the file for those who read them in full. */
  private keepChunk(decoded: Record<string, unknown>, field: protobuf.Field, chunkEnd: number): void {
    if (field.name !== 'floatData' && field.name !== 'doubleData') return;
    decoded[`${field.name}Chunks`] ??= [];
    (decoded[`${field.name}Chunks`] as Uint8Array[]).push(this.bytes.subarray(this.reader.pos, chunkEnd));
  }

  private value(field: protobuf.Field, wireType: number | undefined, end: number, depth: number): unknown {
    const expected = field.resolvedType === null ? WIRE_TYPES[field.type] : LENGTH_DELIMITED;
    if (wireType !== expected) throw malformed(`field ${field.name} has wire type ${wireType}`);
    if (field.resolvedType instanceof protobuf.Type) {
      return this.message(field.resolvedType, this.chunkEnd(end), depth + 1);
    }
    switch (field.type) {
      case 'int32':
        return Number(BigInt.asIntN(32, this.varint()));
      case 'int64':
        return BigInt.asIntN(64, this.varint());
      case 'uint64':
        return this.varint();
      case 'float':
        return this.reader.float();
      case 'double':
        return this.reader.double();
      case 'string':
        return this.string(end);
      default:
        return this.chunk(end);
    }
  }

  private string(end: number): string {
    this.count();
    const chunk = this.chunk(end);
    this.textBytes += chunk.length;
    if (this.textBytes > this.limits.textBytes)
      throw malformed(`its texts are longer than ${this.limits.textBytes} bytes`);
    return this.text.decode(chunk);
  }

  private count(): void {
    this.messages += 1;
    if (this.messages > this.limits.messages) throw malformed(`it holds more than ${this.limits.messages} parts`);
  }

  /** A view, not a copy: weights stay where they are. */
  private chunk(end: number): Uint8Array {
    const chunkEnd = this.chunkEnd(end);
    const chunk = this.bytes.subarray(this.reader.pos, chunkEnd);
    this.reader.pos = chunkEnd;
    return chunk;
  }

  /** Reads a length; the position after that many bytes, which lies inside the message around it. */
  private chunkEnd(end: number): number {
    const length = this.reader.uint32();
    const chunkEnd = this.reader.pos + length;
    if (chunkEnd > end) throw malformed('a field is longer than the message that holds it');
    return chunkEnd;
  }

  /** protobufjs gives 64-bit numbers as a class of the optional `long` package; this gives bigint. */
  private varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.reader.pos];
      if (byte === undefined) throw malformed('it ends inside a number');
      this.reader.pos += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed('a number is longer than 64 bits');
  }
}

function malformed(problem: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_GRAPH_MALFORMED',
    `The file is not an ONNX model: ${problem}. Copy it again from where it was exported.`,
    cause === undefined ? {} : { cause },
  );
}
