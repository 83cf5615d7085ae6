import type { runtimeV1 } from '@deephealth/proto';
import { type InputSpec, type Manifest, type RawTensor, type TensorSpec, toBytes } from '@deephealth/sdk';
import { checkOutputTensor } from '../findings/output-values.js';
import { toFindings } from '../findings/to-findings.js';
import { checkPreparedTensor } from '../steps/check-prepared-tensor.js';
import { prepareTensor } from '../steps/prepare-tensor.js';
import type { GoldenRun } from './golden-check.js';
import type { InferenceResult, PredictionResult, RunItem } from './host-messages.js';
import type { ModelInput } from './model-input.js';
import type { ModelSession } from './model-session.js';

type Feeds = Readonly<Record<string, RawTensor>>;
type Tensors = ReadonlyMap<string, RawTensor>;

/** An item as the session takes it. */
export interface PreparedItem {
  readonly feeds: Feeds;
  readonly outputs: readonly TensorSpec[];
}

/** What a manifest says of a graph, applied: steps before it, findings and checks after it. */
export class LoadedModel {
  readonly #manifest: Manifest;
  readonly session: ModelSession;

  constructor(manifest: Manifest, session: ModelSession) {
    this.#manifest = manifest;
    this.session = session;
  }

  /** Pre-processing of one item, or the checks of given tensors; declared ranges hold for both. */
  async prepare(item: RunItem): Promise<PreparedItem> {
    const stateOutputs = this.#manifest.sequence?.state.map(({ output }) => output) ?? [];
    if (item.kind === 'infer') {
      for (const name in item.tensors) {
        checkPreparedTensor(name, tensorSpec(this.#manifest.tensors.inputs, name), item.tensors[name] as RawTensor);
      }
      const names = [...item.outputs, ...stateOutputs.filter((name) => !item.outputs.includes(name))];
      const outputs = names.map((name) => tensorSpec(this.#manifest.tensors.outputs, name));
      return { feeds: item.state === undefined ? item.tensors : { ...item.tensors, ...item.state }, outputs };
    }
    const wanted = this.#manifest.outputs.filter(({ name }) => item.outputs.includes(name)).map(({ from }) => from);
    return {
      feeds: { ...(await this.prepareInputs(item.inputs)), ...item.state },
      outputs: this.#manifest.tensors.outputs.filter(
        ({ name }) => wanted.includes(name) || stateOutputs.includes(name),
      ),
    };
  }

  /** Steps of every declared input, from what a caller sends to tensors of the graph. */
  async prepareInputs(inputs: Readonly<Record<string, ModelInput>>): Promise<Record<string, RawTensor>> {
    const feeds: Record<string, RawTensor> = {};
    for (const spec of this.#manifest.inputs) {
      const input = inputs[spec.name];
      if (input === undefined) throw new Error('an admitted request lacks a declared input');
      feeds[spec.feeds] = await this.#prepareOne(spec, input);
    }
    return feeds;
  }

  async #prepareOne(spec: InputSpec, input: ModelInput): Promise<RawTensor> {
    const prepared = await prepareTensor(spec, input);
    checkPreparedTensor(spec.name, tensorSpec(this.#manifest.tensors.inputs, spec.feeds), prepared);
    const { dataType, shape, data } = prepared;
    return { dataType, shape, data: data instanceof Float32Array ? toBytes(data) : data };
  }

  /** Findings of the wanted outputs. */
  predict(tensors: Tensors, wanted: readonly string[]): PredictionResult {
    const { findings, warnings } = toFindings(this.#manifest, tensors, wanted);
    return { findings: findings as runtimeV1.Finding[], warnings: warnings as runtimeV1.Warning[] };
  }

  /** The wanted tensors, checked; for tensor clients. */
  infer(tensors: Tensors, wanted: readonly string[]): InferenceResult {
    return {
      tensors: wanted.map((name) => {
        const tensor = tensors.get(name) as RawTensor;
        checkOutputTensor(tensorSpec(this.#manifest.tensors.outputs, name), tensor);
        return { name, ...tensor };
      }),
    };
  }

  /** State after the item, by the names of the inputs that it becomes; undefined for a stateless model. */
  stateAfter(tensors: Tensors): Record<string, RawTensor> | undefined {
    const { sequence } = this.#manifest;
    if (sequence === undefined) return undefined;
    return Object.fromEntries(
      sequence.state.map(({ input, output }) => {
        const tensor = tensors.get(output) as RawTensor;
        checkOutputTensor(tensorSpec(this.#manifest.tensors.outputs, output), tensor);
        return [input, tensor];
      }),
    );
  }

  /** Every declared tensor and finding of one item. */
  async runGolden(feeds: Feeds): Promise<GoldenRun> {
    const { tensors } = await this.session.run(feeds, this.#manifest.tensors.outputs);
    const names = this.#manifest.outputs.map(({ name }) => name);
    return { tensors, findings: this.predict(tensors, names).findings };
  }
}

function tensorSpec(specs: readonly TensorSpec[], name: string): TensorSpec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new Error('a parsed manifest names a tensor that it does not declare');
  return spec;
}
