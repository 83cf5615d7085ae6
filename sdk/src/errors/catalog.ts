import { ADAPTER_ERRORS } from './adapter-errors.js';
import type { CatalogEntry, CatalogRow } from './catalog-row.js';
import { CHAIN_ERRORS } from './chain-errors.js';
import { MODEL_ERRORS } from './model-errors.js';
import { REQUEST_ERRORS } from './request-errors.js';
import { SERVER_ERRORS } from './server-errors.js';

export type { CatalogEntry, ErrorSource, GrpcStatusName } from './catalog-row.js';

const rows = { ...REQUEST_ERRORS, ...MODEL_ERRORS, ...ADAPTER_ERRORS, ...CHAIN_ERRORS, ...SERVER_ERRORS } as const;

/** Every error code of the product. */
export type ErrorCode = keyof typeof rows;

/** The one catalogue of errors. */
export const ERROR_CATALOG: Readonly<Record<ErrorCode, CatalogEntry>> = Object.freeze(
  Object.fromEntries(
    Object.entries(rows).map(([code, row]) => {
      const [grpc, source, docs, retryable] = row as CatalogRow;
      return [code, { grpc, source, docs, retryable: retryable === 'retryable' }];
    }),
  ) as Record<ErrorCode, CatalogEntry>,
);

/** All codes, in catalogue order. */
export const ERROR_CODES = Object.keys(ERROR_CATALOG) as readonly ErrorCode[];

/** True if the text is a code of the catalogue. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOG, code);
}
