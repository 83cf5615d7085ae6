import { assertPermitted, type Caller, type Permission } from '@deephealth/sdk';

/** Hears of a caller that may not do what it asks, for a record. */
export type OnDenied = (thrown: unknown, denied: Denied) => void;

export interface Denied {
  readonly caller: Caller;
  readonly permission: Permission;
  /** As the caller wrote it. */
  readonly model: string | undefined;
}

/**
 * Refuses what a caller may not do where the model is known, behind the gate that has asked for roles alone; what is
 * refused here is to be recorded as what is refused there.
 *
 * @throws DH_PERMISSION_DENIED
 */
export function assertAllowed(
  caller: Caller,
  permission: Permission,
  model: string | undefined,
  onDenied: OnDenied | undefined,
): void {
  try {
    assertPermitted(caller, permission, model);
  } catch (thrown) {
    onDenied?.(thrown, { caller, permission, model });
    throw thrown;
  }
}
