import { DeepHealthError } from '@deephealth/sdk';

/** Where the inference server of a remote model is, and how much it is given to do. */
export interface RemoteTarget {
  /** "host:port" of its gRPC face, without TLS: "10.0.0.7:8001", "triton:8001", "[::1]:8001". */
  readonly address: string;
  /** Runs that may be under way there at the same time; default 8. */
  readonly concurrency?: number;
  /** Longest time of one run with its repetition, in ms; default 30,000. */
  readonly timeoutMs?: number;
  /** Largest message in either direction, in bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
}

export const DEFAULT_REMOTE_CONCURRENCY = 8;
export const DEFAULT_REMOTE_TIMEOUT_MS = 30_000;
export const DEFAULT_REMOTE_MESSAGE_BYTES = 64 * 1024 * 1024;

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?$/;
const IPV6 = /^\[[0-9A-Fa-f:.]{2,45}\]$/;
const PORT = /^[1-9][0-9]{0,4}$/;

/** The target with its defaults. Throws DH_CONFIG_INVALID naming the field, before anything is dialled. */
export function checkRemoteTarget(target: RemoteTarget): Required<RemoteTarget> {
  const { address } = target;
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(0, colon));
  const port = address.slice(colon + 1);
  if (!(HOST_NAME.test(host) || IPV6.test(host)) || !PORT.test(port) || Number(port) > 65_535) {
    // What came is not repeated: it may be the path of a socket, or hold a password.
    throw invalid(
      'address',
      'a host name or address, a colon and a port from 1 to 65535, such as "triton:8001" or "[::1]:8001"',
    );
  }
  return {
    address,
    concurrency: positive('concurrency', target.concurrency ?? DEFAULT_REMOTE_CONCURRENCY),
    timeoutMs: positive('timeoutMs', target.timeoutMs ?? DEFAULT_REMOTE_TIMEOUT_MS),
    maxMessageBytes: positive('maxMessageBytes', target.maxMessageBytes ?? DEFAULT_REMOTE_MESSAGE_BYTES),
  };
}

/** Port of a target's address. */
export function remotePort({ address }: RemoteTarget): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function positive(field: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0 && value < 2 ** 31) return value;
  throw invalid(field, 'a whole number from 1 to 2147483647');
}

function invalid(field: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `"${field}" of a remote must be ${expected}.`, {
    details: { field, expected },
  });
}
