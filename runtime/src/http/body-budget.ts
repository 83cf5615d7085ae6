import { DeepHealthError } from '@deephealth/sdk';

/** How long a client should wait until other bodies have been worked off. */
const RETRY_AFTER_MS = 1000;

/**
 * Memory that the bodies of all requests together may take, so that many clients at once cannot do
 * what the limit of one body forbids.
 */
export class BodyBudget {
  private used = 0;

  constructor(private readonly maxBytes: number) {}

  /** A share that starts at nothing and must be closed. */
  open(): BodyShare {
    let held = 0;
    return {
      grow: (bytes) => {
        if (this.used + bytes > this.maxBytes) {
          throw new DeepHealthError(
            'DH_QUEUE_FULL',
            'The server holds as many request bodies as it may. Try again in a moment.',
            { retryAfterMs: RETRY_AFTER_MS },
          );
        }
        this.used += bytes;
        held += bytes;
      },
      close: () => {
        this.used -= held;
        held = 0;
      },
    };
  }
}

/** What one request has taken of a {@link BodyBudget}. */
export interface BodyShare {
  /** Throws DH_QUEUE_FULL if the budget is used up. */
  grow(bytes: number): void;
  /** Gives everything back; may be called again. */
  close(): void;
}
