import { sigmoid, softmax } from '@deephealth/native';
import type { RawTensor } from '@deephealth/sdk';
import { fp32Tensor, fp32Values } from '../fp32-tensor.js';

/** Softmax along the last axis, or sigmoid element by element: FP64, rounded once to FP32. */
export function activate(tensor: RawTensor, operation: 'softmax' | 'sigmoid'): RawTensor {
  const values = fp32Values(tensor);
  const activated = new Float32Array(values.length);
  if (operation === 'sigmoid') sigmoid(values, activated);
  else softmax(values, tensor.shape.at(-1) as number, activated);
  return fp32Tensor(tensor.shape, activated);
}
