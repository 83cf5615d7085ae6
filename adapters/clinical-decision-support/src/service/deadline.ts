import { DeepHealthError } from '@deephealth/sdk';

/** Time by which an answer must have left; what comes later is worth nothing to a clinician who has moved on. */
export interface Deadline {
  /** From the call to the deadline. */
  readonly totalMs: number;
  remainingMs(): number;
  isOver(): boolean;
  /** Aborts at the deadline, or when the client has gone. */
  readonly signal: AbortSignal;
}

const tooLate = (ms: number) =>
  new DeepHealthError(
    'DH_CDS_OVERLOADED',
    `The answer was not ready within ${ms} ms, and is not sent late. Ask again later.`,
    { retryAfterMs: 1_000 },
  );

/**
 * Does the work by the deadline or throws DH_CDS_OVERLOADED: at that very moment, whatever the work still
 * waits for, and also if it ended late because this process was busy.
 */
export async function byDeadline<T>(
  ms: number,
  gone: AbortSignal | undefined,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const at = performance.now() + ms;
  const controller = new AbortController();
  const abort = () => controller.abort();
  gone?.addEventListener('abort', abort, { once: true });
  const deadline: Deadline = {
    totalMs: ms,
    remainingMs: () => Math.max(0, at - performance.now()),
    isOver: () => performance.now() >= at,
    signal: controller.signal,
  };
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooLate(ms)), ms);
  });
  try {
    const result = await Promise.race([work(deadline), expired]);
    if (deadline.isOver()) throw tooLate(ms);
    return result;
  } catch (error) {
    // What fails because time is up says so, not what it was doing.
    throw deadline.isOver() ? tooLate(ms) : error;
  } finally {
    clearTimeout(timer);
    controller.abort();
    gone?.removeEventListener('abort', abort);
  }
}
