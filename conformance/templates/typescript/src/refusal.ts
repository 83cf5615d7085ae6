import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { encodeStatus } from './contract.js';

/**
 * A gRPC status with the ErrorInfo that the contract wants (DH-R-021).
 *
 * The reason is a code of the error catalogue without "DH_". Message and details name what is concerned;
 * they never hold a path, a stack trace or a value of the request (DH-R-022).
 */
export class Refusal extends Error {
  constructor(
    readonly code: status,
    readonly reason: string,
    message: string,
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The one way from an error to a status: gRPC itself would send the text of any error. */
export function toServiceError(thrown: unknown): Partial<ServiceError> {
  let refusal: Refusal;
  if (thrown instanceof Refusal) {
    refusal = thrown;
  } else {
    console.error(thrown);
    refusal = new Refusal(status.INTERNAL, 'INTERNAL', 'Internal error. The log has the details.');
  }
  const { code, message, reason, details } = refusal;
  const metadata = new Metadata();
  const info = { reason, domain: 'deephealth', metadata: details };
  metadata.set('grpc-status-details-bin', encodeStatus(code, message, info));
  return { code, details: message, metadata };
}

export const invalid = (reason: string, message: string, details?: Record<string, string>) =>
  new Refusal(status.INVALID_ARGUMENT, reason, message, details);
export const notFound = (reason: string, message: string) => new Refusal(status.NOT_FOUND, reason, message);
export const precondition = (reason: string, message: string, details?: Record<string, string>) =>
  new Refusal(status.FAILED_PRECONDITION, reason, message, details);
export const unsupported = (message: string) => new Refusal(status.UNIMPLEMENTED, 'FEATURE_UNSUPPORTED', message);
