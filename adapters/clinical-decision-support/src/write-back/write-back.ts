import { DeepHealthError } from '@deephealth/sdk';
import { InOrder, LONGEST_DELAY_MS } from '../delivery/in-order.js';
import { FhirWriter, type WriteResult } from './fhir-writer.js';
import { type DueResult, Outbox } from './outbox.js';
import type { WriteBackOptions } from './write-back-options.js';

/** What the operator should know of one result. */
export interface WriteBackLogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: 'write-back';
  readonly requestId: string;
  readonly result: WriteResult['kind'];
  readonly reason?: string;
}

export interface WriteBackState {
  readonly waiting: number;
  /** True while the first of them was tried and failed. */
  readonly isFailing: boolean;
}

/** More than this waits only where the FHIR server has been away for long; calls are refused then, not results lost. */
const MAX_WAITING = 10_000;

/** Writes results one after the other, each until the FHIR server has taken or refused it, over restarts. */
export class WriteBack {
  readonly #outbox: Outbox;
  readonly #writer: FhirWriter;
  readonly #options: WriteBackDeps;
  readonly #writing = new InOrder(
    () => this.#outbox.waiting[0],
    (due: DueResult) => this.#write(due),
  );
  #isFailing = false;

  private constructor(outbox: Outbox, options: WriteBackDeps) {
    this.#outbox = outbox;
    this.#options = options;
    this.#writer = new FhirWriter(options);
    this.#writing.go();
  }

  static async open(stateFolder: string, options: WriteBackDeps): Promise<WriteBack> {
    return new WriteBack(await Outbox.open(stateFolder), options);
  }

  get fhirServer(): string {
    return this.#options.fhirServer;
  }

  get brokenAtLine(): number | undefined {
    return this.#outbox.brokenAtLine;
  }

  get state(): WriteBackState {
    return { waiting: this.#outbox.waiting.length, isFailing: this.#isFailing };
  }

  /** Resolves once the result will be written, come what may. Throws DH_CDS_OVERLOADED if too many wait already. */
  async submit(due: DueResult): Promise<void> {
    if (this.#outbox.waiting.length >= MAX_WAITING) {
      throw new DeepHealthError(
        'DH_CDS_OVERLOADED',
        `${MAX_WAITING} results wait for the FHIR server to be written. Until it takes them, no more are made.`,
        { retryAfterMs: LONGEST_DELAY_MS },
      );
    }
    await this.#outbox.add(due);
    this.#writing.go();
  }

  /** What is still waiting is written after the next start. */
  async close(): Promise<void> {
    await this.#writing.close();
    await this.#outbox.close();
  }

  async #write(due: DueResult): Promise<boolean> {
    const result = await this.#writer.write(due.resourceType, due.identifier, due.bundle);
    const hasFailed = result.kind === 'failed';
    // A server that is away for an hour is told of once, not at every try.
    if (!hasFailed || !this.#isFailing) {
      this.#options.log({
        level: hasFailed ? 'warn' : result.kind === 'refused' ? 'error' : 'info',
        event: 'write-back',
        requestId: due.requestId,
        result: result.kind,
        ...('reason' in result ? { reason: result.reason } : {}),
      });
    }
    this.#isFailing = hasFailed;
    if (!hasFailed) await this.#settle(due, result);
    return !hasFailed;
  }

  /** Where the disk is full, the result is looked for again after the next start, and found. */
  async #settle(due: DueResult, result: WriteResult): Promise<void> {
    const { now, log, written } = this.#options;
    try {
      if (result.kind === 'written') await written(due, result.reference);
      await this.#outbox.done(due, result, now());
    } catch {
      const reason = 'what became of it could not be written to the state folder';
      log({ level: 'error', event: 'write-back', requestId: due.requestId, result: result.kind, reason });
    }
  }
}

export interface WriteBackDeps extends WriteBackOptions {
  /** `reference` is what the server calls it, if it says so. */
  readonly written: (due: DueResult, reference: string | undefined) => Promise<void>;
  readonly now: () => Date;
  readonly log: (entry: WriteBackLogEntry) => void;
}
