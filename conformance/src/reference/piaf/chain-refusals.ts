import { DeepHealthError, ERROR_CATALOG } from '@deephealth/sdk';

/** Of the error, in gRPC. */
export const statusOf = ({ code }: DeepHealthError): string => ERROR_CATALOG[code].grpc;

export function invalid(field: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `"${field}": expected ${expected}.`, { details: { field } });
}

export function notFound(): DeepHealthError {
  return new DeepHealthError('DH_RUN_NOT_FOUND', 'There is no such run.');
}
