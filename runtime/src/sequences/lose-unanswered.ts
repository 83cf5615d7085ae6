import type { SequencedVersion } from './route-sequence.js';
import { type SequenceContext, sequenceKey } from './sequence-table.js';

/**
 * Loses the sequence of an item that has run and whose answer does not leave: its caller may send it again, and the
 * state would hold it twice.
 */
export function loseUnanswered(
  { sequences }: Pick<SequencedVersion, 'sequences'>,
  sequence: SequenceContext | undefined,
): void {
  if (sequence !== undefined) sequences?.lose(sequenceKey(sequence), 'the record of an item could not be written');
}
