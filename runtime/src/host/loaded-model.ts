import type { runtimeV1 } from '@deephealth/proto';
import {
  DeepHealthError,
  type InputSpec,
  type Manifest,
  type RawTensor,
  type TensorSpec,
  toBytes,
  type Vocabulary,
} from '@deephealth/sdk';
import { outsideDistribution } from '../distribution/outside-distribution.js';
import { ExplanationTask } from '../explanations/explanation-task.js';
import { checkOutputTensor } from '../findings/output-values.js';
import { type Geometries, toFindings } from '../findings/to-findings.js';
import { withoutDecisions } from '../findings/without-decisions.js';
import { checkSameGrid } from '../steps/check-grid.js';
import { checkPreparedTensor } from '../steps/check-prepared-tensor.js';
import { prepareTensor } from '../steps/prepare-tensor.js';
import type { PreparedTensor } from '../steps/prepared-tensor.js';
import type { InputPlace } from '../volumes/input-geometry.js';
import type { GoldenRun } from './golden-check.js';
import type { InferenceResult, PredictionResult, RunItem } from './host-messages.js';
import type { ImageGrid, ModelInput } from './model-input.js';
import type { ModelSession } from './model-session.js';
import { hasBatchAxis } from './prove-batching.js';

type Feeds = Readonly<Record<string, RawTensor>>;
type Tensors = ReadonlyMap<string, RawTensor>;

/** An item as the session takes it. */
export interface PreparedItem {
  readonly feeds: Feeds;
  readonly outputs: readonly TensorSpec[];
  /** Of the steps, for the caller. */
  readonly warnings: readonly runtimeV1.Warning[];
  /** Places of the inputs on whose grids findings lie. */
  readonly geometries?: Geometries;
  /** Why no classification may be decided, as a phrase; left out where one may. */
  readonly undecided?: string;
}

/** Inputs as tensors, where they lie, and what the caller is told of them. */
export interface PreparedInputs {
  readonly feeds: Record<string, RawTensor>;
  readonly geometries: Record<string, InputPlace>;
  readonly warnings: readonly runtimeV1.Warning[];
  readonly undecided?: string;
}

/** What a manifest says of a graph, applied: steps before it, findings and checks after it. */
export class LoadedModel {
  readonly #manifest: Manifest;
  readonly #vocabularies: ReadonlyMap<string, Vocabulary>;
  readonly session: ModelSession;

  /** True if the first axis of every tensor is the batch. */
  readonly #isBatched: boolean;
  /** Names of inputs on whose grids findings lie. */
  readonly #placed = new Set<string>();
  /** Inputs with limits of their distribution, by the tensors that they feed; undefined if there is none. */
  readonly #limited: ReadonlyMap<string, InputSpec> | undefined;

  /** @param vocabularies of the package, by their files */
  constructor(manifest: Manifest, session: ModelSession, vocabularies: ReadonlyMap<string, Vocabulary> = new Map()) {
    this.#manifest = manifest;
    this.#vocabularies = vocabularies;
    for (const output of manifest.outputs) {
      if ('input' in output) this.#placed.add(output.input);
      if (output.kind === 'classification' && output.explanation !== undefined) {
        this.#placed.add(output.explanation.input);
      }
    }
    const limited = manifest.inputs.filter(({ distribution }) => distribution !== undefined);
    this.#limited = limited.length === 0 ? undefined : new Map(limited.map((input) => [input.feeds, input]));
    this.#isBatched = hasBatchAxis(manifest.tensors);
    this.session = session;
  }

  /** Pre-processing of one item, or the checks of given tensors; declared ranges hold for both. */
  async prepare(item: RunItem): Promise<PreparedItem> {
    const prepared = await this.#prepareAny(item);
    if (this.#isBatched) this.#checkRows(prepared.feeds);
    return prepared;
  }

  /** Inputs belong together row by row, and a state to one row: a second one would have none. */
  #checkRows(feeds: Feeds): void {
    const isStateful = this.#manifest.sequence !== undefined;
    let expected = isStateful ? 1 : undefined;
    for (const name in feeds) {
      const rows = feeds[name]?.shape[0];
      expected ??= rows;
      if (rows === expected) continue;
      if (!isStateful) {
        throw new DeepHealthError(
          'DH_TENSOR_SHAPE_MISMATCH',
          `The inputs of a request must have the same number of rows: tensor "${name}" has ${rows}, another one ${expected}.`,
          { details: { input: name, expected: `${expected} rows`, received: String(rows) } },
        );
      }
      throw new DeepHealthError(
        'DH_TENSOR_SHAPE_MISMATCH',
        `The model keeps state and takes one row at a time; its tensor "${name}" has ${rows}. Send the rows as items of a sequence.`,
        { details: { input: name, expected: '1 row', received: String(rows) } },
      );
    }
  }

  async #prepareAny(item: RunItem): Promise<PreparedItem> {
    const stateOutputs = this.#manifest.sequence?.state.map(({ output }) => output) ?? [];
    if (item.kind === 'infer') {
      for (const name in item.tensors) {
        checkPreparedTensor(name, tensorSpec(this.#manifest.tensors.inputs, name), item.tensors[name] as RawTensor);
      }
      if (this.#limited !== undefined) this.#checkDistributions(item.tensors);
      const names = [...item.outputs, ...stateOutputs.filter((name) => !item.outputs.includes(name))];
      const outputs = names.map((name) => tensorSpec(this.#manifest.tensors.outputs, name));
      const feeds = item.state === undefined ? item.tensors : { ...item.tensors, ...item.state };
      return { feeds, outputs, warnings: [] };
    }
    const wanted = this.#manifest.outputs.filter(({ name }) => item.outputs.includes(name)).map(({ from }) => from);
    const { feeds, geometries, warnings, undecided } = await this.prepareInputs(item.inputs);
    return {
      feeds: item.state === undefined ? feeds : { ...feeds, ...item.state },
      geometries,
      warnings,
      ...(undecided !== undefined && { undecided }),
      outputs: this.#manifest.tensors.outputs.filter(
        ({ name }) => wanted.includes(name) || stateOutputs.includes(name),
      ),
    };
  }

  /** Steps of every declared input, from what a caller sends to tensors of the graph. */
  async prepareInputs(inputs: Readonly<Record<string, ModelInput>>): Promise<PreparedInputs> {
    const feeds: Record<string, RawTensor> = {};
    const geometries: Record<string, InputPlace> = {};
    const warnings: runtimeV1.Warning[] = [];
    const grids = new Map<string, () => ImageGrid | undefined>();
    for (const spec of this.#manifest.inputs) {
      const input = inputs[spec.name];
      if (input === undefined) throw new Error('an admitted request lacks a declared input');
      const prepared = await prepareTensor(spec, input, this.#vocabularies);
      checkPreparedTensor(spec.name, tensorSpec(this.#manifest.tensors.inputs, spec.feeds), prepared);
      const { dataType, shape, data } = prepared;
      feeds[spec.feeds] = { dataType, shape, data: data instanceof Float32Array ? toBytes(data) : data };
      if ('grid' in prepared && prepared.grid !== undefined) grids.set(spec.name, prepared.grid);
      if ('warnings' in prepared) warnings.push(...(prepared.warnings ?? []));
      const place = this.#placeOf(spec, prepared);
      if (place !== undefined) geometries[spec.name] = place;
    }
    for (const spec of this.#manifest.inputs) {
      if (spec.kind !== 'image' || spec.sameGridAs === undefined) continue;
      checkSameGrid(spec, grids.get(spec.name)?.(), grids.get(spec.sameGridAs)?.());
    }
    if (this.#limited === undefined) return { feeds, geometries, warnings };
    const doubts = this.#checkDistributions(feeds);
    return { feeds, geometries, ...doubts, warnings: [...warnings, ...doubts.warnings] };
  }

  /** Throws for an input that the manifest refuses; tells of the others. */
  #checkDistributions(feeds: Feeds): Pick<PreparedInputs, 'warnings' | 'undecided'> {
    const warnings: runtimeV1.Warning[] = [];
    let undecided: string | undefined;
    for (const [tensor, input] of this.#limited ?? []) {
      const outside = outsideDistribution(input, feeds[tensor] as RawTensor);
      if (outside === undefined) continue;
      warnings.push(outside.warning);
      if (input.distribution?.onOutside === 'abstain') undecided ??= outside.phrase;
    }
    return { warnings, ...(undecided !== undefined && { undecided }) };
  }

  /** What makes the highlights of an item, from the inputs that it is about to run with. */
  explain(
    item: RunItem & { readonly kind: 'predict' },
    feeds: Feeds,
    geometries: Geometries | undefined,
    rows: number,
  ): ExplanationTask {
    return new ExplanationTask(this.#manifest, item, feeds, geometries ?? {}, rows);
  }

  /** Where an input lies, if a finding lies on its grid. */
  #placeOf(spec: InputSpec, prepared: PreparedTensor): InputPlace | undefined {
    if (!this.#placed.has(spec.name)) return undefined;
    if ('geometry' in prepared && prepared.geometry !== undefined) return prepared.geometry;
    if ('windows' in prepared && prepared.windows !== undefined) return prepared.windows;
    return undefined;
  }

  /**
   * Findings of the wanted outputs.
   *
   * @param undecided why no classification may be decided, if so
   */
  predict(tensors: Tensors, wanted: readonly string[], geometries?: Geometries, undecided?: string): PredictionResult {
    const computed = toFindings(this.#manifest, tensors, wanted, geometries, this.#vocabularies);
    const { findings, warnings } = undecided === undefined ? computed : withoutDecisions(computed, undecided);
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
  async runGolden({
    feeds,
    geometries,
    undecided,
  }: {
    readonly feeds: Feeds;
    readonly geometries?: Geometries;
    readonly undecided?: string | undefined;
  }): Promise<GoldenRun> {
    const { tensors } = await this.session.run(feeds, this.#manifest.tensors.outputs);
    const names = this.#manifest.outputs.map(({ name }) => name);
    return { tensors, findings: this.predict(tensors, names, geometries, undecided).findings };
  }
}

function tensorSpec(specs: readonly TensorSpec[], name: string): TensorSpec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new Error('a parsed manifest names a tensor that it does not declare');
  return spec;
}
