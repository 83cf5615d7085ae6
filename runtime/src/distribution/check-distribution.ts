import type { InputSpec, TensorSpec } from '@deephealth/sdk';
import { manifestInvalid } from '../steps/manifest-invalid.js';
import { channelAxis } from './channel-axis.js';

/**
 * Checks that the limits of an input can be held against its tensor. Throws DH_MANIFEST_INVALID naming the
 * JSON pointer of the field at fault.
 *
 * @param pointer of the input
 */
export function checkDistribution(input: InputSpec, tensor: TensorSpec, pointer: string): void {
  if (input.distribution === undefined) return;
  if (tensor.dataType !== 'FP32' && tensor.dataType !== 'FP64') {
    throw manifestInvalid(
      `${pointer}/distribution`,
      `has limits for "${tensor.name}", which is ${tensor.dataType}; they are for FP32 and FP64.`,
    );
  }
  const axis = channelAxis(input, tensor.shape.length);
  const channels = axis === undefined ? 1 : (tensor.shape[axis] as number);
  input.distribution.limits.forEach(({ channel }, index) => {
    if (channel === undefined || channels === -1 || channel < channels) return;
    throw manifestInvalid(
      `${pointer}/distribution/limits/${index}/channel`,
      `is ${channel}, but "${tensor.name}" has ${channels} ${channels === 1 ? 'channel' : 'channels'}, counted from 0.`,
    );
  });
}
