import { EventEmitter } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import type { ModelLimits } from '../lifecycle/model-limits.js';
import { ModelVersion } from '../lifecycle/model-version.js';
import type { Log } from '../log.js';
import { compareVersions, isVersion } from './compare-versions.js';

const MODEL_NAME = /^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$/;

export interface ModelStoreOptions {
  /** Folders that hold `<name>/<version>/`; earlier ones win where a version is in two. */
  readonly folders: readonly string[];
  readonly limits: ModelLimits;
  readonly log: Log;
}

/** All model versions found in the store folders. Emits 'change' with the version that changed. */
export class ModelStore extends EventEmitter<{ change: [ModelVersion] }> {
  readonly #options: ModelStoreOptions;
  readonly #models = new Map<string, Map<string, ModelVersion>>();

  constructor(options: ModelStoreOptions) {
    super();
    // One listener per open WatchModels call.
    this.setMaxListeners(0);
    this.#options = options;
  }

  /** Looks for versions; ones already known stay as they are. Throws DH_STORE_UNREADABLE. */
  async scan(): Promise<void> {
    for (const folder of this.#options.folders) {
      for (const name of await subfolders(folder)) {
        if (!MODEL_NAME.test(name)) continue;
        for (const version of await subfolders(join(folder, name))) {
          if (isVersion(version)) this.#add(name, version, join(folder, name, version));
        }
      }
    }
  }

  #add(name: string, version: string, folder: string): void {
    const versions = this.#models.get(name) ?? new Map<string, ModelVersion>();
    this.#models.set(name, versions);
    if (versions.has(version)) return;
    const { limits, log } = this.#options;
    const model = new ModelVersion({ name, version, folder, limits, log });
    model.on('change', () => this.emit('change', model));
    versions.set(version, model);
  }

  /** Every version, by name, then newest first. */
  all(): ModelVersion[] {
    return [...this.#models.keys()].sort().flatMap((name) => this.versions(name));
  }

  /** Versions of one model, newest first; empty for an unknown name. */
  versions(name: string): ModelVersion[] {
    return [...(this.#models.get(name)?.values() ?? [])].sort((a, b) => compareVersions(b.version, a.version));
  }

  /**
   * The version asked for, or the default one if `version` is empty.
   * Throws DH_MODEL_NOT_FOUND or DH_MODEL_VERSION_NOT_FOUND.
   */
  find(name: string, version: string): ModelVersion {
    const versions = this.versions(name);
    if (versions.length === 0) {
      throw new DeepHealthError('DH_MODEL_NOT_FOUND', `No model "${shorten(name)}" is in the store.`, {
        details: { model: shorten(name) },
      });
    }
    const found = version === '' ? this.defaultVersion(name) : versions.find((v) => v.version === version);
    if (found === undefined) {
      throw new DeepHealthError(
        'DH_MODEL_VERSION_NOT_FOUND',
        `Model "${name}" has no version "${shorten(version)}". It has: ${versions.map((v) => v.version).join(', ')}.`,
        {
          details: { model: name, version: shorten(version), expected: versions.map((v) => v.version).join(', ') },
        },
      );
    }
    return found;
  }

  /** The newest version that serves, else the newest; provenance always says which one answered. */
  defaultVersion(name: string): ModelVersion | undefined {
    const versions = this.versions(name);
    const isServing = (v: ModelVersion) => v.state === 'READY' || (v.state === 'VERIFYING' && v.loaded !== undefined);
    return versions.find(isServing) ?? versions[0];
  }

  /** Verifies all versions, at most `parallel` at a time. */
  async verifyAll(parallel: number): Promise<void> {
    const waiting = this.all().filter((model) => model.state === 'DISCOVERED');
    const worker = async () => {
      for (let model = waiting.shift(); model !== undefined; model = waiting.shift()) await model.verify();
    };
    await Promise.all(Array.from({ length: parallel }, worker));
  }

  /** Drains and frees every version. */
  async close(graceMs: number): Promise<void> {
    await Promise.all(this.all().map((model) => model.unload(graceMs)));
  }
}

async function subfolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (cause) {
    throw new DeepHealthError(
      'DH_STORE_UNREADABLE',
      'A model store folder is not there or cannot be read. Check the setting "models".',
      { cause },
    );
  }
}
