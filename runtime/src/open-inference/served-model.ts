import type { DeepHealthError, Manifest, RawTensor } from '@deephealth/sdk';
import type { RequestMark } from '../control/choose-version.js';
import type { Suspension } from '../control/control-state.js';
import type { RoutedRequest } from '../control/route-request.js';
import type { InferenceResult, RunTimings } from '../host/host-messages.js';
import type { ModelLimits } from '../lifecycle/model-limits.js';
import type { ModelState } from '../lifecycle/model-version.js';
import type { Priority } from '../lifecycle/priority.js';
import type { SequencedVersion } from '../sequences/route-sequence.js';
import type { SequenceContext } from '../sequences/sequence-table.js';

/** What the protocol needs to know of a verified package. */
export interface ServedPackage {
  readonly manifest: Manifest;
  readonly packageSha256: string;
  readonly onnxSha256: string;
  /** Name and version, "onnxruntime-node/1.30.0". */
  readonly engine: string;
  /** Sizes of runs of several items that verification has proven; absent where nothing is batched. */
  readonly batching?: { readonly servedSizes: readonly number[] };
}

/** One request for the graph itself. */
export interface InferWork {
  /** Absolute deadline in ms since the epoch. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly priority: Priority;
  readonly payload: {
    readonly type: 'infer';
    /** By ONNX input name. */
    readonly tensors: Readonly<Record<string, RawTensor>>;
    /** ONNX outputs wanted. */
    readonly outputs: readonly string[];
  };
  /** For a model that keeps state between the items of a sequence. */
  readonly sequence?: SequenceContext | undefined;
  /** Called when the request is queued. */
  onQueued?(): void;
}

export interface InferOutcome {
  readonly result: Pick<InferenceResult, 'tensors'>;
  /** The package that served this very run. */
  readonly loaded: ServedPackage;
  /** Items that shared the run. */
  readonly batchSize: number;
  /** Microseconds from queueing to the start of the run. */
  readonly queueUs?: number;
  readonly timings?: RunTimings;
  /** Place of the item in its sequence, from 1. */
  readonly sequence?: { readonly position: number };
}

/** A model version as the protocol sees it; `ModelVersion` is one. */
export interface ServedModel extends SequencedVersion {
  readonly state: ModelState;
  /** True if a request is answered now. */
  readonly isServing: boolean;
  /** Why it is not READY, if it was refused. */
  readonly reason: DeepHealthError | undefined;
  /** Who has stopped its use, and why; absent if nobody has. */
  readonly suspension?: Suspension | undefined;
  readonly loaded: ServedPackage | undefined;
  readonly limits: Pick<ModelLimits, 'instances' | 'maxQueueLength' | 'maxSequences'>;
  /** Throws the error that a request gets now, if the version cannot be served. */
  assertServing(): void;
  /** Accepts the item before it returns, so that items of a sequence keep their order. */
  run(work: InferWork): Promise<InferOutcome>;
  /** Rejects with the refusal of a request that never becomes work, in its turn if it has one. */
  refuse(work: Omit<InferWork, 'payload'>, refusal: unknown): Promise<never>;
}

/** Finds model versions; `ModelStore` does. */
export interface ModelLookup {
  /** The version that answers a request which names none; without it, the default one. */
  choose?(name: string, mark: RequestMark): RoutedRequest<ServedModel>;
  /** True for the version that a rollout gives a share of the requests. */
  isCandidate?(name: string, version: string): boolean;
  /** The version asked for, or the default one if `version` is empty. Throws if there is none. */
  find(name: string, version: string): ServedModel;
  /** Versions of one model, newest first; empty for an unknown name. */
  versions(name: string): readonly ServedModel[];
  all(): readonly ServedModel[];
}

/** Loads and unloads models by name. Both reject with a DeepHealthError. */
export interface ModelRepository {
  /** Looks for the model's packages anew, and verifies the versions that the policy wants served. */
  load(name: string): Promise<unknown>;
  /** Drains and frees every version. */
  unload(name: string): Promise<unknown>;
}
