import { type CatalogEntry, ERROR_CATALOG, type ErrorCode, type ErrorSource, isErrorCode } from './catalog.js';

const brand = Symbol.for('deephealth.error');

/** What an error may carry beside code and message. */
export interface DeepHealthErrorOptions {
  /**
   * What is concerned, for programs: "input", "column", "expected", "received", …
   * Never a path, a token or a value of the input.
   */
  readonly details?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
  /** Hint for RetryInfo, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * The only error type that crosses a boundary of this product.
 *
 * `message` is written for people and safe to show: it names fields, never values or paths.
 * `cause` is for the log of the process that threw and is never sent anywhere.
 */
export class DeepHealthError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: DeepHealthErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DeepHealthError';
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, brand, { value: true });
  }

  get source(): ErrorSource {
    return this.entry.source;
  }

  get retryable(): boolean {
    return this.entry.retryable;
  }

  /** Code without its DH_ prefix: the `reason` of the wire form. */
  get reason(): string {
    return this.code.slice('DH_'.length);
  }

  private get entry(): CatalogEntry {
    return ERROR_CATALOG[this.code];
  }

  /**
   * A DeepHealthError from anything thrown. What is not one already becomes DH_INTERNAL with a
   * fixed text, because a foreign message may hold paths or values; the original is the `cause`.
   */
  static from(thrown: unknown): DeepHealthError {
    // A newer copy of this module may know codes that this one has no entry for.
    if (thrown instanceof DeepHealthError && isErrorCode(thrown.code)) return thrown;
    return new DeepHealthError('DH_INTERNAL', 'Internal error. The log of the server has the details.', {
      cause: thrown,
    });
  }

  /** True across copies of this module, which `instanceof` alone is not. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}
