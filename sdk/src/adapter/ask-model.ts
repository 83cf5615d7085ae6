import type { adapterV1, runtimeV1 } from '@deephealth/proto';
import type { RuntimeClient } from '../client/runtime-client.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { toldToPlatform } from './told-to-platform.js';

/** What the platform gave for an answer. */
export interface AskLimits {
  /** When the platform no longer wants it, in ms since the epoch; Infinity: the client's default counts from now on. */
  readonly deadlineAt: number;
  /** Aborts when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

export interface ModelAnswer {
  readonly response: runtimeV1.PredictResponse__Output;
  /** For {@link PlatformOutput}. */
  readonly run: adapterV1.ModelRun;
}

/**
 * Asks a model once, in the time that the platform has left. Throws DeepHealthError in words that a platform may hear:
 * the runtime's own where it kept to the contract, those of the catalogue for all that the way to it raises.
 *
 * @param question `requestId` names nobody; a new random one for each question
 */
export async function askModel(
  runtime: RuntimeClient,
  question: runtimeV1.PredictRequest & { readonly requestId: string },
  { deadlineAt, signal }: AskLimits,
): Promise<ModelAnswer> {
  const deadlineMs = deadlineAt - Date.now();
  if (signal.aborted) throw new DeepHealthError('DH_CANCELLED', 'Nobody wants the answer any more.');
  if (deadlineMs <= 0) throw new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The platform gave no more time.');
  try {
    const response = await runtime.predict(question, { signal, ...(Number.isFinite(deadlineMs) && { deadlineMs }) });
    return { response, run: { requestId: question.requestId, provenance: response.provenance } };
  } catch (thrown) {
    throw toldToPlatform(thrown);
  }
}

/**
 * Whether the runtime would answer now; false also where it says nothing in time.
 *
 * @param askMs default 1,000
 */
export async function isRuntimeReady(runtime: RuntimeClient, askMs = 1_000): Promise<boolean> {
  try {
    return (await runtime.getServerInfo({ deadlineMs: askMs })).isReady;
  } catch {
    return false;
  }
}
