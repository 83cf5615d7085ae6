import type { ModelMessage } from './onnx-message.js';
import { type MessageName, onnxType } from './onnx-schema.js';

/**
 * The bytes of an ONNX file. Fields are written in the order of the schema, so the same message
 * gives the same bytes on every machine.
 */
export function encodeOnnxModel(model: ModelMessage): Uint8Array {
  return encodeOnnxMessage('ModelProto', model);
}

/** {@link encodeOnnxModel} for a part of a file. */
export function encodeOnnxMessage(name: MessageName, message: object): Uint8Array {
  return onnxType(name)
    .encode(toWireValue(message) as Record<string, unknown>)
    .finish();
}

/**
 * bigint to the { low, high } pair that protobufjs takes for 64-bit fields; a number would be
 * inexact beyond 2^53, and the `long` package is only an optional part of protobufjs.
 */
function toWireValue(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return {
      low: Number(BigInt.asIntN(32, value)),
      high: Number(BigInt.asIntN(32, value >> 32n)),
      unsigned: false,
    };
  }
  if (Array.isArray(value)) return value.map(toWireValue);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toWireValue(part)]));
}
