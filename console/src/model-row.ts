import type { runtimeV1 } from '@deephealth/proto';
import type { ModelRow, ModelState } from './api.js';
import { toIsoTime } from './proto-json.js';

/** A version as the console lists it. */
export function toModelRow(summary: runtimeV1.ModelSummary__Output): ModelRow {
  const { name, version, title, stateReason, packageSha256, isDefault, hostRestarts, suspension } = summary;
  return {
    ...{ name, version, title, packageSha256, isDefault, hostRestarts },
    state: summary.state.replace('MODEL_STATE_', '') as ModelState,
    ...(stateReason && { reason: { code: `DH_${stateReason.reason}`, message: stateReason.message } }),
    ...(suspension && {
      suspension: { reason: suspension.reason, by: suspension.subject, at: toIsoTime(suspension.since) },
    }),
    stateChangedAt: toIsoTime(summary.stateChangedAt),
  };
}
