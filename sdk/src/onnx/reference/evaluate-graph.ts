import { DEFAULT_DECODE_LIMITS, decodeOnnxModel } from '../decode-model.js';
import { fromOnnxElementType } from '../element-type.js';
import type { NodeMessage, TensorMessage } from '../onnx-message.js';
import { normalDomain } from '../operator-domain.js';
import { tensorBytes } from '../tensor-bytes.js';
import { REFERENCE_OPERATORS, type ReferenceAttributes } from './reference-operators.js';
import { NotComputed, type ReferenceTensor } from './reference-tensor.js';

/** What a graph gives in float64, or why it was not computed. */
export type ReferenceEvaluation =
  | { readonly outputs: ReadonlyMap<string, ReferenceTensor> }
  | { readonly notComputed: string };

/** Numbers in lists that are kept; coefficients of large linear models are. */
const KEPT_ELEMENTS = 1_000_000;
/** Results of one evaluation; larger graphs take minutes here. */
const MOST_RESULTS = 1_000_000;

/**
 * Computes a small graph in float64, operator by operator as the ONNX standard defines them, without an engine: what an
 * engine gives can be held against it. Written for tables and small pictures; it is slow, and it says so where it does
 * not know an operator. It is no engine, and serves nobody.
 *
 * @param inputs by their names
 * @param externalFiles contents of the files beside the model, by location
 */
export function evaluateGraph(
  onnx: Uint8Array,
  inputs: ReadonlyMap<string, ReferenceTensor>,
  externalFiles: ReadonlyMap<string, Uint8Array> = new Map(),
): ReferenceEvaluation {
  const { graph, opsetImport = [] } = decodeOnnxModel(onnx, { ...DEFAULT_DECODE_LIMITS, keptElements: KEPT_ELEMENTS });
  const opsetOf = (domain: string) =>
    Number(opsetImport.find((one) => normalDomain(one.domain) === domain)?.version ?? 0n);
  const known = new Map(inputs);
  try {
    for (const tensor of graph?.initializer ?? []) {
      const value = toReference(tensor, externalFiles);
      if (value !== undefined && tensor.name !== undefined) known.set(tensor.name, value);
    }
    let results = 0;
    for (const node of graph?.node ?? []) {
      for (const [name, value] of compute(node, known, opsetOf, externalFiles)) {
        results += value.values.length;
        if (results > MOST_RESULTS) throw new NotComputed('a graph of so many results');
        known.set(name, value);
      }
    }
  } catch (thrown) {
    if (thrown instanceof NotComputed) return { notComputed: thrown.message };
    throw thrown;
  }
  const outputs = (graph?.output ?? []).flatMap(({ name = '' }) => {
    const value = known.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { outputs: new Map(outputs) };
}

function compute(
  node: NodeMessage,
  known: ReadonlyMap<string, ReferenceTensor>,
  opsetOf: (domain: string) => number,
  externalFiles: ReadonlyMap<string, Uint8Array>,
): [string, ReferenceTensor][] {
  const domain = normalDomain(node.domain);
  const attributes = attributesOf(node, opsetOf(domain));
  const [first = ''] = node.output ?? [];
  if (domain === '' && node.opType === 'Constant') {
    const tensor = attributes.tensor('value');
    const value = tensor && toReference(tensor, externalFiles);
    return value === undefined ? [] : [[first, value]];
  }
  const operator = REFERENCE_OPERATORS.get(`${domain}:${node.opType}`);
  if (operator === undefined) throw new NotComputed(`the operator ${(node.opType ?? '').slice(0, 40)}`);
  const inputs = (node.input ?? []).map((name) => {
    if (name === '') return undefined;
    const value = known.get(name);
    if (value === undefined) throw new NotComputed('a tensor that is not of floating-point numbers');
    return value;
  });
  return operator(inputs, attributes).flatMap((value, index): [string, ReferenceTensor][] => {
    const name = node.output?.[index];
    return value === undefined || name === undefined || name === '' ? [] : [[name, value]];
  });
}

function attributesOf({ attribute = [] }: NodeMessage, opset: number): ReferenceAttributes {
  const find = (name: string) => attribute.find((one) => one.name === name);
  const text = new TextDecoder();
  return {
    opset,
    number: (name, otherwise) => {
      const found = find(name);
      return found?.i !== undefined ? Number(found.i) : (found?.f ?? otherwise);
    },
    numbers: (name) => find(name)?.ints?.map(Number) ?? find(name)?.floats,
    text: (name, otherwise) => {
      const found = find(name)?.s;
      return found === undefined ? otherwise : text.decode(found);
    },
    tensor: (name) => find(name)?.t,
  };
}

/** A floating-point constant; undefined for any other, which only operators ask for that are not computed. */
function toReference(
  tensor: TensorMessage,
  externalFiles: ReadonlyMap<string, Uint8Array>,
): ReferenceTensor | undefined {
  const type = fromOnnxElementType(tensor.dataType ?? 0);
  if (type !== 'FP32' && type !== 'FP64') return undefined;
  const shape = (tensor.dims ?? []).map(Number);
  const listed = tensor.floatData ?? tensor.doubleData;
  const bytes = tensorBytes(tensor, externalFiles);
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (bytes === undefined) {
    if (listed?.length !== count) throw new NotComputed('a constant whose numbers are not there');
    return { shape, values: Float64Array.from(listed) };
  }
  const joined = Buffer.concat(bytes);
  const size = type === 'FP32' ? 4 : 8;
  if (joined.length !== count * size) throw new NotComputed('a constant of another size than its shape');
  const view = new DataView(joined.buffer, joined.byteOffset, joined.byteLength);
  const values = Float64Array.from({ length: count }, (_, i) =>
    size === 4 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true),
  );
  return { shape, values };
}
