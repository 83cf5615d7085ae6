import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
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
}

/** Takes items in, prepares them while others run, and answers each. */
export class ItemHost {
  readonly #model: LoadedModel;
  readonly #runner: BatchRunner;
  readonly #pending = new Map<number, Pending>();
  readonly #preparing = new Map<number, { cancelled: boolean }>();
  readonly #send: (reply: HostReply) => void;

  constructor(model: LoadedModel, batching: BatchingProof, batchAxis: boolean, send: (reply: HostReply) => void) {
    this.#model = model;
    this.#send = send;
    this.#runner = new BatchRunner({
      session: model.session,
      batching,
      batchAxis,
      onStarted: (ids) => send({ type: 'started', ids }),
      onFinished: (outcomes) => send({ type: 'results', results: outcomes.map((outcome) => this.#result(outcome)) }),
    });
  }

  async take(item: RunItem): Promise<void> {
    const state = { cancelled: false };
    this.#preparing.set(item.id, state);
    const started = monotonicUs();
    try {
      // Answers to tensor clients have no place for it.
      const inputSha256 = item.kind === 'predict' ? digestInputs(item.inputs) : undefined;
      const { feeds, outputs, warnings, geometries } = await this.#model.prepare(item);
      if (state.cancelled) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
      const preprocessUs = monotonicUs() - started;
      this.#pending.set(item.id, { item, inputSha256, preprocessUs, warnings, geometries });
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
    if (!this.#runner.cancel(id)) return;
    this.#pending.delete(id);
    const error = toWireError(new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.'));
    this.#send({ type: 'results', results: [{ id, error }] });
  }

  #result(outcome: ItemOutcome): ItemResult {
    const { id } = outcome;
    const pending = this.#pending.get(id) as Pending;
    this.#pending.delete(id);
    if ('error' in outcome) return { id, error: toWireError(outcome.error) };
    const started = monotonicUs();
    try {
      const { tensors } = outcome.run;
      const { item } = pending;
      const answer =
        item.kind === 'predict'
          ? {
              prediction: withWarnings(
                this.#model.predict(tensors, item.outputs, pending.geometries),
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
