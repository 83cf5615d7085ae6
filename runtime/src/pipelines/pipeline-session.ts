import {
  DeepHealthError,
  edgesRead,
  type GenerateTokensStepSpec,
  type Manifest,
  type ModelStepSpec,
  type OperationStepSpec,
  orderSteps,
  type PipelineModelSpec,
  type PipelineStepSpec,
  type RawTensor,
  type SlidingWindowStepSpec,
  type TensorSpec,
} from '@deephealth/sdk';
import { checkOutputTensor } from '../findings/output-values.js';
import type { ModelSession, SessionRun, StepTrace } from '../host/model-session.js';
import type { RunControl } from '../host/run-control.js';
import { checkRunExtents, type EdgeTensor } from './check-run-extents.js';
import { generateTokens } from './operations/generate-tokens.js';
import { slidingWindow } from './operations/sliding-window.js';
import { planRun } from './plan-run.js';
import { runOperation } from './run-operation.js';

interface StepModel {
  readonly spec: PipelineModelSpec;
  readonly session: ModelSession;
}

/**
 * The graphs and steps of a manifest's `pipeline` as one session. Runs the steps one after the other,
 * and of them only those that the wanted outputs depend on.
 *
 * Throws what the sessions throw, and on its own account DH_MODEL_OUTPUT_INVALID for a tensor of a
 * graph that is not what the manifest declares, DH_TENSOR_SHAPE_MISMATCH for inputs whose numbers of
 * rows do not go together, DH_SELECTION_EMPTY where a mask leaves no row. The message names the step.
 */
export class PipelineSession implements ModelSession {
  readonly engine: string;
  readonly provider: 'cpu' | 'remote';
  readonly concurrency: number;
  readonly #order: readonly PipelineStepSpec[];
  readonly #models: ReadonlyMap<string, StepModel>;
  readonly #inputs: readonly TensorSpec[];

  /** @param sessions one for each model of the pipeline, by its name; released together with this one */
  constructor(manifest: Manifest, sessions: ReadonlyMap<string, ModelSession>) {
    if (manifest.pipeline === undefined) throw new Error('the manifest has no pipeline');
    this.#order = orderSteps(manifest.pipeline.steps);
    this.#inputs = manifest.tensors.inputs;
    this.#models = new Map(
      manifest.pipeline.models.map((spec) => {
        const session = sessions.get(spec.name);
        if (session === undefined) throw new Error(`model "${spec.name}" of the pipeline has no session`);
        return [spec.name, { spec, session }];
      }),
    );
    const used = [...this.#models.values()].map(({ session }) => session);
    this.engine = [...new Set(used.map(({ engine }) => engine))].join(', ');
    this.provider = used.some(({ provider }) => provider === 'remote') ? 'remote' : 'cpu';
    this.concurrency = Math.min(...used.map(({ concurrency }) => concurrency));
  }

  async run(
    inputs: Readonly<Record<string, RawTensor>>,
    outputs: readonly TensorSpec[],
    control?: RunControl,
  ): Promise<SessionRun> {
    const wanted = outputs.map(({ name }) => name);
    const edges = new Map(Object.entries(inputs));
    const steps: StepTrace[] = [];
    for (const { step, releases } of planRun(this.#order, wanted)) {
      const startedNs = process.hrtime.bigint();
      if (control?.isStopped) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
      try {
        if (step.operation === 'model') await this.#runModel(step, edges, control);
        else if (step.operation === 'sliding_window') await this.#runSlidingWindow(step, edges, control);
        else if (step.operation === 'generate_tokens') await this.#generateTokens(step, edges, control);
        else this.#runOperation(step, edges, inputs);
      } catch (thrown) {
        throw inStep(step.name, thrown);
      }
      for (const edge of releases) edges.delete(edge);
      const durationUs = Number((process.hrtime.bigint() - startedNs) / 1000n);
      steps.push({ name: step.name, operation: step.operation, onnxSha256: this.#onnxSha256(step), durationUs });
    }
    return { tensors: new Map(wanted.map((name) => [name, tensorOf(edges, name)])), steps };
  }

  async release(): Promise<void> {
    const releases = await Promise.allSettled([...this.#models.values()].map(({ session }) => session.release()));
    const failed = releases.find((release) => release.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #runModel(step: ModelStepSpec, edges: Map<string, RawTensor>, control?: RunControl): Promise<void> {
    const { spec, session } = this.#model(step);
    const feeds = Object.entries(step.inputs).map(([tensor, edge]) => [tensor, tensorOf(edges, edge)] as const);
    const written = spec.tensors.outputs.filter(({ name }) => Object.hasOwn(step.outputs, name));
    const { tensors } = await session.run(Object.fromEntries(feeds), written, control);
    for (const output of written) {
      const tensor = checkGiven(output, tensors.get(output.name));
      edges.set(step.outputs[output.name] as string, tensor);
    }
  }

  async #runSlidingWindow(
    step: SlidingWindowStepSpec,
    edges: Map<string, RawTensor>,
    control?: RunControl,
  ): Promise<void> {
    const { spec, session } = this.#model(step);
    const [input, output] = [spec.tensors.inputs[0], spec.tensors.outputs[0]] as [TensorSpec, TensorSpec];
    const runTile = async (tile: RawTensor): Promise<RawTensor> => {
      if (control?.isStopped) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
      const { tensors } = await session.run({ [input.name]: tile }, [output], control);
      return checkGiven(output, tensors.get(output.name));
    };
    edges.set(step.output, await slidingWindow(step, tensorOf(edges, step.input), runTile));
  }

  async #generateTokens(
    step: GenerateTokensStepSpec,
    edges: Map<string, RawTensor>,
    control?: RunControl,
  ): Promise<void> {
    const { spec, session } = this.#model(step);
    const { inputs, outputs } = spec.tensors;
    const named = [step.scores, ...step.state.map(({ output }) => output)];
    const wanted = outputs.filter(({ name }) => named.includes(name));
    const run = async (feeds: Readonly<Record<string, RawTensor>>) => {
      if (control?.isStopped) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
      const { tensors } = await session.run(feeds, wanted, control);
      for (const output of wanted) checkGiven(output, tensors.get(output.name));
      return tensors;
    };
    const fixed = Object.entries(step.inputs).map(([tensor, edge]) => [tensor, tensorOf(edges, edge)] as const);
    edges.set(step.output, await generateTokens(step, { inputs, outputs, run }, Object.fromEntries(fixed)));
  }

  #runOperation(
    step: OperationStepSpec,
    edges: Map<string, RawTensor>,
    inputs: Readonly<Record<string, RawTensor>>,
  ): void {
    const reads: EdgeTensor[] = edgesRead(step).map(({ edge }) => ({ edge, tensor: tensorOf(edges, edge) }));
    checkRunExtents(step, reads, { specs: this.#inputs, tensors: inputs });
    edges.set(step.output, runOperation(step, reads));
  }

  #onnxSha256(step: PipelineStepSpec): string {
    return 'model' in step ? this.#model(step).spec.onnx.sha256 : '';
  }

  #model(step: ModelStepSpec | SlidingWindowStepSpec | GenerateTokensStepSpec): StepModel {
    const model = this.#models.get(step.model);
    if (model === undefined) throw new Error('a parsed manifest runs a model that it does not declare');
    return model;
  }
}

/** What the next steps may rely on: the manifest was checked against these declarations. */
function checkGiven(output: TensorSpec, tensor: RawTensor | undefined): RawTensor {
  if (tensor === undefined) {
    throw new DeepHealthError('DH_MODEL_OUTPUT_INVALID', `Output "${output.name}": the graph gave no tensor.`, {
      details: { output: output.name },
    });
  }
  checkOutputTensor(output, tensor);
  return tensor;
}

function tensorOf(edges: ReadonlyMap<string, RawTensor>, edge: string): RawTensor {
  const tensor = edges.get(edge);
  if (tensor === undefined) throw new Error(`edge "${edge}" of the pipeline holds no tensor`);
  return tensor;
}

/** The same error, telling the step that it came from. */
function inStep(step: string, thrown: unknown): unknown {
  if (!(thrown instanceof DeepHealthError)) return thrown;
  const { code, message, details, retryAfterMs } = thrown;
  return new DeepHealthError(code, `Step "${step}": ${message}`, {
    details: { ...details, step },
    cause: thrown,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
