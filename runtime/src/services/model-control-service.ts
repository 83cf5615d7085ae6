import type { runtimeV1 } from '@deephealth/proto';
import { assertPermitted, DeepHealthError, unaryHandler } from '@deephealth/sdk';
import type { Callers } from '../access/callers.js';
import type { RolloutPlan } from '../control/control-state.js';
import type { ControlTable } from '../control/control-table.js';
import type { ModelControl } from '../control/model-control.js';
import type { ShadowRuns } from '../control/shadow-runs.js';
import { toSuspension, toTimestamp } from './contract-messages.js';

export interface ModelControlDependencies {
  readonly control: ModelControl;
  readonly table: ControlTable;
  readonly shadows: ShadowRuns;
  readonly callers: Callers;
  /** Requests that a rollout has given to its candidate. */
  chosenRequests(model: string, version: string): number;
  onError(thrown: unknown): void;
}

/** Handlers of `deephealth.runtime.v1.ModelControl`. */
export function createModelControlService(dependencies: ModelControlDependencies): runtimeV1.ModelControlHandlers {
  const { control, callers, onError } = dependencies;
  const state = (model: string) => toRolloutState(dependencies, model);
  return {
    SuspendModel: unaryHandler<runtimeV1.SuspendModelRequest__Output, runtimeV1.SuspendModelResponse>(
      async ({ modelName, modelVersion, reason }, context) => ({
        suspension: toSuspension(await control.suspend(callers.of(context), named(modelName), modelVersion, reason)),
      }),
      onError,
    ),
    ResumeModel: unaryHandler<runtimeV1.ResumeModelRequest__Output, runtimeV1.ResumeModelResponse>(
      async ({ modelName, modelVersion, reason }, context) => ({
        suspensions: (await control.resume(callers.of(context), named(modelName), modelVersion, reason)).map(
          toSuspension,
        ),
      }),
      onError,
    ),
    GetControlState: unaryHandler<runtimeV1.GetControlStateRequest__Output, runtimeV1.GetControlStateResponse>(
      ({ modelName }, context) => {
        const caller = callers.of(context);
        assertPermitted(caller, 'models.read');
        return {
          suspensions: control.suspensions(caller, modelName).map(toSuspension),
          rollouts: control.rolloutModels(caller, modelName).map(state),
        };
      },
      onError,
    ),
    SetRollout: unaryHandler<runtimeV1.SetRolloutRequest__Output, runtimeV1.SetRolloutResponse>(
      async ({ modelName, rollout, asConfigured }, context) => {
        if (asConfigured && rollout !== null) {
          throw new DeepHealthError(
            'DH_REQUEST_MALFORMED',
            'Field "rollout" must be left out where "as_configured" is true.',
            { details: { field: 'rollout' } },
          );
        }
        await control.setRollout(callers.of(context), named(modelName), asConfigured ? undefined : toPlan(rollout));
        return { state: state(modelName) };
      },
      onError,
    ),
  };
}

function named(modelName: string): string {
  if (modelName !== '') return modelName;
  throw new DeepHealthError('DH_REQUEST_MALFORMED', 'Field "model_name" is empty.', {
    details: { field: 'model_name' },
  });
}

function toPlan(rollout: runtimeV1.Rollout__Output | null): RolloutPlan {
  if (rollout === null) return {};
  const { candidateVersion, candidateShare, tenants, shadowVersion, shadowShare } = rollout;
  return {
    ...(candidateVersion !== '' && { candidate: { version: candidateVersion, share: candidateShare } }),
    ...(tenants.length > 0 && { tenants }),
    ...(shadowVersion !== '' && { shadow: { version: shadowVersion, share: shadowShare } }),
  };
}

function toRolloutState(
  { table, shadows, chosenRequests }: ModelControlDependencies,
  model: string,
): runtimeV1.RolloutState {
  const { candidate, tenants = [], shadow } = table.rolloutOf(model) ?? {};
  const set = table.setOf(model);
  const figures = shadows.figuresOf(model);
  return {
    modelName: model,
    rollout: {
      ...(candidate && { candidateVersion: candidate.version, candidateShare: candidate.share }),
      tenants: [...tenants],
      ...(shadow && { shadowVersion: shadow.version, shadowShare: shadow.share }),
    },
    ...(set && { subject: set.subject, since: toTimestamp(set.sinceMs) }),
    chosenRequests: candidate === undefined ? 0 : chosenRequests(model, candidate.version),
    ...(figures && {
      shadow: {
        compared: figures.compared,
        sameDecisions: figures.sameDecisions,
        sameValues: figures.sameValues,
        failed: figures.failed,
        dropped: figures.dropped,
        largestDifference: figures.largestDifference,
      },
    }),
  };
}
