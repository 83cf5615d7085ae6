// Kernels of signals, against the TypeScript twins.
import { firFilter, iirFilter, kaiserLowpass, resampledLength, resamplePolyphase } from '../dist/index.js';
import { firFilterTwin, iirFilterTwin, resamplePolyphaseTwin } from '../dist/twins.js';

const bar = (id, title, prepare) => ({ id: `signal.${id}`, title, bound: { min: 4 }, baseline: 'twin', prepare });

function recording(channels, samples) {
  return Float32Array.from({ length: channels * samples }, (_, i) => Math.sin(i * 0.01) + Math.sin(i * 0.7) / 3);
}

const SECTION = [0.2, 0.4, 0.2, 1, -1.1, 0.4];

function iir(id, channels, samples) {
  return bar(`iir-${id}`, `4 IIR sections, ${channels} x ${samples} samples`, () => {
    const input = recording(channels, samples);
    const output = new Float32Array(input.length);
    const sections = Array.from({ length: 4 }, () => SECTION);
    const coefficients = Float64Array.from(sections.flatMap(([b0, b1, b2, , a1, a2]) => [b0, b1, b2, a1, a2]));
    const states = new Float64Array(channels * 8);
    return {
      kernel: () => iirFilter(input, samples, sections, output),
      baseline: () => iirFilterTwin(input, samples, coefficients, states.fill(0), output),
    };
  });
}

function resampling(id, channels, samples, up, down) {
  return bar(`resample-${id}`, `resample ${channels} x ${samples} samples by ${up}/${down}`, () => {
    const input = recording(channels, samples);
    const output = new Float32Array(channels * resampledLength(samples, up, down));
    const most = Math.max(up, down);
    const taps = kaiserLowpass(20 * most + 1, 1 / most, 5).map((tap) => tap * up);
    return {
      kernel: () => resamplePolyphase(input, samples, up, down, output, taps),
      baseline: () => resamplePolyphaseTwin(input, samples, up, down, taps, output),
    };
  });
}

export const cases = [
  bar('fir', '101 FIR taps, 12 x 5000 samples', () => {
    const input = recording(12, 5000);
    const output = new Float32Array(input.length);
    const taps = kaiserLowpass(101, 0.3, 5);
    return {
      kernel: () => firFilter(input, 5000, taps, output),
      baseline: () => firFilterTwin(input, 5000, taps, output),
    };
  }),
  iir('eeg', 24, 15_360),
  iir('ecg', 12, 5000),
  resampling('ecg', 12, 5000, 2, 5),
  resampling('eeg', 24, 15_360, 25, 64),
];
