import type { AuditEvent } from 'fhir/r4.js';
import { InOrder } from '../delivery/in-order.js';
import { type AppendLog, openAppendLog } from '../feedback/append-log.js';

export const AUDIT_FILE = 'audit.ndjson';

/** Where AuditEvents are kept, and with which token. */
export interface AuditOptions {
  /** Base URL of a FHIR server that keeps AuditEvents. Default: they stay in the file alone. */
  readonly repository?: string;
  /** Asked before each request. Default: no token is sent. */
  readonly accessToken?: () => string | Promise<string>;
}

const REQUEST_MS = 10_000;

/**
 * Who had access to whose data, on the disk before an answer is given, and then handed on to a repository, in
 * order, until it has taken each; over restarts. Each line holds the SHA-256 of the line before.
 */
export class AuditTrail {
  readonly #log: AppendLog;
  readonly #options: AuditOptions;
  readonly #waiting: Stored[];
  readonly #sending = new InOrder(
    () => this.#waiting[0],
    (entry: Stored) => this.#send(entry),
  );
  #next: number;
  #refused = 0;

  private constructor(log: AppendLog, options: AuditOptions, waiting: Stored[], next: number) {
    this.#log = log;
    this.#options = options;
    this.#waiting = options.repository === undefined ? [] : waiting;
    this.#next = next;
    this.#sending.go();
  }

  static async open(folder: string, options: AuditOptions): Promise<AuditTrail> {
    const waiting = new Map<number, Stored>();
    let next = 0;
    const log = await openAppendLog(
      folder,
      AUDIT_FILE,
      (entry) => {
        const number = Number(entry.number);
        if (entry.kind === 'event') waiting.set(number, entry as unknown as Stored);
        if (entry.kind === 'sent' || entry.kind === 'refused') waiting.delete(number);
        next = Math.max(next, number + 1);
      },
      { isChained: true },
    );
    return new AuditTrail(log, options, [...waiting.values()], next);
  }

  get brokenAtLine(): number | undefined {
    return this.#log.brokenAtLine;
  }

  /** How many the repository does not have yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How many the repository would not have, since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Resolves once all of them are on the disk. */
  async add(events: readonly AuditEvent[]): Promise<void> {
    const stored = events.map((event): Stored => ({ kind: 'event', number: this.#next++, event }));
    await Promise.all(stored.map((entry) => this.#log.append(entry)));
    if (this.#options.repository === undefined) return;
    this.#waiting.push(...stored);
    this.#sending.go();
  }

  async close(): Promise<void> {
    await this.#sending.close();
    await this.#log.close();
  }

  async #send({ event, number }: Stored): Promise<boolean> {
    const kind = await this.#post(event);
    if (kind === 'later') return false;
    this.#waiting.shift();
    // Where the disk is full, it is sent once more after the next start: twice is better than not at all.
    await this.#log.append({ kind, number }).catch(() => undefined);
    if (kind === 'refused') this.#refused += 1;
    return true;
  }

  async #post(event: AuditEvent): Promise<'sent' | 'refused' | 'later'> {
    const { repository = '', accessToken } = this.#options;
    try {
      const token = await accessToken?.();
      const response = await fetch(`${repository.replace(/\/+$/, '')}/AuditEvent`, {
        method: 'POST',
        headers: {
          'content-type': 'application/fhir+json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(event),
        redirect: 'manual',
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      await response.body?.cancel();
      const { status } = response;
      if (status === 200 || status === 201) return 'sent';
      // Of what will not go better another time, no other event should wait. It stays in the file.
      return status >= 400 && status < 500 && ![401, 408, 429].includes(status) ? 'refused' : 'later';
    } catch {
      return 'later';
    }
  }
}

interface Stored {
  readonly kind: 'event';
  /** From 0, over restarts. */
  readonly number: number;
  readonly event: AuditEvent;
}
