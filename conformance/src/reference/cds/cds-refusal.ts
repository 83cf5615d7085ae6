/** A call that is not answered with cards. */
export class CdsRefusal extends Error {
  readonly status: number;
  /** As errors of the contract name themselves. */
  readonly reason: string;
  readonly isRetryable: boolean;

  constructor(status: number, reason: string, message: string, { isRetryable = false } = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.isRetryable = isRetryable;
  }
}

export const invalid = (message: string) => new CdsRefusal(400, 'CDS_REQUEST_INVALID', message);
export const dataMissing = (message: string) => new CdsRefusal(412, 'CDS_DATA_MISSING', message);
