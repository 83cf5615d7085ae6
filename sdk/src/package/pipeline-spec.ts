import type { OnnxFiles, TensorSpec } from './manifest.js';

/**
 * Several graphs as one model. Steps are joined by named edges: the tensors of `/tensors/inputs` are
 * the first edges, each other edge is written by exactly one step, and those named in
 * `/tensors/outputs` are what the pipeline gives. The listed order of the steps has no meaning.
 */
export interface PipelineSpec {
  readonly models: readonly PipelineModelSpec[];
  readonly steps: readonly PipelineStepSpec[];
}

export interface PipelineModelSpec {
  readonly name: string;
  readonly onnx: OnnxFiles;
  /** The graph's own tensors; those of the inputs state no range, see `docs/package-format.md`. */
  readonly tensors: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] };
}

export type PipelineStepSpec =
  | ModelStepSpec
  | SlidingWindowStepSpec
  | MeanStepSpec
  | WeightedMeanStepSpec
  | VoteStepSpec
  | ConcatStepSpec
  | ThresholdStepSpec
  | SelectRowsStepSpec
  | SelectColumnsStepSpec
  | AggregateRowsStepSpec
  | GenerateTokensStepSpec
  | ActivationStepSpec;

interface StepBase {
  /** Unique in the pipeline; provenance names it. */
  readonly name: string;
}

/** Runs a graph. Inputs name an edge for each of its inputs, outputs for those that are used. */
export interface ModelStepSpec extends StepBase {
  readonly operation: 'model';
  readonly model: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A step that runs no graph. */
export type OperationStepSpec = Exclude<
  PipelineStepSpec,
  { readonly operation: 'model' | 'sliding_window' | 'generate_tokens' }
>;

/**
 * Runs a graph on overlapping tiles of a larger image or volume, and blends what it gives: the sum of
 * weight times value over the sum of weights. The graph has one input and one output, FP32
 * [rows, channels, h, w] or [rows, channels, d, h, w], of the same extents but for the channels.
 */
export interface SlidingWindowStepSpec extends StepBase {
  readonly operation: 'sliding_window';
  readonly model: string;
  readonly input: string;
  /** Extents of a tile: [h, w] or [d, h, w]. */
  readonly tile: readonly number[];
  /** Part of a tile's extents that the next one shares, 0 or more and below 1. */
  readonly overlap: number;
  readonly weighting: 'flat' | 'gaussian';
  /** What stands around an input that is smaller than a tile. */
  readonly padValue: number;
  readonly output: string;
}

/** Element by element: the arithmetic mean. */
export interface MeanStepSpec extends StepBase {
  readonly operation: 'mean';
  readonly inputs: readonly string[];
  readonly output: string;
}

/** Element by element: `sum(w x) / sum(w)`. */
export interface WeightedMeanStepSpec extends StepBase {
  readonly operation: 'weighted_mean';
  readonly inputs: readonly string[];
  /** One for each input, above 0; the sum is 1 within {@link WEIGHT_SUM_TOLERANCE}. */
  readonly weights: readonly number[];
  readonly output: string;
}

export const WEIGHT_SUM_TOLERANCE = 1e-6;

/** Share of the inputs whose largest value along the last axis is that of the class. */
export interface VoteStepSpec extends StepBase {
  readonly operation: 'vote';
  readonly inputs: readonly string[];
  readonly output: string;
}

export interface ConcatStepSpec extends StepBase {
  readonly operation: 'concat';
  readonly inputs: readonly string[];
  readonly axis: number;
  readonly output: string;
}

export const COMPARISONS = ['above', 'at_or_above', 'below', 'at_or_below'] as const;

export type Comparison = (typeof COMPARISONS)[number];

/** FP32 to BOOL, element by element. */
export interface ThresholdStepSpec extends StepBase {
  readonly operation: 'threshold';
  readonly input: string;
  /** Compared as the nearest FP32 number. */
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly output: string;
}

/** The rows (axis 0) for which the mask is true, in their order. */
export interface SelectRowsStepSpec extends StepBase {
  readonly operation: 'select_rows';
  readonly input: string;
  /** BOOL, `[rows]` or `[rows, 1, …]`. */
  readonly mask: string;
  /** What happens if the mask is true for no row. */
  readonly onEmpty: 'refuse';
  readonly output: string;
}

/** The listed places of the last axis, in the listed order. */
export interface SelectColumnsStepSpec extends StepBase {
  readonly operation: 'select_columns';
  readonly input: string;
  readonly columns: readonly number[];
  readonly output: string;
}

/** One row from all rows (axis 0). */
export interface AggregateRowsStepSpec extends StepBase {
  readonly operation: 'aggregate_rows';
  readonly input: string;
  readonly statistic: 'mean' | 'max' | 'median' | { readonly quantile: number };
  readonly output: string;
}

/**
 * Writes token after token: a graph gets the token before and its own state, and gives a score for each
 * token; the largest one, the first of equals, is the next token. Stops behind `endToken`, or when there
 * are `maximumTokens`. INT64 [1, tokens], `endToken` included.
 */
export interface GenerateTokensStepSpec extends StepBase {
  readonly operation: 'generate_tokens';
  readonly model: string;
  /** Inputs of the graph that stay the same, each with its edge. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly token: { readonly input: string; readonly encoding: 'id' | 'one_hot' };
  /** Output of the graph with a value for each token. */
  readonly scores: string;
  /** Zeros before the first token, then what the graph gave for the token before. */
  readonly state: readonly { readonly input: string; readonly output: string }[];
  /** Stands before the first token. */
  readonly startToken: number;
  readonly endToken: number;
  readonly maximumTokens: number;
  readonly output: string;
}

/** Softmax along the last axis, or sigmoid element by element. */
export interface ActivationStepSpec extends StepBase {
  readonly operation: 'softmax' | 'sigmoid';
  readonly input: string;
  readonly output: string;
}
