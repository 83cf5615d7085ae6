import { contractRoot } from './load-contract.js';

/** Content of the trailer `grpc-status-details-bin` that this product writes and reads. */
export interface StatusDetails {
  readonly code: number;
  readonly message: string;
  readonly errorInfo: {
    readonly reason: string;
    readonly domain: string;
    readonly metadata: Readonly<Record<string, string>>;
  };
  /** From google.rpc.RetryInfo, if present. */
  readonly retryAfterMs?: number;
}

const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

const lookup = (name: string) => contractRoot().lookupType(name);

/** A google.rpc.Status with one ErrorInfo and, if a delay is given, one RetryInfo. */
export function encodeStatusDetails(details: StatusDetails): Buffer {
  const ErrorInfo = lookup('google.rpc.ErrorInfo');
  const any = [
    { type_url: ERROR_INFO, value: ErrorInfo.encode(ErrorInfo.fromObject({ ...details.errorInfo })).finish() },
  ];
  if (details.retryAfterMs !== undefined) {
    const RetryInfo = lookup('google.rpc.RetryInfo');
    // Rounded before it is divided, so that the nanoseconds can never make a full second.
    const delayNs = Math.round(details.retryAfterMs * 1e6);
    const retryDelay = { seconds: Math.floor(delayNs / 1e9), nanos: delayNs % 1e9 };
    any.push({ type_url: RETRY_INFO, value: RetryInfo.encode(RetryInfo.fromObject({ retryDelay })).finish() });
  }
  const Status = lookup('google.rpc.Status');
  const message = Status.fromObject({ code: details.code, message: details.message, details: any });
  return Buffer.from(Status.encode(message).finish());
}

/** The reverse of {@link encodeStatusDetails}; undefined if the bytes hold no ErrorInfo. */
export function decodeStatusDetails(bytes: Uint8Array): StatusDetails | undefined {
  let status: { code?: number; message?: string; details?: { type_url: string; value: Uint8Array }[] };
  try {
    const Status = lookup('google.rpc.Status');
    status = Status.toObject(Status.decode(bytes), { defaults: true }) as typeof status;
    const found = status.details?.find((any) => any.type_url === ERROR_INFO);
    if (found === undefined) return undefined;
    const ErrorInfo = lookup('google.rpc.ErrorInfo');
    const info = ErrorInfo.toObject(ErrorInfo.decode(found.value), { defaults: true, objects: true });
    const retry = status.details?.find((any) => any.type_url === RETRY_INFO);
    return {
      code: status.code ?? 2,
      message: status.message ?? '',
      errorInfo: { reason: info.reason, domain: info.domain, metadata: { ...info.metadata } },
      ...(retry === undefined ? {} : { retryAfterMs: retryDelayMs(retry.value) }),
    };
  } catch {
    // Another server may put anything here; a status without readable details is still a status.
    return undefined;
  }
}

function retryDelayMs(value: Uint8Array): number {
  const RetryInfo = lookup('google.rpc.RetryInfo');
  const { retryDelay } = RetryInfo.toObject(RetryInfo.decode(value), { longs: Number, defaults: true });
  return (retryDelay?.seconds ?? 0) * 1000 + (retryDelay?.nanos ?? 0) / 1e6;
}
