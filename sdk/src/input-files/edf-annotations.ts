import { FileRefusal } from '../errors/file-refusal.js';
import type { Annotation } from './recording.js';

// A time-stamped annotations list (EDF+ 2.2.2): onset, then after 0x15 a duration, then texts, each
// between bytes of 0x14; a byte of 0 ends it, and further ones fill the record.
const SEPARATOR = '\x14';
const DURATION = '\x15';
const HEAD = /^([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?$/;

/** When a record begins, in seconds from the start of the file: the onset of its first, empty list. */
export function recordOnset(bytes: Uint8Array): number {
  const [first = ''] = lists(bytes);
  const onset = HEAD.exec(first.split(SEPARATOR)[0] as string)?.[1];
  if (onset === undefined) throw new FileRefusal('has a record that does not say when it begins');
  return Number(onset);
}

/** The annotations in a record's bytes; the list that keeps the time has none. */
export function annotationsOf(bytes: Uint8Array): Annotation[] {
  return lists(bytes).flatMap((list) => {
    const [head, ...texts] = list.split(SEPARATOR) as [string, ...string[]];
    const [, onset, duration] = HEAD.exec(head) ?? [];
    if (onset === undefined) throw new FileRefusal('has an annotation without a time');
    return texts
      .filter((text) => text !== '')
      .map((text) => ({
        onsetS: Number(onset),
        ...(duration === undefined ? {} : { durationS: Number(duration) }),
        text: Buffer.from(text, 'latin1').toString('utf8'),
      }));
  });
}

function lists(bytes: Uint8Array): string[] {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .split('\0')
    .filter((list) => list !== '');
}

/** The bytes of a list with one text, filled with zeros by who writes it. */
export function annotationList({ onsetS, durationS, text }: Annotation): Buffer {
  const onset = `${onsetS < 0 ? '-' : '+'}${decimal(Math.abs(onsetS))}`;
  const duration = durationS === undefined ? '' : `${DURATION}${decimal(durationS)}`;
  return Buffer.from(`${onset}${duration}${SEPARATOR}${text.replace(/[\0-\x1f]/g, ' ')}${SEPARATOR}\0`, 'utf8');
}

function decimal(value: number): string {
  return value.toFixed(4).replace(/\.?0+$/, '');
}
