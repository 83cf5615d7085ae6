import { type ChainBinding, type ChainPackage, contractPredictor, type ItemPredictor } from '@deephealth/adapter-piaf';
import type { runtimeV1 } from '@deephealth/proto';
import {
  createRuntimeClient,
  DeepHealthError,
  ERROR_CATALOG,
  type ErrorCode,
  type RuntimeClient,
} from '@deephealth/sdk';
import { MAX_MESSAGE_BYTES } from '../commands/connection.js';
import { type CredentialFlags, clientCredentials } from '../commands/server-credentials.js';

/** A runtime, and who asks it. */
export interface RuntimePlace extends CredentialFlags {
  readonly address?: string | undefined;
}

/**
 * Runs with what asks the model of a chain: the runtime at an address if it serves the very same package, else one
 * that is started for the time of the work, so that a run stays with the package that it began with whatever is
 * served meanwhile.
 */
export async function withPredictor<T>(
  model: ChainPackage,
  chain: ChainBinding,
  where: RuntimePlace,
  run: (predictor: ItemPredictor) => Promise<T>,
): Promise<T> {
  const served = where.address === undefined ? undefined : await servedAt(where.address, where, model);
  if (served !== undefined) {
    try {
      return await run(await predictorOf(served, model, chain));
    } finally {
      served.close();
    }
  }
  // Loaded only where it is needed: every task of a run starts a process.
  const { withModel } = await import('../evaluation/with-model.js');
  const options = { address: '', timeout: 30 };
  return withModel(model.folder, options, async ({ client }) => run(await predictorOf(client, model, chain)));
}

async function predictorOf(client: RuntimeClient, model: ChainPackage, chain: ChainBinding): Promise<ItemPredictor> {
  if (chain.item.kind === 'slide') {
    const { slidePredictor } = await import('./slide-predictor.js');
    return slidePredictor(client, model, chain);
  }
  return contractPredictor({ client, package: model, chain, deadlineMs: chain.resources.timeLimitS * 1000 });
}

/**
 * A client of the runtime there, if it serves the package. A runtime that does not know it, or another one by its
 * name, is not asked; one that does not answer is an error, as it may be back soon. So is one that has stopped the
 * model or refused the package, for want of a signature for example: what it keeps from its callers is not computed
 * beside it.
 *
 * @throws DH_MODEL_SUSPENDED, DH_MODEL_QUARANTINED
 */
async function servedAt(
  address: string,
  flags: CredentialFlags,
  { manifest, packageSha256 }: ChainPackage,
): Promise<RuntimeClient | undefined> {
  const client = createRuntimeClient({
    ...{ address, maxMessageBytes: MAX_MESSAGE_BYTES },
    ...clientCredentials(flags),
  });
  try {
    const { summary } = await client.getModel(manifest.name, manifest.version);
    const refusal = summary && stopped(summary, packageSha256);
    if (refusal !== undefined) throw refusal;
    if (summary?.packageSha256 === packageSha256 && summary.state === 'MODEL_STATE_READY') return client;
  } catch (thrown) {
    const { code } = DeepHealthError.from(thrown);
    if (STOPPED.includes(code) || ERROR_CATALOG[code].retryable) {
      client.close();
      throw thrown;
    }
  }
  client.close();
  return undefined;
}

const STOPPED: readonly ErrorCode[] = ['DH_MODEL_SUSPENDED', 'DH_MODEL_QUARANTINED'];

/** Why this package may not be used, by the runtime; nothing where it has only another one of the name. */
function stopped(
  { name, version, state, stateReason, suspension, packageSha256 }: runtimeV1.ModelSummary__Output,
  wanted: string,
): DeepHealthError | undefined {
  const details = { model: name, version };
  if (suspension !== null) {
    const text = `The use of model "${name}" ${version} is stopped: ${suspension.reason}`;
    return new DeepHealthError('DH_MODEL_SUSPENDED', text, { details });
  }
  // One that is refused before anything of it is read has no digest.
  const isMeant = packageSha256 === wanted || packageSha256 === '';
  if (state !== 'MODEL_STATE_QUARANTINED' || !isMeant) return undefined;
  const text = `Model "${name}" ${version} was refused: ${stateReason?.message ?? ''}`;
  return new DeepHealthError('DH_MODEL_QUARANTINED', text, {
    details: { ...details, reason: stateReason?.reason ?? '' },
  });
}
