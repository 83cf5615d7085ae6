import type { ConsolePermission, SessionAnswer } from '../../src/api.js';
import { accessKey } from './access-key.js';
import { getJson, isReachable } from './api-client.js';
import { ApiError } from './api-error.js';
import { createObservable } from './observable.js';

export interface SessionState {
  readonly session?: SessionAnswer;
  readonly error?: ApiError;
}

/** Who asks, what they may do and what there is to see. */
export const sessionState = createObservable<SessionState>({});

let asking: AbortController | undefined;

export async function loadSession(): Promise<void> {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  try {
    sessionState.set({ session: await getJson<SessionAnswer>('session', mine.signal) });
  } catch (error) {
    if (mine.signal.aborted) return;
    if (!(error instanceof ApiError)) throw error;
    const { session } = sessionState.get();
    // What was known stays shown while the server is away.
    sessionState.set({ ...(session !== undefined && error.status === 0 && { session }), error });
  }
}

export function isAllowed(session: SessionAnswer | undefined, permission: ConsolePermission): boolean {
  return session?.permissions.includes(permission) ?? false;
}

/** Whether somebody has to sign in before anything can be seen. */
export function isSignInNeeded({ session, error }: SessionState): boolean {
  if (error?.status === 401) return true;
  return session?.accessControl === true && session.caller === undefined;
}

/** Follows keys and servers that come back. Gives what ends it. */
export function followSession(): () => void {
  void loadSession();
  const ends = [
    accessKey.subscribe(() => void loadSession()),
    isReachable.subscribe((isThere) => {
      if (isThere) void loadSession();
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
