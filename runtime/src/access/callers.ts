import { ANONYMOUS, type CallContext, type Caller, DeepHealthError } from '@deephealth/sdk';

/** What of a call tells who made it. */
export type CallerContext = Pick<CallContext, 'caller'>;

/** Who made a call. */
export interface Callers {
  /** @throws DH_UNAUTHENTICATED where a server that asks its callers who they are did not ask this one, or no longer knows it */
  of(context: CallerContext): Caller;
}

/** For a server on loopback that asks nobody. */
export const ASKED_NOBODY: Callers = { of: ({ caller }) => caller ?? ANONYMOUS };

/**
 * For a server whose faces recognise callers. That a call comes here without one is a fault of ours, and must not
 * become a call that may do everything.
 */
export const RECOGNISED: Callers = {
  of({ caller }) {
    if (caller === undefined) throw new DeepHealthError('DH_UNAUTHENTICATED', 'The call was not recognised.');
    if (caller.isCurrent?.() === false) {
      throw new DeepHealthError(
        'DH_UNAUTHENTICATED',
        'The key or token that the stream was opened with has expired or was withdrawn. Open a new one.',
      );
    }
    return caller;
  },
};
