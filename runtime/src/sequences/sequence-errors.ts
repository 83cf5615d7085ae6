import { DeepHealthError } from '@deephealth/sdk';

/** How a sequence came to its end. */
export type SequenceEnd =
  | { readonly why: 'ended' }
  | { readonly why: 'idle'; readonly idleTimeoutMs: number }
  /** `because` is a clause: "its item 3 got no result (MODEL_HOST_LOST)". */
  | { readonly why: 'lost'; readonly because: string };

// Ids may tell who the patient is, so no message repeats one.
const details = { field: 'sequence_context.sequence_id' };

/** Why an item finds no open sequence of its id; undefined for an id that nobody remembers. */
export function notOpen(end: SequenceEnd | undefined): DeepHealthError {
  if (end?.why === 'lost') return sequenceLost(end.because);
  return new DeepHealthError('DH_SEQUENCE_UNKNOWN', `${describe(end)} Start a new one from its first item.`, {
    details,
  });
}

/** DH_SEQUENCE_LOST for an item that would run on a state which lacks an earlier item. */
export function sequenceLost(because: string): DeepHealthError {
  return new DeepHealthError(
    'DH_SEQUENCE_LOST',
    `The sequence was lost because ${because}. Start it again from its first item.`,
    { details },
  );
}

/** DH_SEQUENCE_UNKNOWN for an item that asks for another version than the one its sequence began on. */
export function otherVersion(name: string, begunOn: string): DeepHealthError {
  return new DeepHealthError(
    'DH_SEQUENCE_UNKNOWN',
    `The sequence ran on version ${begunOn} of model "${name}", and the item asks for another one; so the sequence is lost. Start a new one, and ask for the same version in all its items, or for none.`,
    { details: { ...details, model: name, expected: begunOn } },
  );
}

/** DH_SEQUENCE_OPEN for a second start. */
export function alreadyOpen(): DeepHealthError {
  return new DeepHealthError(
    'DH_SEQUENCE_OPEN',
    'A sequence of this id was open already: two senders use one id, or its end was never sent. It is lost now, so that items of two recordings cannot mix. Start again, under an id of your own.',
    { details },
  );
}

/** DH_SEQUENCE_LIMIT; `sentence` says which limit. */
export function sequenceLimit(sentence: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_SEQUENCE_LIMIT', sentence, { details: { expected }, retryAfterMs: 1000 });
}

/** Throws DH_SEQUENCE_ID_MISSING or DH_PARAMETER_INVALID for what is no id. */
export function checkSequenceId(id: string): void {
  if (id === '') {
    throw new DeepHealthError(
      'DH_SEQUENCE_ID_MISSING',
      'The model keeps state between items. Say in "sequence_context.sequence_id" which sequence the item belongs to.',
      { details },
    );
  }
  if (/^[\x20-\x7e]{1,128}$/.test(id)) return;
  throw new DeepHealthError(
    'DH_PARAMETER_INVALID',
    'Field "sequence_context.sequence_id" must be 1 to 128 printable ASCII characters.',
    { details: { ...details, expected: '1 to 128 printable ASCII characters' } },
  );
}

function describe(end: Exclude<SequenceEnd, { why: 'lost' }> | undefined): string {
  if (end?.why === 'ended') return 'The sequence has ended.';
  if (end?.why === 'idle') return `The sequence was idle longer than ${end.idleTimeoutMs} ms and was dropped.`;
  return 'No sequence of this id is open.';
}
