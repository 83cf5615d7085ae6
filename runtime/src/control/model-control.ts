import { setImmediate as turn } from 'node:timers/promises';
import { type Caller, DeepHealthError, maySeeModel, type Permission } from '@deephealth/sdk';
import { assertAllowed, type OnDenied } from '../access/assert-allowed.js';
import { shorten } from '../admission/admit-request.js';
import type { ModelStore } from '../store/model-store.js';
import type { RolloutPlan, Suspension, TrialShare } from './control-state.js';
import type { ControlTable } from './control-table.js';

/** What somebody did with a model, for a record. */
interface ControlEvent {
  readonly caller: Caller;
  readonly action: 'suspend' | 'resume' | 'rollout';
  readonly model: string;
  readonly version?: string;
  readonly reason?: string;
}

export interface ModelControlOptions {
  readonly store: ModelStore;
  readonly table: ControlTable;
  /** Hears of every change once it holds and is on the disk. A rejection fails the call. */
  readonly onControl?: ((event: ControlEvent) => void | Promise<void>) | undefined;
  readonly onDenied?: OnDenied | undefined;
}

const REASON = /^[^\p{Cc}]{1,500}$/u;

/** Stops and releases models and sets rollouts, for callers who may. */
export class ModelControl {
  readonly #options: ModelControlOptions;

  constructor(options: ModelControlOptions) {
    this.#options = options;
  }

  /**
   * Stops a version, or with an empty `version` all of them, those to come included. From before this awaits anything
   * the model answers nobody; the promise resolves when that is on the disk, too.
   *
   * @throws DH_PERMISSION_DENIED, DH_MODEL_NOT_FOUND, DH_MODEL_VERSION_NOT_FOUND, DH_REQUEST_MALFORMED,
   * DH_CONTROL_STATE_NOT_WRITTEN, after which the model is stopped all the same
   */
  async suspend(caller: Caller, model: string, version: string, reason: string): Promise<Suspension> {
    const { store, table } = this.#options;
    this.#assertKnown(caller, 'models.suspend', model);
    if (version !== '') store.find(model, version);
    checkReason(reason);
    const own = { model, version, reason, subject: caller.subject, sinceMs: Date.now() };
    const written = table.suspend(own);
    for (const one of store.versions(model)) {
      if (version === '' || one.version === version) one.onSuspended();
    }
    await written;
    // Answers that were on their way through the server when it began have met the check at its door by now.
    await turn();
    await this.#tell({ caller, action: 'suspend', model, reason, ...(version !== '' && { version }) });
    // Not there if somebody has ended it meanwhile.
    return table.suspension(model, version) ?? own;
  }

  /**
   * Ends the suspension of a version, or with an empty `version` every one of the model.
   *
   * @returns what of the model is still suspended
   * @throws DH_PERMISSION_DENIED, DH_MODEL_NOT_SUSPENDED, DH_CONTROL_STATE_NOT_WRITTEN
   */
  async resume(caller: Caller, model: string, version: string, reason: string): Promise<readonly Suspension[]> {
    const { store, table } = this.#options;
    assertAllowed(caller, 'models.resume', model, this.#options.onDenied);
    if (reason !== '') checkReason(reason);
    const ofModel = table.suspensions.filter((one) => one.model === model);
    const ended = ofModel.filter((one) => version === '' || one.version === version);
    if (ended.length === 0) {
      const isWhole = version !== '' && ofModel.some((one) => one.version === '');
      throw new DeepHealthError(
        'DH_MODEL_NOT_SUSPENDED',
        isWhole
          ? `Model "${shorten(model)}" is suspended as a whole. Resume it without a version.`
          : `Nothing of that name is suspended: "${shorten(model)}"${version === '' ? '' : ` ${shorten(version)}`}.`,
        { details: { model: shorten(model) } },
      );
    }
    await table.resume(ended);
    for (const one of store.versions(model)) if (one.suspension === undefined) one.onResumed();
    await this.#tell({
      caller,
      action: 'resume',
      model,
      ...(version !== '' && { version }),
      ...(reason !== '' && { reason }),
    });
    return table.suspensions.filter((one) => one.model === model);
  }

  /**
   * Sets the rollout of a model; `undefined` leaves it to the configuration again. Versions on trial are loaded
   * first, whatever the version policy says of their number.
   *
   * @throws DH_PERMISSION_DENIED, DH_MODEL_NOT_FOUND, DH_ROLLOUT_INVALID, DH_CONTROL_STATE_NOT_WRITTEN
   */
  async setRollout(caller: Caller, model: string, plan: RolloutPlan | undefined): Promise<void> {
    const { store, table } = this.#options;
    this.#assertKnown(caller, 'models.rollout', model);
    if (plan !== undefined) this.#checkPlan(model, plan);
    await table.setRollout(model, plan && { ...plan, subject: caller.subject, sinceMs: Date.now() });
    for (const one of store.versions(model)) one.emit('change');
    const version = plan?.candidate?.version ?? plan?.shadow?.version;
    await this.#tell({ caller, action: 'rollout', model, ...(version !== undefined && { version }) });
  }

  /** Suspensions that a caller may see, of one model or of all. */
  suspensions(caller: Caller, model: string): readonly Suspension[] {
    return this.#options.table.suspensions.filter((one) => this.#isSeen(caller, model, one.model));
  }

  /** Models with a rollout that a caller may see. */
  rolloutModels(caller: Caller, model: string): readonly string[] {
    return this.#options.table.rolloutModels.filter((one) => this.#isSeen(caller, model, one));
  }

  #isSeen(caller: Caller, wanted: string, model: string): boolean {
    return (wanted === '' || wanted === model) && maySeeModel(caller, model);
  }

  #assertKnown(caller: Caller, permission: Permission, model: string): void {
    assertAllowed(caller, permission, model, this.#options.onDenied);
    // A model that is not there is refused, as a slip in a name must not pass for a model that was stopped.
    if (this.#options.store.versions(model).length === 0) this.#options.store.find(model, '');
  }

  #checkPlan(model: string, { candidate, shadow, tenants }: RolloutPlan): void {
    const known = this.#options.store.versions(model).map(({ version }) => version);
    for (const [field, trial] of Object.entries({ candidate, shadow })) {
      if (trial === undefined) continue;
      checkShare(`rollout.${field}_share`, trial);
      if (!known.includes(trial.version)) {
        throw invalid(`rollout.${field}_version`, `the model has no version "${shorten(trial.version)}"`, known);
      }
    }
    if (candidate !== undefined && candidate.version === shadow?.version) {
      throw invalid('rollout.shadow_version', 'a version that answers is not in the shadow', known);
    }
    const others = known.filter((version) => version !== candidate?.version && version !== shadow?.version);
    if ((candidate ?? shadow) !== undefined && others.length === 0) {
      throw invalid(
        'rollout.candidate_version',
        'no other version is left for the requests that go on as before',
        known,
      );
    }
    if (tenants?.some((tenant) => tenant === '') === true) {
      throw invalid('rollout.tenants', 'a tenant has no name', []);
    }
  }

  async #tell(event: ControlEvent): Promise<void> {
    await this.#options.onControl?.(event);
  }
}

function checkShare(field: string, { share }: TrialShare): void {
  if (share >= 0 && share <= 1) return;
  throw new DeepHealthError('DH_ROLLOUT_INVALID', `Field "${field}" must be from 0 to 1.`, {
    details: { field, expected: '0 to 1' },
  });
}

function checkReason(reason: string): void {
  if (REASON.test(reason)) return;
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    'Field "reason" must be 1 to 500 characters without control characters.',
    { details: { field: 'reason' } },
  );
}

function invalid(field: string, why: string, known: readonly string[]): DeepHealthError {
  const has = known.length === 0 ? '' : ` It has: ${known.join(', ')}.`;
  return new DeepHealthError('DH_ROLLOUT_INVALID', `Field "${field}": ${why}.${has}`, { details: { field } });
}
