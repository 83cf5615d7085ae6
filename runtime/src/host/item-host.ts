import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { ExplanationTask } from '../explanations/explanation-task.js';
import { BatchRunner, type ItemOutcome, type ItemRun } from './batch-runner.js';
import type { BatchingProof } from './batching-proof.js';
import type { HostReply, ItemResult, PredictionResult, RunFacts, RunItem } from './host-messages.js';
import { digestInputs } from './input-digest.js';
import type { LoadedModel, PreparedItem } from './loaded-model.js';
import { monotonicUs } from './monotonic-clock.js';
import { toWireError } from './wire-error.js';

interface Pending {
  readonly item: RunItem;
  readonly inputSha256: string | undefined;
  readonly preprocessUs: number;
  /** Of the steps; those of the findings come behind them. */
  readonly warnings: readonly runtimeV1.Warning[];
  readonly geometries: PreparedItem['geometries'];
  /** Why no classification may be decided; undefined where one may. */
  readonly undecided: PreparedItem['undecided'];
  /** Of an item whose highlights are wanted. */
  readonly task: ExplanationTask | undefined;
}

/** Takes items in, prepares them while others run, and answers each. */
export class ItemHost {
  readonly #model: LoadedModel;
  readonly #runner: BatchRunner;
  readonly #pending = new Map<number, Pending>();
  readonly #preparing = new Map<number, { cancelled: boolean }>();
  readonly #send: (reply: HostReply) => void;
  /** Copies of an item that one run may hold. */
  readonly #copies: number;

  constructor(model: LoadedModel, batching: BatchingProof, batchAxis: boolean, send: (reply: HostReply) => void) {
    this.#model = model;
    this.#send = send;
    this.#copies = batchAxis ? Math.max(...batching.servedSizes) : 1;
    this.#runner = new BatchRunner({
      session: model.session,
      batching,
      batchAxis,
      onStarted: (ids) => send({ type: 'started', ids }),
      onFinished: (outcomes) => this.#onFinished(outcomes),
    });
  }

  async take(item: RunItem): Promise<void> {
    const state = { cancelled: false };
    this.#preparing.set(item.id, state);
    const started = monotonicUs();
    try {
      // Answers to tensor clients have no place for it.
      const inputSha256 = item.kind === 'predict' ? digestInputs(item.inputs) : undefined;
      const { feeds, outputs, warnings, geometries, undecided } = await this.#model.prepare(item);
      if (state.cancelled) throw cancelled();
      const task =
        item.kind === 'predict' && item.highlights !== undefined
          ? this.#model.explain(item, feeds, geometries, this.#copies)
          : undefined;
      const preprocessUs = monotonicUs() - started;
      this.#pending.set(item.id, { item, inputSha256, preprocessUs, warnings, geometries, undecided, task });
      const { id, rank, deadlineMs, alone } = item;
      this.#runner.add({ id, rank, deadlineMs, alone, feeds, outputs });
    } catch (thrown) {
      this.#send({ type: 'results', results: [{ id: item.id, error: toWireError(thrown) }] });
    } finally {
      this.#preparing.delete(item.id);
    }
  }

  /** An item that runs already is stopped if its run can be, and else goes on; its answer is then nobody's. */
  cancel(id: number): void {
    const preparing = this.#preparing.get(id);
    if (preparing !== undefined) preparing.cancelled = true;
    const task = this.#pending.get(id)?.task;
    if (task !== undefined) task.isLeft = true;
    if (!this.#runner.cancel(id) && task?.isPaused !== true) return;
    this.#pending.delete(id);
    this.#send({ type: 'results', results: [{ id, error: toWireError(cancelled()) }] });
  }

  /** Lets a paused item run on; one that is gone meanwhile is nobody's. */
  resume(id: number): void {
    const pending = this.#pending.get(id);
    if (pending?.task === undefined) return;
    const { feeds, outputs } = pending.task.resume();
    const { rank, deadlineMs, alone } = pending.item;
    this.#runner.add({ id, rank, deadlineMs, alone, feeds, outputs });
  }

  #onFinished(outcomes: readonly ItemOutcome[]): void {
    const results: ItemResult[] = [];
    for (const outcome of outcomes) {
      const result = this.#result(outcome);
      if (result !== undefined) results.push(result);
    }
    if (results.length > 0) this.#send({ type: 'results', results });
  }

  /** Undefined for an item that is not done: its highlights need further runs. */
  #result(outcome: ItemOutcome): ItemResult | undefined {
    const { id } = outcome;
    const pending = this.#pending.get(id) as Pending;
    this.#pending.delete(id);
    if ('error' in outcome) return { id, error: toWireError(outcome.error) };
    const started = monotonicUs();
    try {
      const { tensors } = outcome.run;
      const { item } = pending;
      if (pending.task !== undefined) return this.#explained(id, pending, pending.task, outcome.run, started);
      const answer =
        item.kind === 'predict'
          ? {
              prediction: withWarnings(
                this.#model.predict(tensors, item.outputs, pending.geometries, pending.undecided),
                pending.warnings,
              ),
            }
          : { inference: this.#model.infer(tensors, item.outputs) };
      const state = this.#model.stateAfter(tensors);
      return { id, ...answer, run: facts(pending, outcome.run, monotonicUs() - started, state) };
    } catch (thrown) {
      return { id, error: toWireError(thrown), run: facts(pending, outcome.run, monotonicUs() - started) };
    }
  }

  #explained(
    id: number,
    pending: Pending,
    task: ExplanationTask,
    run: ItemRun,
    startedUs: number,
  ): ItemResult | undefined {
    if (task.isLeft) throw cancelled();
    const { item, geometries, undecided, warnings } = pending;
    const isMore = task.take(run, () => this.#model.predict(run.tensors, item.outputs, geometries, undecided));
    if (isMore) {
      this.#pending.set(id, pending);
      this.#send({ type: 'paused', id });
      return undefined;
    }
    const { prediction, run: whole } = task.result();
    const answer = { prediction: withWarnings(prediction, warnings) };
    return { id, ...answer, run: facts(pending, whole, monotonicUs() - startedUs) };
  }
}

function cancelled(): DeepHealthError {
  return new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
}

function withWarnings(prediction: PredictionResult, warnings: readonly runtimeV1.Warning[]): PredictionResult {
  if (warnings.length === 0) return prediction;
  return { ...prediction, warnings: [...warnings, ...prediction.warnings] };
}

function facts(pending: Pending, run: ItemRun, postprocessUs: number, state?: RunFacts['state']): RunFacts {
  const { inputSha256, preprocessUs, item } = pending;
  return {
    ...(inputSha256 !== undefined && { inputSha256 }),
    queueUs: Math.max(0, run.startedAtUs - item.queuedAtUs - preprocessUs),
    timings: { preprocessUs, inferenceUs: run.inferenceUs, postprocessUs },
    batchSize: run.batchSize,
    ...(run.rows !== undefined && { rows: run.rows }),
    ...(run.steps && { steps: run.steps }),
    ...(state && { state }),
  };
}
