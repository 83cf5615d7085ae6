import { decodeOnnxModel } from '../onnx/decode-model.js';
import { tensorBytes } from '../onnx/tensor-bytes.js';

export interface GraphWeights {
  /** Elements of each floating-point constant that lies in the file, by its name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** A number of the first node of an operator; undefined where the node does not state it. */
  numberOf(operator: string, attribute: string): number | undefined;
}

/** The weights of an ONNX file, for tests that compute apart from the engine what it should give. */
export function graphWeights(onnx: Uint8Array): GraphWeights {
  const { graph } = decodeOnnxModel(onnx);
  const weights = new Map<string, Float32Array>();
  for (const tensor of graph?.initializer ?? []) {
    const bytes = Buffer.concat(tensorBytes(tensor, new Map()) ?? []);
    const values =
      bytes.length > 0 ? new Float32Array(Uint8Array.from(bytes).buffer) : Float32Array.from(tensor.floatData ?? []);
    weights.set(tensor.name ?? '', values);
  }
  const numberOf = (operator: string, attribute: string) =>
    graph?.node?.find(({ opType }) => opType === operator)?.attribute?.find(({ name }) => name === attribute)?.f;
  return { weights, numberOf };
}
