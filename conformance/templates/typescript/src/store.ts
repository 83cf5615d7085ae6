import { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelSummary } from './generated/deephealth/runtime/v1/ModelSummary.js';
import { type ModelPackage, readPackage } from './model-package.js';
import { MODELS, type Model } from './models.js';
import { notFound, precondition, Refusal } from './refusal.js';

type State = NonNullable<Extract<ModelSummary['state'], string>>;

/** One version of one model. */
export interface Version {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly model: Model;
  state: State;
  package?: ModelPackage;
  refused?: Refusal | undefined;
  readonly running: Set<Promise<unknown>>;
}

/** The versions that are served: their states, and what runs of each. Emits 'change' with a summary. */
export class Store extends EventEmitter<{ change: [ModelSummary] }> {
  readonly versions: readonly Version[];

  private constructor(folder: string) {
    super();
    this.versions = [...MODELS].flatMap(([name, model]) =>
      versionsIn(join(folder, name)).map((version): Version => {
        const state = 'MODEL_STATE_DISCOVERED';
        return { name, version, folder: join(folder, name, version), model, state, running: new Set() };
      }),
    );
  }

  /** Verifies every version that it finds. */
  static async open(folder: string): Promise<Store> {
    const store = new Store(folder);
    for (const version of store.versions) await store.verify(version);
    return store;
  }

  find(name: string, version = ''): Version {
    const named = this.versions.filter((one) => one.name === name);
    if (named.length === 0) throw notFound('MODEL_NOT_FOUND', 'No model of this name is in the store.');
    const found = named.filter((one) => version === '' || one.version === version).at(-1);
    if (found === undefined) throw notFound('MODEL_VERSION_NOT_FOUND', 'The model has no such version.');
    return found;
  }

  /** Reads the package again: READY if all is as stated, else refused; gives the reason. */
  async verify(version: Version): Promise<Refusal | undefined> {
    version.refused = undefined;
    try {
      version.package = await readPackage(version.folder);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      version.refused = thrown;
    }
    this.#enter(version, version.refused === undefined ? 'MODEL_STATE_READY' : 'MODEL_STATE_QUARANTINED');
    return version.refused;
  }

  /** Takes no new work, and lets what runs finish. */
  async unload(version: Version): Promise<void> {
    this.#enter(version, 'MODEL_STATE_DRAINING');
    await Promise.allSettled(version.running);
    this.#enter(version, 'MODEL_STATE_UNLOADED');
  }

  /** The package that a request is answered from; throws a Refusal if none is served. */
  served({ state, package: served }: Version): ModelPackage {
    if (state === 'MODEL_STATE_QUARANTINED') {
      throw precondition('MODEL_QUARANTINED', 'The version was refused; ListModels says why.');
    }
    if (state !== 'MODEL_STATE_READY' || served === undefined) {
      throw precondition('MODEL_UNLOADED', 'The version was unloaded. Load it first.');
    }
    return served;
  }

  /** Waits for a run, during which the version is not unloaded. */
  async running<T>({ running }: Version, run: Promise<T>): Promise<T> {
    running.add(run);
    return run.finally(() => running.delete(run));
  }

  summary({ name, version, state, package: served, refused }: Version): ModelSummary {
    return {
      name,
      version,
      state,
      isDefault: true,
      ...(served !== undefined && { title: served.manifest.title, packageSha256: served.sha256 }),
      ...(refused !== undefined && { stateReason: { reason: refused.reason, message: refused.message } }),
    };
  }

  #enter(version: Version, state: State): void {
    version.state = state;
    this.emit('change', this.summary(version));
  }
}

function versionsIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
