import { findBatchCoupling } from '../onnx/batch-coupling.js';
import { readOnnxGraph } from '../onnx/read-graph.js';
import {
  buildOnnxModel,
  type InitializerDeclaration,
  type ModelDeclaration,
  type NodeDeclaration,
} from './onnx-model-builder.js';
import { seededValues } from './seeded-random.js';

export function reasons(model: Uint8Array): string[] {
  return findBatchCoupling(readOnnxGraph(model)).map(({ subject, opType, reason }) => `${opType} ${subject} ${reason}`);
}

export const x = { name: 'x', dataType: 'FP32', shape: ['batch', 4] } as const;
export const y = { name: 'y', dataType: 'FP32', shape: ['batch', undefined] } as const;

export function model(declaration: Partial<ModelDeclaration> & Pick<ModelDeclaration, 'nodes'>): Uint8Array {
  return buildOnnxModel({ opset: 18, inputs: [x], outputs: [{ name: 'y', dataType: 'FP32' }], ...declaration });
}

export function node(
  op: string,
  inputs: string,
  outputs: string,
  attributes: NodeDeclaration['attributes'] = {},
): NodeDeclaration {
  const names = (list: string) => list.split(' ').map((name) => (name === '-' ? '' : name));
  return { op, inputs: inputs === '' ? [] : names(inputs), outputs: names(outputs), attributes };
}

export function weights(name: string, ...shape: number[]): InitializerDeclaration {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { name, dataType: 'FP32', shape, values: seededValues(count, count) };
}

export function list(name: string, ...values: number[]): InitializerDeclaration {
  return { name, dataType: 'INT64', shape: [values.length], values };
}

export function scalar(name: string, value: number): InitializerDeclaration {
  return { name, dataType: 'INT64', shape: [], values: [value] };
}
