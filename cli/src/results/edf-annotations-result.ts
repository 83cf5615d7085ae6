import type { runtimeV1 } from '@deephealth/proto';
import { annotationList, DeepHealthError } from '@deephealth/sdk';

const HEADER_BYTES = 512;
/** EDF recommends records of at most 61440 bytes. */
const MOST_RECORD_BYTES = 61_440;
const TIME_KEEPING = Buffer.from('+0\x14\x14\0', 'latin1');

/**
 * The events of a response as an EDF+ file that holds annotations alone (EDF+ 2.2): onsets in seconds
 * from the first sample of the input, the label as text. It names no patient and no date.
 *
 * @throws DH_REQUEST_MALFORMED for a response without an output of events
 */
export function edfAnnotationsResult(response: runtimeV1.PredictResponse__Output, file: string): Buffer {
  const events = response.findings.flatMap(({ events }) => (events ? [events] : []));
  if (events.length === 0) {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" cannot be written: the model gave no events.`, {
      details: { file },
    });
  }
  const lists = events
    .flatMap(({ items }) => items)
    .sort((a, b) => a.startS - b.startS)
    .map(({ label, startS, durationS }) => annotationList({ onsetS: startS, durationS, text: label }));
  const records: Buffer[][] = [[TIME_KEEPING]];
  let bytes = TIME_KEEPING.length;
  for (const list of lists) {
    if (bytes + list.length > MOST_RECORD_BYTES) {
      records.push([TIME_KEEPING]);
      bytes = TIME_KEEPING.length;
    }
    records.at(-1)?.push(list);
    bytes += list.length;
  }
  const contents = records.map((record) => Buffer.concat(record));
  const samples = Math.ceil(Math.max(...contents.map(({ length }) => length)) / 2);
  const padded = contents.map((content) => Buffer.concat([content, Buffer.alloc(samples * 2 - content.length)]));
  return Buffer.concat([header(records.length, samples), ...padded]);
}

function header(records: number, samples: number): Buffer {
  const field = (value: string | number, width: number) => String(value).padEnd(width);
  const fields = [
    field(0, 8),
    field('X X X X', 80),
    field('Startdate X X X X', 80),
    field('01.01.85', 8),
    field('00.00.00', 8),
    field(HEADER_BYTES, 8),
    field('EDF+C', 44),
    field(records, 8),
    field(0, 8),
    field(1, 4),
    field('EDF Annotations', 16),
    field('', 80),
    field('', 8),
    field(-1, 8),
    field(1, 8),
    field(-32768, 8),
    field(32767, 8),
    field('', 80),
    field(samples, 8),
    field('', 32),
  ];
  return Buffer.from(fields.join(''), 'latin1');
}
