import type { OnnxGraph } from './onnx-graph.js';

/** True if the European Distributed Deep Learning Library wrote the file, as its header says. */
export function isFromEddl({ producerName }: Pick<OnnxGraph, 'producerName'>): boolean {
  return producerName === 'EDDL';
}
