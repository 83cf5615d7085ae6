export { RING } from './ring-layout.js';
export type { RingOptions, RingTensor } from './ring-options.js';
export { canServeRings, wakeRing } from './wake-ring.js';
