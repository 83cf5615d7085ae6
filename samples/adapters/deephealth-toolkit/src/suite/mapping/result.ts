import type { DeepHealthError } from '@deephealth/sdk';
import type { PredictResponse } from '../../contract-types.js';
import { type PlatformError, toPlatformError } from '../../errors.js';
import { type PlatformFinding, toFinding } from './finding.js';

/** What became of one request of an event: an answer or a failure. */
export interface Part {
  readonly request: string;
  /** Id under which the runtime was asked; it names nobody. */
  readonly requestId: string;
  readonly outcome: PredictResponse | DeepHealthError;
}

/** What is brought to the platform. */
export interface PlatformResult {
  readonly event: string;
  /** `partial`: some requests failed, and the result says which. A part is never called the whole. */
  readonly state: 'complete' | 'partial' | 'failed';
  readonly parts: readonly PlatformPart[];
}

export interface PlatformPart {
  readonly request: string;
  readonly requestId: string;
  readonly findings: readonly PlatformFinding[];
  readonly warnings: readonly { readonly kind: string; readonly field: string; readonly message: string }[];
  readonly provenance?: { readonly modelName: string; readonly modelVersion: string; readonly packageSha256: string };
  readonly error?: PlatformError;
}

export function toResult(event: string, parts: readonly Part[]): PlatformResult {
  const failures = parts.filter(({ outcome }) => outcome instanceof Error).length;
  const state = failures === 0 ? 'complete' : failures === parts.length ? 'failed' : 'partial';
  return { event, state, parts: parts.map(toPart) };
}

function toPart({ request, requestId, outcome }: Part): PlatformPart {
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
