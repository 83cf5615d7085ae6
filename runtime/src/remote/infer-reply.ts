import type { inferenceV2 } from '@deephealth/proto';
import {
  decodeBytesElements,
  ELEMENT_SIZE_BYTES,
  elementCount,
  parseShape,
  type RawTensor,
  type TensorSpec,
} from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import type { InferCall, TensorEncoding } from './infer-request.js';
import { remoteMismatch } from './remote-mismatch.js';
import { fromTypedContents, holdsElements } from './typed-contents.js';

type Reply = inferenceV2.ModelInferResponse__Output;

export interface InferReply {
  /** The outputs asked for, in memory of their own. */
  readonly tensors: ReadonlyMap<string, RawTensor>;
  readonly encoding: TensorEncoding;
  /** Version that computed them; empty if the server does not say. */
  readonly version: string;
}

/**
 * Reads a reply in either encoding, outputs by name in any order; outputs that nobody asked for are
 * left out. Throws DH_REMOTE_MISMATCH for the reply of another model or to another request, and for
 * an output whose type, shape or size is not what the manifest declares. Values are not judged here.
 */
export function readInferReply(call: InferCall, reply: Reply): InferReply {
  checkEcho('modelName', 'of another model', call.spec.model, reply.modelName);
  checkEcho('modelVersion', 'of another version of the model', call.spec.version ?? '', reply.modelVersion);
  checkEcho('id', 'to another request', call.id, reply.id);
  const raws = reply.rawOutputContents;
  const isRaw = raws.length > 0;
  if (isRaw && raws.length !== reply.outputs.length) {
    throw remoteMismatch(
      `The inference server sent ${reply.outputs.length} outputs with ${raws.length} entries in "raw_output_contents"; there must be one each.`,
      { field: 'raw_output_contents', expected: String(reply.outputs.length), received: String(raws.length) },
    );
  }
  const tensors = call.outputs.map((spec) => [spec.name, readOutput(spec, reply, isRaw)] as const);
  return { tensors: new Map(tensors), encoding: isRaw ? 'raw' : 'typed', version: reply.modelVersion };
}

/** A field that servers give back as it was sent; a server that leaves it out is believed. */
function checkEcho(field: string, what: string, sent: string, received: string): void {
  if (sent === '' || received === '' || sent === received) return;
  throw remoteMismatch(`The inference server sent the reply ${what}.`, {
    field,
    expected: sent,
    received: shorten(received),
  });
}

function readOutput(spec: TensorSpec, reply: Reply, isRaw: boolean): RawTensor {
  const mismatch = (what: string, expected: string, received: string, cause?: unknown) =>
    remoteMismatch(
      `Output "${spec.name}" of the remote model ${what}: expected ${expected}, received ${received}.`,
      { tensor: spec.name, expected, received },
      cause,
    );
  const places = reply.outputs.flatMap(({ name }, index) => (name === spec.name ? [index] : []));
  const [place] = places;
  const output = reply.outputs[place ?? -1];
  if (place === undefined || output === undefined || places.length > 1) {
    throw mismatch('has no single place in the reply', 'one output of this name', String(places.length));
  }
  if (output.datatype !== spec.dataType) {
    throw mismatch('has another type', spec.dataType, shorten(output.datatype) || 'none');
  }
  const shape = readShape(spec, output.shape, mismatch);
  const { contents } = output;
  if (isRaw && holdsElements(contents)) {
    throw mismatch('has raw and typed contents', 'one of them', 'both');
  }
  const count = elementCount(shape);
  if (!isRaw) {
    try {
      return { dataType: spec.dataType, shape, data: fromTypedContents(spec.dataType, count, contents) };
    } catch (cause) {
      throw mismatch('has contents that do not fit', `${count} elements of ${spec.dataType}`, 'others', cause);
    }
  }
  // Copied: the reply's memory holds its neighbours and lies at any alignment.
  const data = new Uint8Array(reply.rawOutputContents[place] as Buffer);
  const problem = contentProblem(spec, count, data);
  if (problem !== undefined) throw mismatch('has contents that do not fit', ...problem);
  return { dataType: spec.dataType, shape, data };
}

type Mismatch = (what: string, expected: string, received: string, cause?: unknown) => Error;

function readShape(spec: TensorSpec, extents: readonly string[], mismatch: Mismatch): number[] {
  const declared = `[${spec.shape.join(', ')}]`;
  const received = () => `[${shorten(extents.join(', '))}]`;
  let shape: number[];
  try {
    shape = parseShape(spec.name, extents);
  } catch (cause) {
    throw mismatch('has an impossible shape', declared, received(), cause);
  }
  const fits =
    shape.length === spec.shape.length && spec.shape.every((extent, axis) => extent === -1 || extent === shape[axis]);
  if (!fits) throw mismatch('has another shape', declared, received());
  return shape;
}

/** What raw bytes should be and are, if they are not the elements of the tensor. */
function contentProblem(spec: TensorSpec, count: number, data: Uint8Array): [string, string] | undefined {
  const size = ELEMENT_SIZE_BYTES[spec.dataType];
  if (size === undefined) {
    try {
      decodeBytesElements(spec.name, data, count);
      return undefined;
    } catch {
      return [`${count} length-prefixed elements`, `${data.byteLength} bytes that hold others`];
    }
  }
  if (data.byteLength !== count * size) return [`${count * size} bytes`, `${data.byteLength}`];
  if (spec.dataType === 'BOOL' && data.some((byte) => byte > 1)) return ['bytes of 0 or 1', 'others'];
  return undefined;
}
