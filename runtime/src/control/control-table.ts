import type { ControlFile } from './control-file.js';
import type { ControlState, RolloutPlan, SetPlan, Suspension } from './control-state.js';

/** What the store and its versions ask of control. */
export interface ControlView {
  /** Why a version answers nobody; undefined if it may. */
  suspensionOf(model: string, version: string): Suspension | undefined;
  /** The rollout of a model; undefined for none. */
  rolloutOf(model: string): RolloutPlan | undefined;
}

/** A server that nobody controls. */
export const UNCONTROLLED: ControlView = { suspensionOf: () => undefined, rolloutOf: () => undefined };

const keyOf = (model: string, version: string) => `${model} ${version}`;

/**
 * Suspensions and rollouts as they hold now, and their file. What stops a model holds at once and is written then;
 * what releases one is written first, and holds once that is done.
 */
export class ControlTable implements ControlView {
  readonly #file: ControlFile;
  readonly #configured: Readonly<Record<string, RolloutPlan>>;
  readonly #suspensions = new Map<string, Suspension>();
  readonly #rollouts = new Map<string, SetPlan>();
  /** Suspensions whose end is being written. */
  readonly #ending = new Set<Suspension>();
  /** Changes of the file, one after the other. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(file: ControlFile, state: ControlState, configured: Readonly<Record<string, RolloutPlan>>) {
    this.#file = file;
    this.#configured = configured;
    for (const one of state.suspensions) this.#suspensions.set(keyOf(one.model, one.version), one);
    for (const [model, plan] of Object.entries(state.rollouts)) this.#rollouts.set(model, plan);
  }

  /**
   * @param configured rollouts of the configuration, by model name; one that was set by a call wins
   * @throws DH_CONTROL_STATE_INVALID
   */
  static async open(file: ControlFile, configured: Readonly<Record<string, RolloutPlan>> = {}): Promise<ControlTable> {
    return new ControlTable(file, await file.read(), configured);
  }

  get suspensions(): readonly Suspension[] {
    return [...this.#suspensions.values()];
  }

  suspensionOf(model: string, version: string): Suspension | undefined {
    // Asked for every request.
    if (this.#suspensions.size === 0) return undefined;
    return this.#suspensions.get(keyOf(model, '')) ?? this.#suspensions.get(keyOf(model, version));
  }

  /** The very entry, not one that covers it. */
  suspension(model: string, version: string): Suspension | undefined {
    return this.#suspensions.get(keyOf(model, version));
  }

  rolloutOf(model: string): RolloutPlan | undefined {
    return this.#rollouts.get(model) ?? this.#configured[model];
  }

  /** Who has set the rollout of a model; undefined for one of the configuration. */
  setOf(model: string): SetPlan | undefined {
    return this.#rollouts.get(model);
  }

  /** Models that have a rollout, or were told to have none. */
  get rolloutModels(): readonly string[] {
    return [...new Set([...Object.keys(this.#configured), ...this.#rollouts.keys()])].sort();
  }

  /**
   * Holds before this returns; the promise says when it is on the disk. One that is there already stays as it is,
   * unless it is just being ended: then this one takes its place, and outlives that end.
   * Rejects with DH_CONTROL_STATE_NOT_WRITTEN.
   */
  suspend(suspension: Suspension): Promise<void> {
    const key = keyOf(suspension.model, suspension.version);
    const held = this.#suspensions.get(key);
    if (held === undefined || this.#ending.has(held)) this.#suspensions.set(key, suspension);
    return this.#write(() => undefined);
  }

  /** Ends suspensions once that is on the disk. Rejects with DH_CONTROL_STATE_NOT_WRITTEN. */
  resume(suspensions: readonly Suspension[]): Promise<void> {
    const ended = suspensions.flatMap(({ model, version }) => this.suspension(model, version) ?? []);
    for (const one of ended) this.#ending.add(one);
    return this.#write(({ suspended }) => {
      for (const one of ended) {
        const key = keyOf(one.model, one.version);
        // One that has taken its place meanwhile is another one.
        if (suspended.get(key) === one) suspended.delete(key);
      }
    }).finally(() => {
      for (const one of ended) this.#ending.delete(one);
    });
  }

  /** Sets a rollout, or with `undefined` leaves it to the configuration again, once that is on the disk. */
  setRollout(model: string, plan: SetPlan | undefined): Promise<void> {
    return this.#write(({ rollouts }) => {
      if (plan === undefined) rollouts.delete(model);
      else rollouts.set(model, plan);
    });
  }

  #write(change: (tables: { suspended: Map<string, Suspension>; rollouts: Map<string, SetPlan> }) => void) {
    const written = this.#writing.then(async () => {
      const next = { suspended: new Map(this.#suspensions), rollouts: new Map(this.#rollouts) };
      change(next);
      const rollouts = Object.fromEntries(next.rollouts);
      await this.#file.write({ suspensions: [...next.suspended.values()], rollouts });
      // A suspension that came meanwhile stands in the tables, and not in what was written.
      change({ suspended: this.#suspensions, rollouts: this.#rollouts });
    });
    this.#writing = written.catch(() => undefined);
    return written;
  }
}
