import type { DataTypeName } from '../tensor/data-type.js';
import type { CalibrationSpec } from './calibration-spec.js';
import type { DistributionSpec } from './distribution-spec.js';
import type { ExplanationSpec } from './explanation-spec.js';
import type { ImageInputSpec } from './image-spec.js';
import type { MapOutputSpec, MaskOutputSpec } from './mask-spec.js';
import type { PipelineSpec } from './pipeline-spec.js';
import type { EventsOutputSpec, SignalSteps } from './signal-steps.js';
import type { SequenceInputSpec, TextOutputSpec } from './token-spec.js';
import type { VolumeInputSpec } from './volume-spec.js';

export * from './calibration-spec.js';
export * from './distribution-spec.js';
export * from './explanation-spec.js';
export * from './image-spec.js';
export * from './mask-spec.js';
export * from './pipeline-graph.js';
export * from './pipeline-spec.js';
export * from './signal-steps.js';
export * from './token-spec.js';
export * from './volume-spec.js';

/**
 * The manifest `model.json` as TypeScript sees it. The JSON Schema `sdk/schemas/model.schema.json`
 * is the authority; {@link parseManifest} is the only way from bytes to this type.
 */
export interface Manifest {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly intendedUse: string;
  readonly limitations: readonly string[];
  readonly license: string;
  readonly researchUseOnly: boolean;
  readonly producer?: string;
  /** Exactly one of `onnx`, `pipeline` and `remote` is there: what computes the tensors. */
  readonly onnx?: OnnxFiles;
  readonly pipeline?: PipelineSpec;
  readonly remote?: RemoteSpec;
  readonly tensors: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] };
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
  readonly sequence?: SequenceSpec;
  readonly execution?: ExecutionSpec;
  readonly resources?: ResourceSpec;
  readonly draft?: readonly DraftNote[];
}

export interface OnnxFiles {
  /** Path inside the package. */
  readonly file: string;
  readonly sha256: string;
  readonly externalData?: readonly ExternalDataFile[];
  /** The export that the file was rewritten from; there if `rewrites` is. */
  readonly original?: { readonly sha256: string; readonly sizeBytes: number };
  /** What `deephealth init` changed in the export, in order. */
  readonly rewrites?: readonly GraphRewrite[];
}

/** One change of an exported graph. */
export interface GraphRewrite {
  readonly kind:
    | 'softmax_one_axis'
    | 'linear_to_mul'
    | 'exponential_to_exp'
    | 'argmax_output_int64'
    | 'zipmap_to_tensor'
    | 'metadata';
  /** Name of the node, output or metadata entry. */
  readonly subject: string;
  readonly description: string;
}

export interface ExternalDataFile {
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A tensor of the ONNX graph. -1 marks an extent that may vary; a first extent of -1 is the batch. */
export interface TensorSpec {
  readonly name: string;
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  /** Default `refuse`. */
  readonly nonFinite?: 'refuse' | 'allow';
  readonly range?: Range;
  /** Largest value of a varying extent; default {@link DEFAULT_MAX_EXTENT}. */
  readonly maxExtent?: number;
}

export const DEFAULT_MAX_EXTENT = 65_536;

/** Lowest and highest value, both included. */
export type Range = readonly [number, number];

export interface CodingSpec {
  readonly system: string;
  readonly version?: string;
  readonly code: string;
  readonly display?: string;
}

/** How a graph is run: threads, batching, instances. */
export interface ExecutionSpec {
  readonly providers?: readonly 'cpu'[];
  /** Default true. */
  readonly deterministic?: boolean;
  readonly intraOpThreads?: number;
  /** Largest run of items of several requests; 1 turns batching off. */
  readonly maxBatchSize?: number;
  /** Model hosts that run at the same time. Default 1. */
  readonly instances?: number;
}

/** State that the runtime carries from one item of a sequence to the next. */
export interface SequenceSpec {
  readonly state: readonly StateSpec[];
  /** Default {@link DEFAULT_SEQUENCE_IDLE_MS}. */
  readonly idleTimeoutMs?: number;
}

export interface StateSpec {
  /** ONNX input; zeros at the start of a sequence, with 1 for every extent that may vary. */
  readonly input: string;
  /** ONNX output that becomes the input of the next item. */
  readonly output: string;
}

export const DEFAULT_SEQUENCE_IDLE_MS = 60_000;

/** Another inference server runs the graph; its address is the operator's to configure. */
export interface RemoteSpec {
  readonly protocol: 'open-inference';
  readonly model: string;
  /** Default: the version that the other server chooses. */
  readonly version?: string;
}

/** Memory and time that a model asks for. */
export interface ResourceSpec {
  readonly memoryMiB?: number;
  readonly loadTimeoutMs?: number;
  readonly runTimeoutMs?: number;
}

/** A guess that `deephealth init` made and nobody has confirmed. */
export interface DraftNote {
  /** JSON pointer of the field, for example "/outputs/0/classes". */
  readonly field: string;
  readonly guess: string;
}

/** An input as the manifest declares it, by its kind. */
export type InputSpec =
  | TensorInputSpec
  | TableInputSpec
  | SignalInputSpec
  | ImageInputSpec
  | VolumeInputSpec
  | SequenceInputSpec;

export interface InputBase {
  readonly name: string;
  readonly description?: string;
  /** Name of the ONNX input that the steps produce. */
  readonly feeds: string;
  /** Not of a table, whose columns have ranges. */
  readonly distribution?: DistributionSpec;
}

export interface TensorInputSpec extends InputBase {
  readonly kind: 'tensor';
}

export interface TableInputSpec extends InputBase {
  readonly kind: 'table';
  readonly columns: readonly ColumnSpec[];
  readonly steps: readonly [TableToFeaturesStep, ...StandardizeStep[]];
}

export interface SignalInputSpec extends InputBase {
  readonly kind: 'signal';
  readonly channels: readonly ChannelSpec[];
  readonly samplingRateHz: number;
  readonly samples: { readonly minimum: number; readonly maximum: number };
  readonly steps: SignalSteps;
}

/** A column of a table, by its type. */
export type ColumnSpec = NumberColumnSpec | CategoryColumnSpec | BooleanColumnSpec;

interface ColumnBase {
  readonly name: string;
  readonly description?: string;
  readonly codes?: readonly CodingSpec[];
}

/** What happens to a missing value; refused where nothing is stated. */
export type MissingRule<T> = 'refuse' | { readonly impute: T };

export interface NumberColumnSpec extends ColumnBase {
  readonly type: 'number';
  readonly unit: string;
  readonly validRange: Range;
  readonly trainingRange?: Range;
  readonly missing?: MissingRule<number>;
}

export interface CategoryColumnSpec extends ColumnBase {
  readonly type: 'category';
  readonly categories: readonly string[];
  readonly missing?: MissingRule<string>;
}

export interface BooleanColumnSpec extends ColumnBase {
  readonly type: 'boolean';
  readonly missing?: MissingRule<boolean>;
}

export interface ChannelSpec {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly unit: string;
  readonly validRange: Range;
  /** Least population standard deviation of the samples, in `unit`; a flatter channel is refused. */
  readonly minimumStd?: number;
  readonly codes?: readonly CodingSpec[];
}

export interface TableToFeaturesStep {
  readonly op: 'table_to_features';
  readonly features: readonly { readonly column: string; readonly equals?: string }[];
}

export interface StandardizeStep {
  readonly op: 'standardize';
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface SelectChannelsStep {
  readonly op: 'select_channels';
  readonly channels: readonly string[];
}

export interface RemoveMeanStep {
  readonly op: 'remove_mean';
}

export interface ZScoreStep {
  readonly op: 'z_score';
  readonly epsilon: number;
}

export interface ClipStep {
  readonly op: 'clip';
  readonly minimum: number;
  readonly maximum: number;
}

/** An output as the manifest declares it, by its kind. */
export type OutputSpec =
  | ClassificationOutputSpec
  | RegressionOutputSpec
  | TensorOutputSpec
  | MaskOutputSpec
  | MapOutputSpec
  | EventsOutputSpec
  | TextOutputSpec;

export interface OutputBase {
  readonly name: string;
  readonly description?: string;
  readonly codes?: readonly CodingSpec[];
  /** Name of the ONNX output that it is computed from. */
  readonly from: string;
}

/** A class of a classification, with its threshold. */
export interface ClassSpec {
  readonly label: string;
  readonly codes?: readonly CodingSpec[];
  readonly threshold?: number;
}

export interface ClassificationOutputSpec extends OutputBase {
  readonly kind: 'classification';
  /** Default `none`. */
  readonly activation?: 'none' | 'sigmoid' | 'softmax';
  readonly mode: 'binary' | 'multiclass' | 'multilabel';
  readonly classes: readonly ClassSpec[];
  readonly nearThresholdMargin?: number;
  readonly abstainBetween?: Range;
  readonly abstainBelow?: number;
  readonly calibration?: CalibrationSpec;
  readonly explanation?: ExplanationSpec;
}

export interface RegressionOutputSpec extends OutputBase {
  readonly kind: 'regression';
  readonly values: readonly RegressionValueSpec[];
}

export interface RegressionValueSpec {
  readonly label: string;
  readonly unit: string;
  readonly codes?: readonly CodingSpec[];
  readonly validRange?: Range;
}

export interface TensorOutputSpec extends OutputBase {
  readonly kind: 'tensor';
}
