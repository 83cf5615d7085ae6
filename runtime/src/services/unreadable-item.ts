import { DeepHealthError, toGrpcFailure } from '@deephealth/sdk';

/** Stands for a message of a stream that cannot be read. */
const UNREADABLE: unknown = Object.freeze({ isUnreadable: true });

/**
 * A decoder for streams that throws nothing. What a decoder throws, grpc-js answers by itself, behind the back of the
 * handler: an answer that the handler then writes to the ended stream keeps the status from the caller, which waits
 * until its deadline.
 */
export function readableOr<Message>(decode: (bytes: Buffer) => Message): (bytes: Buffer) => Message {
  return (bytes) => {
    try {
      return decode(bytes);
    } catch {
      return UNREADABLE as Message;
    }
  };
}

/** True for what {@link readableOr} gives in place of a message. */
export function isUnreadable(message: unknown): boolean {
  return message === UNREADABLE;
}

/** Ends the call: what follows a message that cannot be read may have lost its beginning. */
export function endUnreadable(call: { emit(event: 'error', failure: unknown): boolean }): void {
  const error = new DeepHealthError('DH_REQUEST_MALFORMED', 'A message of the stream cannot be read.');
  call.emit('error', toGrpcFailure(error));
}
