import { DeepHealthError } from '@deephealth/sdk';

/**
 * The calls on CUDA shared memory. No region can be registered, so there is none to list and
 * unregistering changes nothing: clients that tidy up before they start rely on both.
 */
export const cudaSharedMemory = {
  status(): { regions: Record<string, never> } {
    return { regions: {} };
  },
  register(): never {
    throw new DeepHealthError(
      'DH_FEATURE_UNSUPPORTED',
      'CUDA shared memory is not supported by this server. Send the tensors in the message, or use system shared memory.',
    );
  },
  unregister(): Record<string, never> {
    return {};
  },
};
