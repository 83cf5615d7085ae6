import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type RuntimeClient, toldToPlatform } from '@deephealth/sdk';
import type { DecisionRequest } from './decision-request.js';
import { modelInputs } from './model-inputs.js';
import type { RuleService } from './rule-service.js';

export interface AskOptions {
  readonly client: RuntimeClient;
  readonly signal: AbortSignal;
  /** Absolute, in ms since the epoch; Infinity for none. */
  readonly deadlineMs: number;
}

/**
 * What the runtime answers of the outputs that rules read; undefined where no rule reads the model, which then is
 * not asked.
 *
 * @throws DH_REQUEST_MALFORMED, DH_RESPONSE_INVALID, and what the runtime throws as a platform may hear it
 */
export async function askModel(
  { manifest, packageSha256, binding }: RuleService,
  request: DecisionRequest,
  requestId: string,
  { client, signal, deadlineMs }: AskOptions,
): Promise<runtimeV1.PredictResponse__Output | undefined> {
  const outputs = [...new Set(Object.values(binding.variables).flatMap(({ model }) => model?.output ?? []))];
  if (outputs.length === 0) return undefined;
  const inputs = modelInputs(manifest, request);
  const answer = await client
    .predict(
      {
        ...{ requestId, modelName: manifest.name, modelVersion: manifest.version },
        ...{ expectedPackageSha256: packageSha256, inputs, outputs, priority: 'PRIORITY_ROUTINE' as const },
      },
      { signal, ...(Number.isFinite(deadlineMs) ? { deadlineMs: Math.max(1, deadlineMs - Date.now()) } : {}) },
    )
    .catch((thrown) => {
      throw toldToPlatform(thrown);
    });
  if (answer.provenance?.packageSha256 !== packageSha256 || answer.requestId !== requestId) {
    throw new DeepHealthError(
      'DH_RESPONSE_INVALID',
      'The runtime answered for another package or request. Nothing is concluded from it.',
    );
  }
  return answer;
}
