import { EventEmitter } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import { isForCandidate, type RequestMark } from '../control/choose-version.js';
import { type ControlView, UNCONTROLLED } from '../control/control-table.js';
import type { RoutedRequest } from '../control/route-request.js';
import type { Isolation } from '../isolation/isolation.js';
import type { ModelLimits } from '../lifecycle/model-limits.js';
import { ModelVersion } from '../lifecycle/model-version.js';
import type { RunBudget } from '../lifecycle/run-budget.js';
import type { RunObserver } from '../lifecycle/run-observer.js';
import type { Log } from '../log.js';
import type { RemoteTarget } from '../remote/remote-target.js';
import type { TrustGuard } from '../trust/trust-guard.js';
import { compareVersions, isVersion } from './compare-versions.js';
import { packageFingerprint, withPackageDigest } from './package-fingerprint.js';
import { eligible, superseded, type VersionPolicy } from './version-policy.js';

const MODEL_NAME = /^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$/;
// A version that a newer one replaces finishes what it has; every request has a deadline before this.
const SWAP_DRAIN_MS = 300_000;

/** What an operator may set for one model by its name. */
export interface ModelSettings {
  readonly versionPolicy?: VersionPolicy;
  readonly limits?: Partial<ModelLimits>;
}

export interface ModelStoreOptions {
  /** Folders that hold `<name>/<version>/`; earlier ones win where a version is in two. */
  readonly folders: readonly string[];
  readonly limits: ModelLimits;
  readonly budget: RunBudget;
  readonly observer: RunObserver;
  readonly log: Log;
  /** What hosts are kept from; left out for nothing. */
  readonly isolation?: Isolation;
  /** Default: all. */
  readonly versionPolicy?: VersionPolicy;
  readonly modelSettings?: Readonly<Record<string, ModelSettings>>;
  /** Where graphs run that other inference servers run, by model name. */
  readonly remotes?: Readonly<Record<string, RemoteTarget>>;
  /** Time that an unloaded version has for what it runs, in ms. */
  readonly drainGraceMs: number;
  /** Whose packages are served; default anybody's. */
  readonly trust?: TrustGuard;
  /** Suspensions and rollouts; default none. */
  readonly control?: ControlView;
}

/** All model versions found in the store folders. Emits 'change' with the version that changed. */
export class ModelStore extends EventEmitter<{ change: [ModelVersion]; removed: [ModelVersion] }> {
  readonly #options: ModelStoreOptions;
  readonly #models = new Map<string, Map<string, ModelVersion>>();
  /** Versions that the policy has unloaded, as others serve in their place. */
  readonly #madeWay = new WeakSet<ModelVersion>();
  /** What each version's files were when they were looked at last, by folder. */
  readonly #fingerprints = new Map<string, { seen: string; loaded: string }>();
  /** Versions whose folder is gone, and which finish what they have. */
  readonly #leaving = new Set<ModelVersion>();
  readonly #chosen = new WeakMap<ModelVersion, number>();
  #isClosed = false;

  constructor(options: ModelStoreOptions) {
    super();
    // One listener per open WatchModels call.
    this.setMaxListeners(0);
    this.#options = options;
  }

  /** Looks for versions; ones already known stay as they are. Throws DH_STORE_UNREADABLE. */
  async scan(): Promise<void> {
    for (const { name, version, folder } of await this.#list()) this.#add(name, version, folder);
  }

  async #list(): Promise<{ name: string; version: string; folder: string }[]> {
    const found: { name: string; version: string; folder: string }[] = [];
    for (const folder of this.#options.folders) {
      for (const name of await subfolders(folder)) {
        if (!MODEL_NAME.test(name)) continue;
        for (const version of await subfolders(join(folder, name))) {
          if (isVersion(version)) found.push({ name, version, folder: join(folder, name, version) });
        }
      }
    }
    return found;
  }

  #add(name: string, version: string, folder: string): void {
    const versions = this.#models.get(name) ?? new Map<string, ModelVersion>();
    this.#models.set(name, versions);
    if (versions.has(version) || this.#isClosed) return;
    const { limits, log, budget, observer, modelSettings, remotes, isolation, trust, control } = this.#options;
    const model = new ModelVersion({
      name,
      version,
      folder,
      limits: { ...limits, ...modelSettings?.[name]?.limits },
      budget,
      observer,
      log,
      isolation,
      remote: remotes?.[name],
      trust,
      control,
    });
    model.on('change', () => this.emit('change', model));
    versions.set(version, model);
  }

  /** Every version, by name, then newest first. */
  all(): ModelVersion[] {
    return [...this.#models.keys()].sort().flatMap((name) => this.versions(name));
  }

  names(): string[] {
    return [...this.#models.keys()].sort();
  }

  /** Versions of one model, newest first; empty for an unknown name. */
  versions(name: string): ModelVersion[] {
    return [...(this.#models.get(name)?.values() ?? [])].sort((a, b) => compareVersions(b.version, a.version));
  }

  versionPolicy(name: string): VersionPolicy {
    return this.#options.modelSettings?.[name]?.versionPolicy ?? this.#options.versionPolicy ?? 'all';
  }

  /**
   * The version asked for, or the default one if `version` is empty.
   * Throws DH_MODEL_NOT_FOUND or DH_MODEL_VERSION_NOT_FOUND.
   */
  find(name: string, version: string): ModelVersion {
    const versions = this.#models.get(name);
    if (versions === undefined || versions.size === 0) {
      throw new DeepHealthError('DH_MODEL_NOT_FOUND', `No model "${shorten(name)}" is in the store.`, {
        details: { model: shorten(name) },
      });
    }
    const found = version === '' ? this.defaultVersion(name) : versions.get(version);
    if (found === undefined) {
      const known = this.versions(name).map((v) => v.version);
      throw new DeepHealthError(
        'DH_MODEL_VERSION_NOT_FOUND',
        `Model "${name}" has no version "${shorten(version)}". It has: ${known.join(', ')}.`,
        {
          details: { model: name, version: shorten(version), expected: known.join(', ') },
        },
      );
    }
    return found;
  }

  /**
   * The newest version that serves, else the newest; provenance always says which one answered. Versions on trial
   * are left out: only a rollout gives them requests.
   */
  defaultVersion(name: string): ModelVersion | undefined {
    const versions = this.versions(name).filter((model) => !this.#isOnTrial(model));
    return versions.find(({ canAnswer }) => canAnswer) ?? versions[0];
  }

  /** The version that answers a request which names none: a rollout's candidate if it serves, else the default. */
  choose(name: string, mark: RequestMark): RoutedRequest<ModelVersion> {
    const plan = this.#control.rolloutOf(name);
    if (plan?.candidate !== undefined && isForCandidate(name, plan, mark)) {
      const candidate = this.#models.get(name)?.get(plan.candidate.version);
      if (candidate?.canAnswer === true) {
        this.#chosen.set(candidate, this.chosenRequests(candidate) + 1);
        return { model: candidate, byRollout: true };
      }
    }
    return { model: this.find(name, ''), byRollout: false };
  }

  /** Requests that rollouts have given to a version since the server started. */
  chosenRequests(model: ModelVersion): number {
    return this.#chosen.get(model) ?? 0;
  }

  isCandidate(name: string, version: string): boolean {
    return this.#control.rolloutOf(name)?.candidate?.version === version;
  }

  /** A candidate, or a version in the shadow. */
  #isOnTrial({ name, version }: ModelVersion): boolean {
    const plan = this.#control.rolloutOf(name);
    return plan?.candidate?.version === version || plan?.shadow?.version === version;
  }

  /** Versions whose number the policy limits. */
  #counted(name: string): ModelVersion[] {
    return this.versions(name).filter((model) => !this.#isOnTrial(model));
  }

  get #control(): ControlView {
    return this.#options.control ?? UNCONTROLLED;
  }

  /** The trusted keys, or the time, have changed. */
  recheckTrust(): void {
    for (const model of [...this.all(), ...this.#leaving]) model.recheckTrust();
  }

  /** Loads what the version policies allow of the given models (default: all), at most `parallel` at a time. */
  async verifyAll(parallel: number, names: readonly string[] = this.names()): Promise<void> {
    const waiting = names.flatMap((name) => {
      const policy = this.versionPolicy(name);
      const versions = eligible(this.versions(name), policy).filter((model) => model.state === 'DISCOVERED');
      // Under "latest", an older version is only needed where a newer one is refused.
      return policy !== 'all' && 'latest' in policy
        ? [() => this.#loadLatest(name)]
        : versions.map((m) => () => m.verify());
    });
    const worker = async () => {
      for (let load = waiting.shift(); load !== undefined && !this.#isClosed; load = waiting.shift()) await load();
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    for (const model of this.all()) await this.#remember(model);
  }

  /** Verifies the newest versions until as many serve as the policy says, then retires older ones. */
  async #loadLatest(name: string): Promise<void> {
    const policy = this.versionPolicy(name);
    const wanted = policy !== 'all' && 'latest' in policy ? policy.latest : Number.POSITIVE_INFINITY;
    let serving = 0;
    for (const model of eligible(this.versions(name), policy)) {
      if (this.#isClosed) break;
      if (this.#isOnTrial(model)) {
        if (model.state === 'DISCOVERED') await model.verify();
        continue;
      }
      if (serving >= wanted) continue;
      // One that made way for a newer version comes back when that is gone.
      const madeWay = ['DRAINING', 'UNLOADED'].includes(model.state) && this.#madeWay.has(model);
      if (model.state === 'DISCOVERED' || madeWay) await model.verify({ endsUnload: true });
      if (model.state === 'READY') serving += 1;
    }
    this.#retireSuperseded(name);
  }

  #retireSuperseded(name: string): void {
    for (const model of superseded(this.#counted(name), this.versionPolicy(name))) {
      this.#madeWay.add(model);
      void model.unload(SWAP_DRAIN_MS, 'serve');
    }
  }

  /**
   * Verifies and starts a version; if `version` is empty, all that the policy wants served, of which
   * the newest is the result. A package whose files were changed since is verified anew. Concurrent
   * calls share one load. Throws DH_MODEL_NOT_FOUND, DH_MODEL_VERSION_NOT_FOUND,
   * DH_VERSION_EXCLUDED, or why the version was refused; one that serves goes on if newer files of
   * it are refused.
   */
  async load(name: string, version: string): Promise<ModelVersion> {
    await this.scan();
    const policy = this.versionPolicy(name);
    const wanted = eligible(this.versions(name), policy);
    const model = version === '' && wanted[0] !== undefined ? wanted[0] : this.find(name, version);
    this.#assertAllowed(model);
    await this.#loadOne(model);
    if (version === '') {
      const count = typeof policy === 'object' && 'latest' in policy ? policy.latest : wanted.length;
      for (const other of wanted.slice(1, count)) if (other.state !== 'READY') await other.verify({ endsUnload: true });
    }
    this.#retireSuperseded(name);
    return model;
  }

  async #loadOne(model: ModelVersion): Promise<void> {
    if (model.state !== 'READY') await model.verify({ endsUnload: true });
    else if (await this.#isChanged(model)) await model.verify({ keepServing: true });
    await this.#remember(model);
    const refusal = model.reason ?? model.notice;
    if (refusal !== undefined) throw refusal;
    // Unloaded again while it was being verified.
    model.assertServing();
  }

  /** Throws DH_VERSION_EXCLUDED for a version that the policy would unload as soon as it serves. */
  #assertAllowed(model: ModelVersion): void {
    const { name, version } = model;
    const policy = this.versionPolicy(name);
    if (policy === 'all' || this.#isOnTrial(model)) return;
    const newer = this.versions(name).filter(
      (other) => other.state === 'READY' && compareVersions(other.version, version) > 0,
    );
    const isAllowed = 'latest' in policy ? newer.length < policy.latest : policy.specific.includes(version);
    if (isAllowed) return;
    const expected = 'latest' in policy ? `the latest ${policy.latest}` : policy.specific.join(', ');
    throw new DeepHealthError(
      'DH_VERSION_EXCLUDED',
      `The version policy of model "${name}" serves ${expected}, and not ${version}. Change "versionPolicy", or unload the newer versions first.`,
      { details: { model: name, version, expected } },
    );
  }

  /** Unloads a version, or all versions of a model if `version` is empty. */
  async unload(name: string, version: string): Promise<ModelVersion> {
    const model = this.find(name, version);
    const models = version === '' ? this.versions(name) : [model];
    for (const one of models) this.#madeWay.delete(one);
    await Promise.all(models.map((one) => one.unload(this.#options.drainGraceMs)));
    return model;
  }

  /**
   * Looks at the folders again: new versions are loaded, changed packages verified and swapped,
   * versions whose folder is gone unloaded. Files that are still being written are left alone: a
   * package counts as changed once its sums are the same at two looks.
   */
  async poll(): Promise<void> {
    const found = await this.#list();
    const known = new Set(this.all().map((model) => model.folder));
    const there = new Set(found.map(({ folder }) => folder));
    const settled = new Set<string>();
    for (const model of this.all()) {
      if (there.has(model.folder)) continue;
      this.#remove(model);
      settled.add(model.name);
    }
    for (const { name, version, folder } of found) {
      const fingerprint = await packageFingerprint(folder);
      const last = this.#fingerprints.get(folder);
      this.#fingerprints.set(folder, { seen: fingerprint, loaded: last?.loaded ?? '' });
      if (fingerprint === '' || last?.seen !== fingerprint || last.loaded === fingerprint) continue;
      this.#fingerprints.set(folder, { seen: fingerprint, loaded: fingerprint });
      if (!known.has(folder)) this.#add(name, version, folder);
      const model = this.#models.get(name)?.get(version);
      if (model?.folder !== folder) continue;
      if (model.state === 'READY') await model.verify({ keepServing: true });
      else if (model.state === 'QUARANTINED') await model.verify();
      settled.add(name);
    }
    for (const name of settled) {
      const policy = this.versionPolicy(name);
      if (policy === 'all' || 'specific' in policy) {
        for (const model of eligible(this.versions(name), policy))
          if (model.state === 'DISCOVERED') await model.verify();
        this.#retireSuperseded(name);
      } else {
        await this.#loadLatest(name);
      }
    }
  }

  #remove(model: ModelVersion): void {
    this.#fingerprints.delete(model.folder);
    const versions = this.#models.get(model.name);
    versions?.delete(model.version);
    if (versions?.size === 0) this.#models.delete(model.name);
    this.#leaving.add(model);
    void model.unload(SWAP_DRAIN_MS, 'serve').then(() => {
      this.#leaving.delete(model);
      this.emit('removed', model);
    });
  }

  async #isChanged(model: ModelVersion): Promise<boolean> {
    const fingerprint = await packageFingerprint(model.folder);
    return fingerprint !== this.#fingerprints.get(model.folder)?.loaded;
  }

  async #remember(model: ModelVersion): Promise<void> {
    const fingerprint = await packageFingerprint(model.folder);
    // Files may have changed since the ones that serve were read; of refused ones, no digest may be known.
    const verified = model.notice === undefined ? model.packageSha256 : '';
    const known = verified === '' ? fingerprint : withPackageDigest(verified, fingerprint);
    const loaded = model.state === 'DISCOVERED' ? '' : known;
    this.#fingerprints.set(model.folder, { seen: fingerprint, loaded });
  }

  /** Drains and frees every version: `serve` lets what waits be answered, too. */
  async close(graceMs: number, waiting: 'reject' | 'serve' = 'serve'): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.all(), ...this.#leaving].map((model) => model.unload(graceMs, waiting, 'stopping')));
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
