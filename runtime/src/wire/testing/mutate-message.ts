import { mutateBytes, mutateValue } from '@deephealth/sdk/testing';

/** How a message becomes bytes and a message again. */
export interface MessageCodec<T> {
  serialize(message: T): Buffer;
  deserialize(bytes: Buffer): T;
}

/**
 * Breaks the bytes of messages: half of the time as bytes, else one of their fields, so that what comes of it
 * is a message that says something else.
 */
export function mutateMessage<T>({ serialize, deserialize }: MessageCodec<T>) {
  return (random: () => number, sound: Uint8Array): Buffer => {
    if (random() < 0.5) return mutateBytes(random, sound);
    try {
      return serialize(mutateValue(random, deserialize(Buffer.from(sound))));
    } catch {
      // What no message can hold cannot be sent.
      return mutateBytes(random, sound);
    }
  };
}

/** What bytes throw that are no message: the transport answers those. */
export class NoMessage extends Error {}

/** The message, for a parser of messages. Throws NoMessage. */
export function messageOf<T>({ deserialize }: MessageCodec<T>, bytes: Buffer): T {
  try {
    return deserialize(bytes);
  } catch (cause) {
    throw new NoMessage('the transport refuses it', { cause });
  }
}
