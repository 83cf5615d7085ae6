import { buildOnnxModel } from '@deephealth/sdk/testing';

/** `y = x + 1` for FP32 [batch, 4]. */
export function plusOneModel(): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [{ op: 'Add', inputs: ['x', 'one'], outputs: ['y'] }],
    initializers: [{ name: 'one', dataType: 'FP32', shape: [1], values: [1] }],
  });
}
