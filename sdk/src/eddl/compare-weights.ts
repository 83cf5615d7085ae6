import { decodeOnnxModel } from '../onnx/decode-model.js';
import { tensorBytes } from '../onnx/tensor-bytes.js';
import { readEddlWeights } from './read-weights-file.js';

/** What became of one tensor of a weights file. */
export interface WeightMatch {
  /** Place in the weights file, from 1. */
  readonly tensor: number;
  readonly shape: readonly number[];
  /** The constant of the graph with the same bits; undefined if there is none. */
  readonly initializer?: string;
  /** True if the constant has another shape of as many elements. */
  readonly isReshaped: boolean;
}

export interface WeightComparison {
  readonly matches: readonly WeightMatch[];
  /** FP32 constants of the graph that no tensor of the file is. */
  readonly unmatchedInitializers: readonly string[];
  /** True if every tensor and every constant has found its other. */
  readonly isIdentical: boolean;
}

/**
 * Holds the tensors of an EDDL `.bin` against the FP32 initialisers of an ONNX file, bit for bit. The file
 * has no names, so a tensor belongs to the first constant that is not taken yet and has its bits: one of
 * its shape where there is one, else one of as many elements.
 *
 * @throws DeepHealthError DH_EDDL_WEIGHTS_INVALID, or DH_GRAPH_MALFORMED as `readOnnxGraph`
 */
export function compareEddlWeights(
  onnx: Uint8Array,
  weights: Uint8Array,
  externalFiles: ReadonlyMap<string, Uint8Array> = new Map(),
): WeightComparison {
  const constants = floatConstants(onnx, externalFiles);
  const bySize = new Map<number, Constant[]>();
  for (const constant of constants) {
    const list = bySize.get(constant.bytes.length) ?? [];
    list.push(constant);
    bySize.set(constant.bytes.length, list);
  }
  const matches = readEddlWeights(weights).map(({ shape, bytes }, index): WeightMatch => {
    const candidates = (bySize.get(bytes.length) ?? []).filter(
      (constant) => Buffer.compare(constant.bytes, bytes) === 0,
    );
    const found = candidates.find((constant) => isSameShape(constant.shape, shape)) ?? candidates[0];
    if (found === undefined) return { tensor: index + 1, shape, isReshaped: false };
    bySize.set(
      bytes.length,
      (bySize.get(bytes.length) ?? []).filter((constant) => constant !== found),
    );
    return { tensor: index + 1, shape, initializer: found.name, isReshaped: !isSameShape(found.shape, shape) };
  });
  const unmatchedInitializers = [...bySize.values()].flat().map(({ name }) => name);
  const isIdentical =
    unmatchedInitializers.length === 0 && matches.every(({ initializer }) => initializer !== undefined);
  return { matches, unmatchedInitializers, isIdentical };
}

interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const FLOAT = 1;

function floatConstants(onnx: Uint8Array, externalFiles: ReadonlyMap<string, Uint8Array>): Constant[] {
  return (decodeOnnxModel(onnx).graph?.initializer ?? []).flatMap((tensor) => {
    const chunks = tensor.dataType === FLOAT ? tensorBytes(tensor, externalFiles) : undefined;
    if (chunks === undefined) return [];
    return [{ name: tensor.name ?? '', shape: (tensor.dims ?? []).map(Number), bytes: joined(chunks) }];
  });
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function isSameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((extent, axis) => extent === right[axis]);
}
