import type { inferenceV2 } from '@deephealth/proto';
import { type CallContext, DeepHealthError, type Manifest, type RawTensor, type TensorSpec } from '@deephealth/sdk';
import type { ModelState } from '../src/lifecycle/model-version.js';
import { createOpenInference, type OpenInferenceDependencies } from '../src/open-inference/create-open-inference.js';
import type { InferOutcome, InferWork, ModelLookup, ServedModel } from '../src/open-inference/served-model.js';
import { StatisticsRecorder } from '../src/open-inference/statistics-recorder.js';

/** A manifest with the given tensors, each also an input or output of its own; nothing else is checked. */
export function manifestOf(
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  more: Partial<Manifest> = {},
): Manifest {
  return {
    schemaVersion: 1,
    name: 'double',
    version: '1',
    title: 'Double',
    intendedUse: 'Tests.',
    limitations: ['It computes nothing.'],
    license: 'Apache-2.0',
    researchUseOnly: true,
    onnx: { file: 'model.onnx', sha256: '0'.repeat(64) },
    tensors: { inputs, outputs },
    inputs: inputs.map(({ name }) => ({ name, kind: 'tensor', feeds: name })),
    outputs: outputs.map(({ name }) => ({ name, kind: 'tensor', from: name })),
    ...more,
  };
}

/** FP32 [-1, columns]. */
export const rows = (name: string, columns: number): TensorSpec => ({
  name,
  dataType: 'FP32',
  shape: [-1, columns],
});

export interface ModelDoubleOptions {
  readonly name?: string;
  readonly version?: string;
  readonly state?: ModelState;
  readonly reason?: DeepHealthError;
  readonly manifest?: Manifest;
  readonly servedSizes?: readonly number[];
  /** Gives the output tensors; by default each output takes the bytes of the input in its place. */
  compute?(work: InferWork): Promise<Readonly<Record<string, RawTensor>>>;
  readonly outcome?: Partial<Omit<InferOutcome, 'result'>>;
}

/** A model version without a host. */
export class ModelDouble implements ServedModel {
  readonly name: string;
  readonly version: string;
  state: ModelState;
  readonly reason: DeepHealthError | undefined;
  readonly loaded: NonNullable<ServedModel['loaded']>;
  readonly limits = { instances: 2, maxQueueLength: 16, maxSequences: 8 };
  readonly sequences: ServedModel['sequences'];
  get isServing(): boolean {
    return this.state === 'READY';
  }
  /** Everything that was asked of it, in order. */
  readonly work: InferWork[] = [];
  readonly refused: { readonly sequenceId: string | undefined; readonly refusal: unknown }[] = [];
  readonly #options: ModelDoubleOptions;

  constructor(options: ModelDoubleOptions = {}) {
    this.#options = options;
    this.name = options.name ?? 'double';
    this.version = options.version ?? '1';
    this.state = options.state ?? 'READY';
    this.reason = options.reason;
    const manifest = options.manifest ?? manifestOf([rows('x', 2)], [rows('y', 2)]);
    this.loaded = {
      manifest: { ...manifest, name: this.name, version: this.version },
      packageSha256: 'a'.repeat(64),
      onnxSha256: 'b'.repeat(64),
      engine: 'engine/1',
      ...(options.servedSizes && { batching: { servedSizes: options.servedSizes } }),
    };
    this.sequences = manifest.sequence && { has: () => false, endedAtMs: () => undefined, lose: () => undefined };
  }

  assertServing(): void {
    if (this.state === 'READY') return;
    throw this.reason ?? new DeepHealthError('DH_MODEL_NOT_READY', `Model "${this.name}" is not ready.`);
  }

  async run(work: InferWork): Promise<InferOutcome> {
    this.work.push(work);
    const { outputs } = this.loaded.manifest.tensors;
    const inputs = Object.values(work.payload.tensors);
    const computed =
      (await this.#options.compute?.(work)) ??
      Object.fromEntries(outputs.map(({ name }, index) => [name, inputs[index] as RawTensor]));
    const tensors = work.payload.outputs.map((name) => ({ name, ...(computed[name] as RawTensor) }));
    return { result: { tensors }, loaded: this.loaded, batchSize: 1, ...this.#options.outcome };
  }

  async refuse(work: Omit<InferWork, 'payload'>, refusal: unknown): Promise<never> {
    this.refused.push({ sequenceId: work.sequence?.id, refusal });
    throw refusal;
  }
}

/** A look-up over model doubles; the newest comes first. */
export function lookupOf(models: readonly ServedModel[]): ModelLookup {
  const versions = (name: string) => models.filter((model) => model.name === name);
  return {
    all: () => models,
    versions,
    find(name, version) {
      const candidates = versions(name);
      const found = candidates.find((model) => version === '' || model.version === version);
      if (found !== undefined) return found;
      const code = candidates.length === 0 ? 'DH_MODEL_NOT_FOUND' : 'DH_MODEL_VERSION_NOT_FOUND';
      throw new DeepHealthError(code, 'The store has other words for it.');
    },
  };
}

/** The protocol over model doubles. */
export function openInferenceOver(
  models: readonly ServedModel[],
  more: Partial<OpenInferenceDependencies> = {},
): ReturnType<typeof createOpenInference> {
  return createOpenInference({
    models: lookupOf(models),
    repository: { load: async () => undefined, unload: async () => undefined },
    statistics: new StatisticsRecorder(),
    maxTensorElements: 1000,
    defaultDeadlineMs: 60_000,
    isReady: () => true,
    ...more,
  });
}

/** A whole request, as the transport hands it on. */
export function inferRequest(
  fields: Partial<inferenceV2.ModelInferRequest__Output> = {},
): inferenceV2.ModelInferRequest__Output {
  return {
    modelName: 'double',
    modelVersion: '',
    id: '',
    parameters: {},
    inputs: [],
    outputs: [],
    rawInputContents: [],
    ...fields,
  };
}

/** An input without contents. */
export function inferInput(
  name: string,
  shape: readonly number[],
  more: Partial<inferenceV2.ModelInferRequest__Output['inputs'][number]> = {},
): inferenceV2.ModelInferRequest__Output['inputs'][number] {
  return { name, datatype: 'FP32', shape: shape.map(String), parameters: {}, contents: null, ...more };
}

export const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);

/** A caller who waits for ever. */
export const patient = (): CallContext => ({
  signal: new AbortController().signal,
  deadlineMs: Number.POSITIVE_INFINITY,
});
