import type { FrameSignalStep, WindowSignalStep } from '@deephealth/sdk';

/** Where the windows of a signal lie in its time. */
export interface SignalWindows {
  readonly windows: number;
  /** Rows that each window has: its channels, or 1. */
  readonly rowsPerWindow: number;
  readonly lengthS: number;
  readonly stepS: number;
}

/** Rows of samples, and how they are arranged. */
export interface CutSignal {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A number of seconds in samples; undefined if it is no whole number of them. */
export function inSamples(seconds: number, rateHz: number): number | undefined {
  const samples = seconds * rateHz;
  const nearest = Math.round(samples);
  return nearest >= 1 && Math.abs(samples - nearest) <= 1e-6 * nearest ? nearest : undefined;
}

/** Pieces of `length` that follow each other by `step` in `total` samples. */
export function pieces(total: number, length: number, step: number): number {
  return total < length ? 0 : Math.floor((total - length) / step) + 1;
}

/**
 * Windows of a signal, each with all its channels. What is left over at the end is dropped.
 *
 * @param samples [channels, count]
 */
export function cutWindows(
  samples: Float32Array,
  channels: number,
  step: WindowSignalStep,
  rateHz: number,
): CutSignal & { readonly windows: number } {
  const length = inSamples(step.lengthS, rateHz) as number;
  const hop = inSamples(step.stepS, rateHz) as number;
  const count = samples.length / channels;
  const windows = pieces(count, length, hop);
  const data = new Float32Array(windows * channels * length);
  for (let w = 0; w < windows; w++) {
    for (let c = 0; c < channels; c++) {
      const from = c * count + w * hop;
      data.set(samples.subarray(from, from + length), (w * channels + c) * length);
    }
  }
  return { windows, data, shape: step.rows === 'windows' ? [windows, channels, length] : [windows * channels, length] };
}

/** The last axis of rows cut into frames. */
export function cutFrames({ shape, data }: CutSignal, step: FrameSignalStep, rateHz: number): CutSignal {
  const length = inSamples(step.lengthS, rateHz) as number;
  const hop = inSamples(step.stepS, rateHz) as number;
  const total = shape.at(-1) as number;
  const frames = pieces(total, length, hop);
  const rows = data.length / total;
  const cut = new Float32Array(rows * frames * length);
  for (let row = 0; row < rows; row++) {
    for (let f = 0; f < frames; f++) {
      const from = row * total + f * hop;
      cut.set(data.subarray(from, from + length), (row * frames + f) * length);
    }
  }
  return { shape: [...shape.slice(0, -1), frames, length], data: cut };
}
