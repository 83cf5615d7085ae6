export { firFilter } from './fir-filter.js';
export { iirFilter, iirFilterBothWays } from './iir-filter.js';
export { kaiserLowpass } from './kaiser-lowpass.js';
export { resampledLength, resamplePolyphase } from './resample-polyphase.js';
export type { Section } from './sections.js';
