import { DeepHealthError, type ErrorCode } from '@deephealth/sdk';
import { refusalOf } from '../trust/client-refusal.js';
import type { Route } from './routes.js';

/**
 * One line of the operator's log about one request. It holds words of the configuration, codes and times;
 * nothing that a client sent, except in `message`, which names fields and codes and never a value.
 */
export interface CallLogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: 'cds-request';
  readonly requestId: string;
  readonly route?: Route['kind'];
  /** It came by the contract face, not over HTTP; `status` is that of the same call over HTTP. */
  readonly by?: 'contract-face';
  /** Only one that exists. */
  readonly service?: string;
  readonly status: number;
  readonly code?: ErrorCode;
  readonly message?: string;
  /** Why a client was not accepted, and which one it said it was, if that one exists. */
  readonly refusal?: string;
  readonly client?: string;
  /** Of a call whose card was to show the region behind its score: whether it does, and if not, why. */
  readonly region?: 'shown' | 'doubtful' | 'late' | 'failed';
  readonly regionCode?: ErrorCode;
  readonly tookMs: number;
  /** Where a fault of this software was thrown: files of it with lines, without folders. */
  readonly stack?: readonly string[];
}

/** What is told of an error. The text of a foreign one may hold anything, so of that only its place is told. */
export function describeFailure(
  thrown: unknown,
): Pick<CallLogEntry, 'code' | 'message' | 'refusal' | 'client' | 'stack'> {
  const error = DeepHealthError.from(thrown);
  const refusal = refusalOf(error);
  if (refusal !== undefined) {
    return {
      code: error.code,
      refusal: refusal.reason,
      ...(refusal.issuer === undefined ? {} : { client: refusal.issuer }),
    };
  }
  const stack = error.code === 'DH_INTERNAL' ? framesOf(rootOf(error)) : [];
  // What a platform is told in other words, an operator has to know.
  const { message } = error.cause instanceof DeepHealthError ? error.cause : error;
  return { code: error.code, message, ...(stack.length === 0 ? {} : { stack }) };
}

/** What was thrown first: an error of ours around it says where it was caught. */
function rootOf({ cause }: DeepHealthError): unknown {
  return cause instanceof DeepHealthError && cause.cause !== undefined ? rootOf(cause) : cause;
}

function framesOf(cause: unknown): string[] {
  if (!(cause instanceof Error) || cause.stack === undefined) return [];
  // Frames begin behind the message, which may have lines that look like one.
  const frames = cause.stack.startsWith(`${cause.name}: ${cause.message}`)
    ? cause.stack.slice(`${cause.name}: ${cause.message}`.length)
    : '';
  return [...frames.matchAll(/^ +at .*?([\w.-]+\.[cm]?[jt]s):(\d+):\d+\)?$/gm)]
    .slice(0, 10)
    .map((frame) => `${frame[1]}:${frame[2]}`);
}
