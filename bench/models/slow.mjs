import { slowModel } from '@deephealth/sdk/testing';

/** `y = x` after as much work as wanted: 1 is about 100 ms on one core. */
const slow = (name, work) => ({
  name,
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 4] }],
  },
  goldenShape: [1, 4],
  build: () => slowModel({ work }),
});

/** Runs of about a second. */
export const SLOW_SECOND = slow('bench-slow-second', 10);

/** Runs of about 5 ms with tiny messages, so that one client can offer several times what it can bear. */
export const SLOW_MILLISECONDS = slow('bench-slow-milliseconds', 0.05);
