import type { AccessDeniedEvent } from './audit-event.js';

/** Time after which denials that had no record of their own are recorded together. */
const WINDOW_MS = 10_000;
/** Denials of one caller for one reason that have a record of their own, in this time. */
const OWN_RECORDS = 20;
/** Callers whose denials are told apart; of those that are not let in, nobody knows who they are. */
const MOST_KEYS = 1000;

interface Denials {
  /** The last one. */
  readonly event: AccessDeniedEvent;
  readonly count: number;
}

export interface DeniedFloodOptions {
  /** Takes a record that stands for `repeated` denials. */
  record(event: AccessDeniedEvent): void;
  readonly windowMs?: number;
}

/**
 * Keeps whoever is not let in from filling the disk with records of it: of the same caller and reason, the first ones
 * of a while have their own records, all further ones one together, with their number.
 */
export class DeniedFlood {
  readonly #record: (event: AccessDeniedEvent) => void;
  readonly #windowMs: number;
  readonly #denials = new Map<string, Denials>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ record, windowMs = WINDOW_MS }: DeniedFloodOptions) {
    this.#record = record;
    this.#windowMs = windowMs;
  }

  /** Whether a denial has a record of its own; if not, it is counted. */
  admits(event: AccessDeniedEvent): boolean {
    this.#timer ??= setTimeout(() => this.flush(), this.#windowMs).unref();
    const { code, caller } = event;
    let key = JSON.stringify(caller === undefined ? [code] : [code, caller.tenant, caller.subject]);
    let told = event;
    if (!this.#denials.has(key) && this.#denials.size >= MOST_KEYS) {
      key = `others ${code}`;
      told = { kind: event.kind, code };
    }
    const count = (this.#denials.get(key)?.count ?? 0) + 1;
    this.#denials.set(key, { event: told, count });
    return count <= OWN_RECORDS;
  }

  /** Records what was only counted, and begins anew. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { event, count } of this.#denials.values()) {
      if (count > OWN_RECORDS) this.#record({ ...event, repeated: count - OWN_RECORDS });
    }
    this.#denials.clear();
  }
}
