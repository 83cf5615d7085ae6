import type { ClipStep, CodingSpec, OutputBase, RemoveMeanStep, SelectChannelsStep, ZScoreStep } from './manifest.js';
import type { RescaleStep } from './volume-spec.js';

/** `select_channels`, then any of these; once the signal is cut into windows, only what works on rows. */
export type SignalSteps = readonly [SelectChannelsStep, ...SignalStep[]];

export type SignalStep =
  | RemoveMeanStep
  | ZScoreStep
  | ClipStep
  | RescaleStep
  | StandardizeChannelsStep
  | ResampleSignalStep
  | FirFilterStep
  | IirFilterStep
  | WindowSignalStep
  | FrameSignalStep;

/**
 * The second step, or absent. A signal of any rate in the range is brought to the input's
 * `samplingRateHz` by a polyphase filter (SciPy's resample_poly with its default window).
 */
export interface ResampleSignalStep {
  readonly op: 'resample_signal';
  readonly fromHz: { readonly minimum: number; readonly maximum: number };
}

/** `(x - mean[c]) / std[c]`, one pair for each selected channel, or one for all. */
export interface StandardizeChannelsStep {
  readonly op: 'standardize_channels';
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** `y[n] = sum of taps[k] * x[n - k]`, as `scipy.signal.lfilter(taps, 1, x)`. */
export interface FirFilterStep {
  readonly op: 'fir_filter';
  readonly taps: readonly number[];
}

/** Sections of second order, [b0, b1, b2, 1, a1, a2] each, forwards or forwards and then backwards. */
export interface IirFilterStep {
  readonly op: 'iir_filter';
  readonly sections: readonly (readonly [number, number, number, number, number, number])[];
  /** As `scipy.signal.sosfilt`, or `sosfiltfilt`. */
  readonly direction: 'forward' | 'both';
}

/**
 * Windows of the whole signal as rows of the batch: [windows, channels, samples], or each channel of
 * each window by itself, [windows * channels, samples], channel after channel within a window. What is
 * left over at the end and fills no window is dropped.
 */
export interface WindowSignalStep {
  readonly op: 'window_signal';
  readonly lengthS: number;
  readonly stepS: number;
  readonly rows: 'windows' | 'windows_and_channels';
}

/** The last axis as a sequence of frames: [..., frames, samples of a frame]. */
export interface FrameSignalStep {
  readonly op: 'frame_signal';
  readonly lengthS: number;
  readonly stepS: number;
}

/**
 * What happens in time on a signal that `window_signal` has cut up, from one probability for each row.
 *
 * Each window is positive or not (`consensus`, `threshold`). Without `smoothing`, an event is a run of
 * positive windows. With it, the share of positive ones among the last `windows` moves a state: from
 * normal into the event at `startShare` or more, back at `endShare` or less.
 */
export interface EventsOutputSpec extends OutputBase {
  readonly kind: 'events';
  /** Signal input whose time it is. */
  readonly input: string;
  readonly label: string;
  readonly labelCodes?: readonly CodingSpec[];
  /** Default `none`. */
  readonly activation?: 'none' | 'sigmoid' | 'softmax';
  /** Place of the probability in the last axis of the tensor. Default: the last one. */
  readonly column?: number;
  /** Met from there on. */
  readonly threshold: number;
  /** `mean`: of the probabilities of a window's channels, where each is a row of its own. */
  readonly consensus?: 'mean';
  readonly smoothing?: { readonly windows: number; readonly startShare: number; readonly endShare: number };
}
