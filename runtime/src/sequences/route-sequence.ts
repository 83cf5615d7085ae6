import { alreadyOpen, otherVersion } from './sequence-errors.js';
import { type SequenceContext, type SequenceTable, sequenceKey } from './sequence-table.js';

/** What routing needs to know of a model version; `sequences` is undefined for one that keeps no state. */
export interface SequencedVersion {
  readonly name: string;
  readonly version: string;
  readonly sequences: Pick<SequenceTable, 'has' | 'endedAtMs' | 'lose'> | undefined;
}

/**
 * The version of a model that an item of a sequence must go to whatever the default version is by
 * now: the one on which the sequence began, or the one that knows how it ended. Undefined where
 * the choice is free: a new sequence, or an id that no version knows.
 *
 * One id never means two sequences of a model: a start goes where one of its id is open, to be
 * refused there. Throws for an item that asks for another version than its sequence runs on:
 * DH_SEQUENCE_UNKNOWN, or DH_SEQUENCE_OPEN for a start. That loses the sequence, as any refused item
 * does.
 *
 * @param versions all versions of one model
 * @param requestedVersion empty if the caller leaves it open
 */
export function routeSequence<V extends SequencedVersion>(
  versions: readonly V[],
  requestedVersion: string,
  context: SequenceContext,
): V | undefined {
  const key = sequenceKey(context);
  const begunOn = versions.find(({ sequences }) => sequences?.has(key) === true);
  if (begunOn === undefined) return context.isStart ? undefined : lastKnown(versions, requestedVersion, key);
  if (requestedVersion === '' || requestedVersion === begunOn.version) return begunOn;
  begunOn.sequences?.lose(key, 'an item of it asked for another version of the model');
  throw context.isStart ? alreadyOpen() : otherVersion(begunOn.name, begunOn.version);
}

function lastKnown<V extends SequencedVersion>(
  versions: readonly V[],
  requestedVersion: string,
  id: string,
): V | undefined {
  let last: V | undefined;
  let lastEndedAtMs = Number.NEGATIVE_INFINITY;
  for (const candidate of versions) {
    if (requestedVersion !== '' && candidate.version !== requestedVersion) continue;
    const endedAtMs = candidate.sequences?.endedAtMs(id);
    if (endedAtMs === undefined || endedAtMs <= lastEndedAtMs) continue;
    last = candidate;
    lastEndedAtMs = endedAtMs;
  }
  return last;
}
