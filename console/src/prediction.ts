import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { Drawing, Prediction } from './api.js';
import { toFinding } from './finding.js';
import { toProtoJson } from './proto-json.js';

/** A response of the contract as the console shows it. */
export function toPrediction(
  response: runtimeV1.PredictResponse__Output,
  model: runtimeV1.ModelDescriptor__Output,
  drawings: ReadonlyMap<string, Drawing>,
): Prediction {
  const { requestId, findings, provenance, warnings } = response;
  // [DH-R-019]: every result has one.
  if (provenance === null) throw new DeepHealthError('DH_INTERNAL', 'The server gave a result without provenance.');
  const { timings } = provenance;
  const ms = (us: unknown) => Number(us ?? 0) / 1000;
  return {
    requestId,
    model: {
      name: provenance.modelName,
      version: provenance.modelVersion,
      packageSha256: provenance.packageSha256,
      onnxSha256: provenance.onnxSha256,
    },
    provenance: toProtoJson(provenance),
    warnings: warnings.map(({ kind, message }) => ({ code: kind.replace('WARNING_KIND_', ''), message })),
    abstained: findings.some(({ classification }) => classification?.abstained === true),
    findings: findings.map((finding) => toFinding(finding, titleOf(finding.name, model), drawings.get(finding.name))),
    timings: {
      queueMs: ms(timings?.queueUs),
      runMs: ms(timings?.preprocessUs) + ms(timings?.inferenceUs) + ms(timings?.postprocessUs),
      totalMs: ms(timings?.totalUs),
    },
    researchUseOnly: model.researchUseOnly,
    limits: model.limitations,
  };
}

function titleOf(name: string, { outputs }: runtimeV1.ModelDescriptor__Output): string {
  return outputs.find((output) => output.name === name)?.description || name;
}
