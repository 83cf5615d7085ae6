import { encodeOnnxMessage } from '../onnx/encode-model.js';
import { ATTRIBUTE_TYPES } from '../onnx/onnx-message.js';
import { buildOnnxModel, type GraphDeclaration, type InitializerDeclaration } from './onnx-model-builder.js';
import { packElements } from './pack-elements.js';

/**
 * An ONNX file with the header that EDDL 1.2 writes: IR version 6, opset 11, producer EDDL 1.0, graph
 * "Computational Graph", weights as lists of numbers. Made here, so that its quirks can be tested without
 * files of others.
 */
export function eddlFile(graph: Omit<GraphDeclaration, 'name'>): Uint8Array {
  return buildOnnxModel({
    ...graph,
    name: 'Computational Graph',
    irVersion: 6,
    opset: 11,
    producer: { name: 'EDDL', version: '1.0' },
    initializers: (graph.initializers ?? []).map((tensor) => ({ ...tensor, isListed: tensor.dataType === 'FP32' })),
  });
}

/** What EDDL saves for an optimiser or a computing service: a node without any graph around it. */
export function bareNode(opType: string, attributes: Readonly<Record<string, number>> = {}): Uint8Array {
  return encodeOnnxMessage('NodeProto', {
    opType,
    attribute: Object.entries(attributes).map(([name, f]) => ({ name, type: ATTRIBUTE_TYPES.float, f })),
  });
}

/** EDDL's native weights: of each tensor its rank, its extents and its elements, one after the other. */
export function eddlWeightsFile(tensors: readonly Pick<InitializerDeclaration, 'shape' | 'values'>[]): Uint8Array {
  return Buffer.concat(
    tensors.flatMap(({ shape, values = [] }) => [
      packElements('INT32', [shape.length, ...shape]),
      packElements('FP32', values),
    ]),
  );
}
