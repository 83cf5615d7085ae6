import { toPlatformError } from '../errors.js';
import { toFinding } from './finding.js';

export function toResult(event, parts) {
  const failures = parts.filter(({ outcome }) => outcome instanceof Error).length;
  const state = failures === 0 ? 'complete' : failures === parts.length ? 'failed' : 'partial';
  return { event, state, parts: parts.map(toPart) };
}

function toPart({ request, requestId, outcome }) {
  if (outcome instanceof Error) {
    return { request, requestId, findings: [], warnings: [], error: toPlatformError(outcome) };
  }
  const { findings, warnings, provenance } = outcome;
  return {
    ...{ request, requestId, findings: findings.map(toFinding) },
    warnings: warnings.map(({ kind, field, message }) => ({ kind: String(kind), field, message })),
    ...(provenance !== null && {
      provenance: {
        modelName: provenance.modelName,
        modelVersion: provenance.modelVersion,
        packageSha256: provenance.packageSha256,
      },
    }),
  };
}
