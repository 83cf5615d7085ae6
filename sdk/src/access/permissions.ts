import { DeepHealthError } from '../errors/deephealth-error.js';
import type { Caller, Role } from './caller.js';
import { matchesName } from './name-pattern.js';

/**
 * What a caller may do, by role. Health is not among these: who watches a server needs no account.
 * A safety officer stops and releases models and reads what happened, and changes nothing else; an auditor reads.
 */
const PERMISSIONS = {
  // Lists, descriptions, cards and states of models and bindings.
  'models.read': ['admin', 'operator', 'clinician', 'safety-officer', 'auditor', 'service'],
  // Ask a model, or run an adapter's binding on a patient's data.
  predict: ['admin', 'clinician', 'service'],
  // Load, unload, verify.
  'models.control': ['admin', 'operator'],
  // The kill switch: to stop a model is for more people than to release it.
  'models.suspend': ['admin', 'operator', 'safety-officer'],
  'models.resume': ['admin', 'safety-officer'],
  'models.rollout': ['admin', 'operator'],
  'metrics.read': ['admin', 'operator', 'safety-officer', 'auditor', 'service'],
  'audit.read': ['admin', 'safety-officer', 'auditor'],
  // Settings of traces and logs.
  'settings.write': ['admin', 'operator'],
  // Regions of this machine's shared memory.
  'memory.share': ['admin', 'service'],
  // Rule bases and bindings that decide what a model's answer means.
  'bindings.write': ['admin', 'safety-officer'],
  // Reports of people on answers.
  'feedback.write': ['admin', 'clinician', 'safety-officer', 'service'],
  'feedback.read': ['admin', 'safety-officer', 'auditor'],
} as const satisfies Record<string, readonly Role[]>;

/** One thing that a caller may do. */
export type Permission = keyof typeof PERMISSIONS;

export const PERMISSION_NAMES = Object.keys(PERMISSIONS) as readonly Permission[];

/** Roles that have a permission. */
export function rolesWith(permission: Permission): readonly Role[] {
  return PERMISSIONS[permission];
}

/**
 * Refuses what a caller may not do. A model outside of its rule is refused whether it exists or not, so that the
 * refusal says nothing of what is served.
 *
 * @param permission `unlisted` for what no permission is written down for, which is refused to everybody
 * @param model name of the model that is asked for, where it is about one
 * @throws DH_PERMISSION_DENIED
 */
export function assertPermitted(caller: Caller, permission: Permission | 'unlisted', model?: string): void {
  const allowed: readonly Role[] = permission === 'unlisted' ? [] : PERMISSIONS[permission];
  if (!caller.roles.some((role) => allowed.includes(role))) {
    throw new DeepHealthError(
      'DH_PERMISSION_DENIED',
      `The caller has no role that allows "${permission}". Roles that do: ${allowed.join(', ') || 'none'}.`,
      { details: { permission, expected: allowed.join(', ') } },
    );
  }
  if (model === undefined || maySeeModel(caller, model)) return;
  throw new DeepHealthError('DH_PERMISSION_DENIED', 'The caller is not allowed to use this model.', {
    details: { permission },
  });
}

/** True if the caller's rule and its tenant's let it see a model of that name. */
export function maySeeModel({ models, tenantModels }: Caller, name: string): boolean {
  const allows = (rule: readonly string[] | undefined) => rule?.some((pattern) => matchesName(pattern, name)) ?? true;
  return allows(models) && allows(tenantModels);
}
