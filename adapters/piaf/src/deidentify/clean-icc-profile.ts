import { refusal } from './refusals.js';

const HEADER_BYTES = 128;
const TAG_BYTES = 12;
const MOST_TAGS = 100;
/** Tags that colours are computed from (ICC.1:2022, 9.2). The others are texts, dates and devices. */
const KEPT = [
  ...['rXYZ', 'gXYZ', 'bXYZ', 'rTRC', 'gTRC', 'bTRC', 'kTRC', 'wtpt', 'bkpt', 'chad', 'lumi', 'gamt', 'chrm', 'cicp'],
  ...['A2B0', 'A2B1', 'A2B2', 'A2B3', 'B2A0', 'B2A1', 'B2A2', 'B2A3', 'D2B0', 'D2B1', 'D2B2', 'D2B3'],
];
/** Types of their values: numbers and tables. */
const TYPES = ['XYZ ', 'curv', 'para', 'sf32', 'mft1', 'mft2', 'mAB ', 'mBA ', 'mpet', 'chrm', 'cicp'];
/** What stays of the header: version, class, colour spaces, flags of use, intent and illuminant; no device, date, maker or digest. */
const KEPT_HEADER = [
  [8, 24],
  [36, 40],
  [64, 80],
] as const;

export interface CleanProfile {
  /** Never longer than what was given. */
  readonly profile: Buffer;
  /** Tags and fields that are gone. */
  readonly removed: number;
}

/**
 * An ICC profile with what colours are computed from, and nothing else.
 *
 * @throws DH_DEIDENTIFICATION_REFUSED for bytes that are no profile
 */
export function cleanIccProfile(bytes: Buffer): CleanProfile {
  const damaged = () => refusal('has a colour profile that cannot be read');
  if (bytes.length < HEADER_BYTES + 4 || bytes.toString('latin1', 36, 40) !== 'acsp') throw damaged();
  const count = bytes.readUInt32BE(HEADER_BYTES);
  const tableEnd = HEADER_BYTES + 4 + count * TAG_BYTES;
  if (count > MOST_TAGS || tableEnd > bytes.length) throw damaged();
  const tags: { signature: string; start: number; length: number }[] = [];
  for (let index = 0; index < count; index++) {
    const at = HEADER_BYTES + 4 + index * TAG_BYTES;
    const signature = bytes.toString('latin1', at, at + 4);
    const [start, length] = [bytes.readUInt32BE(at + 4), bytes.readUInt32BE(at + 8)];
    if (start < tableEnd || start + length > bytes.length) throw damaged();
    if (!KEPT.includes(signature) || tags.some((tag) => tag.signature === signature)) continue;
    if (length < 8 || !TYPES.includes(bytes.toString('latin1', start, start + 4))) throw damaged();
    tags.push({ signature, start, length });
  }
  const profile = rebuilt(bytes, tags);
  let fields = 0;
  for (let at = 0; at < HEADER_BYTES; at += 4) {
    // The length is another one by itself.
    if (at >= 4 && bytes.readUInt32BE(at) !== profile.readUInt32BE(at)) fields++;
  }
  return { profile, removed: count - tags.length + fields };
}

function rebuilt(bytes: Buffer, tags: readonly { signature: string; start: number; length: number }[]): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + 4 + tags.length * TAG_BYTES);
  for (const [start, end] of KEPT_HEADER) bytes.copy(head, start, start, end);
  head.writeUInt32BE(tags.length, HEADER_BYTES);
  const parts: Buffer[] = [];
  // Curves of three channels are often one.
  const places = new Map<string, number>();
  let end = head.length;
  tags.forEach(({ signature, start, length }, index) => {
    const key = `${start} ${length}`;
    let place = places.get(key);
    if (place === undefined) {
      place = end;
      places.set(key, place);
      const part = Buffer.alloc(Math.ceil(length / 4) * 4);
      bytes.copy(part, 0, start, start + length);
      part.fill(0, 4, 8);
      parts.push(part);
      end += part.length;
    }
    const at = HEADER_BYTES + 4 + index * TAG_BYTES;
    head.write(signature, at, 'latin1');
    head.writeUInt32BE(place, at + 4);
    head.writeUInt32BE(length, at + 8);
  });
  head.writeUInt32BE(end, 0);
  const profile = Buffer.concat([head, ...parts]);
  if (profile.length > Math.ceil(bytes.length / 4) * 4) throw refusal('has a colour profile whose parts overlap');
  return profile;
}
