import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { CHECKSUMS_FILE, DeepHealthError, parseChecksums, sha256 } from '@deephealth/sdk';
import { sentInputs } from '../models/stateful.js';
import type { WrittenModel } from '../models/write-models.js';
import { describeInput, describeOutput } from './describe-model.js';
import { brokenModels, type Refusal, refused, type ServedModel, type State, toServed } from './served-model.js';

/** The models of the reference: which there are, in which states, what was refused, and who watches. */
export class ReferenceStore {
  readonly models: ServedModel[];

  readonly #watchers = new Set<(changed: ServedModel) => void>();

  constructor(written: readonly WrittenModel[]) {
    this.models = written.map((model) => toServed(model));
    const [some] = this.models;
    if (some !== undefined) this.models.push(...brokenModels(some));
    for (const served of this.models) {
      served.refusal ??= this.findRefusal(served);
      served.state = this.firstState(served);
    }
  }

  /** A package that was refused is never served. */
  firstState({ refusal }: ServedModel): State {
    return refusal === undefined ? 'MODEL_STATE_READY' : 'MODEL_STATE_QUARANTINED';
  }

  /** What was found wrong with the files of a version; undefined if they are what their digests say. */
  findRefusal({ folder, isBroken, refusal, model }: ServedModel): Refusal | undefined {
    if (model.refused !== undefined) {
      return { reason: model.refused, message: 'The graph does not reproduce a golden case of its package.' };
    }
    if (isBroken) return refusal;
    if (!existsSync(folder)) return { reason: 'PACKAGE_FILE_MISSING', message: 'The package is not there.' };
    const sums = parseChecksums(readFileSync(join(folder, CHECKSUMS_FILE), 'utf8'));
    for (const [path, digest] of sums) {
      if (sha256(readFileSync(join(folder, path))) !== digest) {
        return {
          reason: 'FILE_DIGEST_MISMATCH',
          message: `File "${path}" is not the one that ${CHECKSUMS_FILE} states.`,
        };
      }
    }
    return undefined;
  }

  list(name: string): ServedModel[] {
    return this.models.filter(({ model }) => name === '' || model.name === name);
  }

  find(name: string, version: string): ServedModel {
    const named = this.models.filter(({ model }) => model.name === name);
    if (named.length === 0) throw new DeepHealthError('DH_MODEL_NOT_FOUND', 'There is no model of this name.');
    const found = version === '' ? this.newest(name) : named.find(({ model }) => model.version === version);
    if (found === undefined) throw new DeepHealthError('DH_MODEL_VERSION_NOT_FOUND', 'There is no such version.');
    return found;
  }

  /** The version that a request without one gets. */
  newest(name: string): ServedModel | undefined {
    return this.models.filter(({ model }) => model.name === name).at(-1);
  }

  summary(served: ServedModel): runtimeV1.ModelSummary {
    const { model, packageSha256, state } = served;
    const { name, version, title } = model;
    const isDefault = this.newest(name) === served && served.refusal === undefined;
    return { name, version, title, packageSha256, state, isDefault, stateReason: this.stateReason(served) };
  }

  /** Why a version is refused. */
  stateReason({ refusal }: ServedModel): runtimeV1.StateReason | null {
    return refusal === undefined ? null : { ...refusal };
  }

  descriptor(served: ServedModel): runtimeV1.ModelDescriptor {
    const { manifest, model, onnxSha256 } = served;
    const tensor = ({ name, dataType, shape }: (typeof model.graph.inputs)[number]): runtimeV1.TensorDescriptor => ({
      name,
      dataType: `DATA_TYPE_${dataType}` as never,
      shape: [...shape],
    });
    return {
      summary: this.summary(served),
      intendedUse: manifest.intendedUse,
      limitations: [...manifest.limitations],
      license: manifest.license,
      researchUseOnly: manifest.researchUseOnly,
      inputs: manifest.inputs.map(describeInput),
      outputs: manifest.outputs.map(describeOutput),
      tensorInputs: sentInputs(model).map(tensor),
      tensorOutputs: model.graph.outputs.map(tensor),
      onnxSha256,
      executionProviders: ['cpu'],
      provenBatchSize: 1,
      manifestJson: JSON.stringify(manifest),
      isStateful: model.state !== undefined,
    };
  }

  /** Puts a version into a state, and tells who watches. */
  enter(served: ServedModel, state: State): void {
    served.state = state;
    for (const tell of this.#watchers) tell(served);
  }

  /** Calls `tell` for every change, until what it gives back is called. */
  watch(tell: (changed: ServedModel) => void): () => void {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }

  /** Whether who watches `name`, or all if it is empty, hears of this version. */
  isWatched(name: string, changed: ServedModel): boolean {
    return name === '' || changed.model.name === name;
  }

  /** First messages of WatchModels. */
  snapshot(name: string, isListed: (model: string) => boolean = () => true): runtimeV1.WatchModelsResponse[] {
    const shown = this.list(name).filter(({ model }) => isListed(model.name));
    if (shown.length === 0) return [{ isSnapshotComplete: true }];
    return shown.map((served, index) => ({
      model: this.summary(served),
      isSnapshotComplete: index === shown.length - 1,
    }));
  }

  /** Resolves when everything that runs has been answered, for a server that stops. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.models.flatMap(({ running }) => [...running]));
  }

  async load(name: string, version: string): Promise<runtimeV1.ModelSummary> {
    const served = this.find(name, version);
    if (served.state !== 'MODEL_STATE_READY') this.judge(served);
    this.refuseWhatFails(served);
    if (served.state !== 'MODEL_STATE_READY') this.enter(served, 'MODEL_STATE_READY');
    return this.summary(served);
  }

  refuseWhatFails({ refusal }: ServedModel): void {
    if (refusal !== undefined) throw refused(refusal);
  }

  /** READY if its files are what their digests say, else quarantined. */
  judge(served: ServedModel): void {
    served.refusal = this.findRefusal(served);
    this.enter(served, served.refusal === undefined ? 'MODEL_STATE_READY' : 'MODEL_STATE_QUARANTINED');
  }

  /** Takes no new work, and ends what runs. A load that comes meanwhile ends it. */
  async unload(name: string, version: string): Promise<runtimeV1.ModelSummary> {
    const served = this.find(name, version);
    this.enter(served, 'MODEL_STATE_DRAINING');
    await this.drained(served);
    if (served.state === 'MODEL_STATE_DRAINING') {
      this.forgetStates(served);
      this.enter(served, 'MODEL_STATE_UNLOADED');
    }
    return this.summary(served);
  }

  forgetStates({ sequences }: ServedModel): void {
    sequences.loseAll();
  }

  /** Resolves when what runs on a version has ended. */
  async drained(served: ServedModel): Promise<void> {
    await Promise.allSettled(served.running);
  }

  async verify(name: string, version: string): Promise<runtimeV1.VerifyModelResponse> {
    const served = this.find(name, version);
    if (served.state === 'MODEL_STATE_UNLOADED')
      throw new DeepHealthError('DH_MODEL_UNLOADED', 'The version was unloaded.');
    served.refusal = this.findRefusal(served);
    if (served.refusal !== undefined) this.enter(served, 'MODEL_STATE_QUARANTINED');
    const { refusal } = served;
    const isFailed = refusal !== undefined;
    const check = {
      name: isFailed ? 'package' : 'golden',
      status: isFailed ? 'CHECK_STATUS_FAILED' : 'CHECK_STATUS_PASSED',
      message: refusal?.message ?? '',
    } as const;
    return {
      model: this.summary(served),
      report: { checks: [check], goldenCases: isFailed ? 0 : served.model.golden.length, worstGoldenError: 0 },
    };
  }
}
