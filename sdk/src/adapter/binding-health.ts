import { assertContractShared } from '../client/contract-handshake.js';
import type { RuntimeClient } from '../client/runtime-client.js';
import { DeepHealthError } from '../errors/deephealth-error.js';

/** As the contract's `BindingState`, without its prefix; what the operator has switched off is the adapter's to say. */
export type RuntimeBindingState =
  | 'READY'
  | 'RUNTIME_UNREACHABLE'
  | 'RUNTIME_NOT_READY'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_NOT_READY'
  | 'PACKAGE_DIFFERS';

/** The package that a binding was made for. */
export interface BoundModel {
  readonly name: string;
  readonly version: string;
  readonly packageSha256: string;
}

export interface RuntimeBindingHealth {
  readonly state: RuntimeBindingState;
  /** For people; empty if the state is READY. */
  readonly reason: string;
}

/**
 * Asks a runtime whether it serves the very packages that bindings were made for; one entry for each, in order.
 *
 * @param askMs the longest that the runtime may take, in ms; default 1,000
 * @param whenUnreachable what is said of a runtime that fails to answer; default its error
 */
export async function checkBindings(
  models: readonly BoundModel[],
  runtime: RuntimeClient,
  askMs = 1_000,
  whenUnreachable: (thrown: unknown) => DeepHealthError = (thrown) => DeepHealthError.from(thrown),
): Promise<readonly RuntimeBindingHealth[]> {
  const served = await askRuntime(runtime, askMs).catch(whenUnreachable);
  return models.map(({ name, version, packageSha256 }) => {
    if (served instanceof DeepHealthError) return { state: 'RUNTIME_UNREACHABLE', reason: served.message };
    // It verifies versions still, and does not take what it is not sure of.
    if (!served.isReady) return { state: 'RUNTIME_NOT_READY', reason: 'the runtime is not ready yet' };
    const model = served.models.find((one) => one.name === name && one.version === version);
    if (model === undefined) {
      return { state: 'MODEL_NOT_FOUND', reason: 'the runtime does not have this model version' };
    }
    if (model.suspension) {
      return { state: 'MODEL_NOT_READY', reason: `its use was stopped: ${model.suspension.reason}` };
    }
    if (model.state !== 'MODEL_STATE_READY') {
      const state = model.state.replace('MODEL_STATE_', '');
      return { state: 'MODEL_NOT_READY', reason: `the runtime has it as ${state}` };
    }
    if (model.packageSha256 !== packageSha256) {
      return {
        state: 'PACKAGE_DIFFERS',
        reason: 'the runtime serves another package under this name and version',
      };
    }
    return { state: 'READY', reason: '' };
  });
}

async function askRuntime(runtime: RuntimeClient, deadlineMs: number) {
  const [info, models] = await Promise.all([
    runtime.getServerInfo({ deadlineMs }),
    runtime.listModels('', { deadlineMs }),
  ]);
  assertContractShared(info);
  return { isReady: info.isReady, models };
}
