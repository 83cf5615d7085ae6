import { createHash } from 'node:crypto';
import type { RolloutPlan } from './control-state.js';

/** By what a request is known again. */
export interface RequestMark {
  /** Id of its sequence, else of the request; empty if it has neither. */
  readonly id: string;
  /** Tenant of the caller; empty for none. */
  readonly tenant: string;
}

/**
 * Whether a rollout gives a request to its candidate. The same id of the same tenant always gets the same answer,
 * and keeps the candidate when its share grows. A request without an id cannot be known again, so it is given to
 * the candidate only where that answers all.
 */
export function isForCandidate(model: string, plan: RolloutPlan, { id, tenant }: RequestMark): boolean {
  const { candidate, tenants } = plan;
  if (candidate === undefined || candidate.share <= 0) return false;
  if (tenants !== undefined && !tenants.includes(tenant)) return false;
  if (candidate.share >= 1) return true;
  return id !== '' && placeOf([model, candidate.version, tenant, id]) < candidate.share;
}

/** A place from 0 to 1, 1 excluded, evenly spread over the texts. */
function placeOf(texts: readonly string[]): number {
  return createHash('sha256').update(JSON.stringify(texts)).digest().readUIntBE(0, 6) / 2 ** 48;
}
