/** Who has to act: the caller, the model's author, this runtime's operator, or the platform beside it. */
export type ErrorSource = 'caller' | 'model' | 'runtime' | 'platform';

/** Names of gRPC status codes that the catalogue uses. */
export type GrpcStatusName =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE';

/** A row of the error catalogue. */
export interface CatalogEntry {
  readonly grpc: GrpcStatusName;
  /** True if the same request may succeed when it is sent again unchanged. */
  readonly retryable: boolean;
  readonly source: ErrorSource;
  /** What it means and what to do next; the text of docs/errors.md. */
  readonly docs: string;
}

/** `retryable` where the same request may succeed when it is sent again unchanged. */
export type CatalogRow = readonly [grpc: GrpcStatusName, source: ErrorSource, docs: string, retryable?: 'retryable'];
