import { DeepHealthError, type ErrorCode } from '@deephealth/sdk';
import { type ServiceError, status } from '@grpc/grpc-js';

type Failure = Pick<ServiceError, 'code' | 'details' | 'message' | 'name'>;

const UNAVAILABLE: Partial<Record<status, string>> = {
  [status.UNAVAILABLE]: 'does not answer, or takes no work at the moment.',
  [status.DEADLINE_EXCEEDED]: 'gave no answer in the time that it had.',
  [status.RESOURCE_EXHAUSTED]: 'has no room for more work at the moment.',
  [status.ABORTED]: 'gave up the request; it may be sent again.',
  [status.CANCELLED]: 'ended the call without an answer.',
};

const REFUSED: Partial<Record<status, string>> = {
  [status.NOT_FOUND]: 'does not know the model or the version that the manifest names. Deploy it there.',
  [status.UNIMPLEMENTED]: 'does not offer this call of the Open Inference Protocol.',
  [status.UNAUTHENTICATED]: 'wants credentials, which a remote cannot be given.',
  [status.PERMISSION_DENIED]: 'does not permit the call.',
};

// The texts of gRPC's own libraries; the status alone cannot be told from that of a full server.
const TOO_LARGE = /message.{0,40}(larger than|exceeds)|size larger than/i;

/**
 * A failed call of the other server as DH_REMOTE_UNAVAILABLE or DH_REMOTE_FAILED, with the name of
 * the status in `details`. The text of that server may hold values of the input or paths, so it
 * travels as the cause only.
 */
export function fromRemoteStatus(failure: Failure): DeepHealthError {
  const name = status[failure.code] ?? `status ${failure.code}`;
  const make = (code: ErrorCode, what: string) =>
    new DeepHealthError(code, `The inference server that runs the model ${what}`, {
      details: { status: name },
      cause: failure,
    });
  if (failure.code === status.RESOURCE_EXHAUSTED && TOO_LARGE.test(failure.details)) {
    return make(
      'DH_REMOTE_FAILED',
      'and this one could not exchange a message of this size. Raise the limit of that server, or "maxMessageBytes" of the remote.',
    );
  }
  const unavailable = UNAVAILABLE[failure.code];
  if (unavailable !== undefined) return make('DH_REMOTE_UNAVAILABLE', unavailable);
  return make('DH_REMOTE_FAILED', REFUSED[failure.code] ?? `failed the call with ${name}. Its log says why.`);
}

const BROKEN = [status.INTERNAL, status.UNKNOWN, status.DATA_LOSS].map((code) => status[code]);

/**
 * True for a failure that speaks against the server, not against the request: it does not answer, or
 * breaks while it computes. A refusal or a wrong reply is an answer, and waiting does not mend it.
 */
export function isServerTrouble(thrown: unknown): boolean {
  if (!(thrown instanceof DeepHealthError)) return false;
  if (thrown.code === 'DH_REMOTE_UNAVAILABLE') return true;
  return thrown.code === 'DH_REMOTE_FAILED' && BROKEN.includes(thrown.details.status ?? '');
}

/** True if the call ran into its deadline: the connection itself may be dead without anybody knowing. */
export function isRemoteTimeout(thrown: unknown): boolean {
  return thrown instanceof DeepHealthError && thrown.details.status === status[status.DEADLINE_EXCEEDED];
}

/** True if the server answered that it has no such call. */
export function isUnimplemented(thrown: unknown): boolean {
  return thrown instanceof DeepHealthError && thrown.details.status === status[status.UNIMPLEMENTED];
}
