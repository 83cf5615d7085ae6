import type { runtimeV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError, type RawTensor } from '@deephealth/sdk';
import type { Harness } from '../harness/harness.js';
import type { Fault } from '../harness/harness-protocol.js';
import { ReferenceRuntime } from './reference-runtime.js';
import type { ServedModel } from './served-model.js';

export type FaultyRuntime = typeof FaultyReference;

/** The reference with places where a fault can be put, each behaviour again a method for a mutant to change. */
export class FaultyReference extends ReferenceRuntime {
  readonly #unreadable = new Set<string>();
  readonly #refused = new Map<ServedModel, DeepHealthError>();
  readonly #running = new Map<string, Set<(lost: DeepHealthError) => void>>();
  readonly #stalledUntilMs = new Map<string, number>();
  readonly #failing = new Set<string>();

  inject({ kind, model, milliseconds = 0 }: Fault): boolean {
    switch (kind) {
      case 'storeReadError':
        this.#unreadable.add(model);
        return true;
      case 'hostLost':
        this.loseHost(model);
        return true;
      case 'hostStalled':
        this.#stalledUntilMs.set(model, Date.now() + milliseconds);
        return true;
      case 'runError':
        this.#failing.add(model);
        return true;
      default:
        return false;
    }
  }

  /** The state after the start. */
  reset(): void {
    for (const served of this.models) {
      served.refusal = this.findRefusal(served);
      served.state = this.firstState(served);
    }
    for (const set of [this.#unreadable, this.#refused, this.#stalledUntilMs, this.#failing]) set.clear();
  }

  /** All that runs of the model is lost; a host in its place is there at once. */
  loseHost(model: string): void {
    const lost = new DeepHealthError('DH_MODEL_HOST_LOST', 'The host of the model ended during the request.');
    for (const reject of this.#running.get(model) ?? []) reject(lost);
  }

  /** Reads the package, as for each verification. */
  readPackage({ model }: ServedModel): void {
    if (!this.#unreadable.has(model.name)) return;
    throw new DeepHealthError('DH_PACKAGE_FILE_MISSING', 'A file of the package cannot be read.');
  }

  refuse(served: ServedModel, reason: DeepHealthError): void {
    served.state = 'MODEL_STATE_QUARANTINED';
    this.#refused.set(served, reason);
  }

  override summary(served: ServedModel): runtimeV1.ModelSummary {
    const refused = this.#refused.get(served);
    const stateReason = refused && { reason: refused.reason, message: refused.message };
    return { ...super.summary(served), ...(stateReason && { stateReason }) };
  }

  override async load(name: string, version: string): Promise<runtimeV1.ModelSummary> {
    const served = this.find(name, version);
    try {
      this.readPackage(served);
    } catch (unreadable) {
      this.refuse(served, DeepHealthError.from(unreadable));
      throw unreadable;
    }
    this.#refused.delete(served);
    return super.load(name, version);
  }

  override async verify(name: string, version: string): Promise<runtimeV1.VerifyModelResponse> {
    const served = this.find(name, version);
    try {
      this.readPackage(served);
    } catch (unreadable) {
      const { message } = DeepHealthError.from(unreadable);
      this.refuse(served, DeepHealthError.from(unreadable));
      return {
        model: this.summary(served),
        report: { checks: [{ name: 'package', status: 'CHECK_STATUS_FAILED', message }] },
      };
    }
    return super.verify(name, version);
  }

  override async run(served: ServedModel, inputs: Record<string, RawTensor>, context: CallContext) {
    const { name } = served.model;
    if (this.#failing.delete(name)) {
      throw new DeepHealthError('DH_MODEL_RUN_FAILED', 'The engine failed to run the graph.');
    }
    const running = this.#running.get(name) ?? new Set();
    this.#running.set(name, running);
    let reject: (lost: DeepHealthError) => void = () => undefined;
    const lost = new Promise<never>((_, rejectLost) => {
      reject = rejectLost;
    });
    running.add(reject);
    try {
      return await Promise.race([lost, this.runWhole(served, inputs, context)]);
    } finally {
      running.delete(reject);
    }
  }

  /** A run in its host, once that makes progress. */
  async runWhole(served: ServedModel, inputs: Record<string, RawTensor>, context: CallContext) {
    await this.wait(this.stallMs(served.model.name), context.signal);
    return super.run(served, inputs, context);
  }

  /** How long the model's host makes no progress yet, in ms. */
  stallMs(model: string): number {
    return Math.max(0, (this.#stalledUntilMs.get(model) ?? 0) - Date.now());
  }
}

/** Steers a reference of this very process. */
export function harnessOf(runtime: FaultyReference, address: string): Harness {
  return {
    address,
    inject: async (fault) => runtime.inject(fault),
    reset: async () => runtime.reset(),
    stop: async () => undefined,
  };
}
