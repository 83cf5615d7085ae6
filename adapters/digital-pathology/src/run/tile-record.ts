import { crc32 } from 'node:zlib';
import { toBytes } from '@deephealth/sdk';

/** What became of a tile. */
export type TileOutcome = 'examined' | 'unread' | 'abstained';

/** One tile of a row of tiles, as it is kept. */
export interface TileRecord extends TileNote {
  /** [channels, cells of the tile]; only of examined tiles. */
  readonly values: Float32Array;
}

/** A record without its values. */
export interface TileNote {
  readonly column: number;
  readonly outcome: TileOutcome;
  /** Bit n: the runtime gave a warning of kind n. */
  readonly warnings: number;
}

/** Where the values of a record lie in its file. */
export interface StoredTile extends TileNote {
  readonly valuesOffset: number;
}

const OUTCOMES: readonly TileOutcome[] = ['examined', 'unread', 'abstained'];
const SUM_BYTES = 4;
export const RECORD_HEAD_BYTES = 14;

/** Column, outcome, warnings, length, values, and CRC-32 over all of them; little endian. */
export function encodeRecord({ column, outcome, warnings, values }: TileRecord): Buffer {
  const head = Buffer.alloc(RECORD_HEAD_BYTES);
  head.writeUInt32LE(column, 0);
  head.writeUInt16LE(OUTCOMES.indexOf(outcome), 4);
  head.writeUInt32LE(warnings, 6);
  head.writeUInt32LE(values.byteLength, 10);
  const record = Buffer.concat([head, toBytes(values), Buffer.alloc(SUM_BYTES)]);
  // Over one piece of memory: of an empty one alone, zlib gives 0.
  record.writeUInt32LE(crc32(record.subarray(0, -SUM_BYTES)), record.length - SUM_BYTES);
  return record;
}

/** Bytes of the record whose head this is; undefined for what is no head. */
export function recordLength(head: Buffer, expectedValues: number): number | undefined {
  const outcome = OUTCOMES[head.readUInt16LE(4)];
  const length = head.readUInt32LE(10);
  if (outcome === undefined || length !== (outcome === 'examined' ? 4 * expectedValues : 0)) return undefined;
  return RECORD_HEAD_BYTES + length + SUM_BYTES;
}

/** What a whole record says; undefined if its checksum does not hold. */
export function readRecord(bytes: Buffer): TileNote | undefined {
  const end = bytes.length - SUM_BYTES;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return undefined;
  const outcome = OUTCOMES[bytes.readUInt16LE(4)] as TileOutcome;
  return { column: bytes.readUInt32LE(0), outcome, warnings: bytes.readUInt32LE(6) };
}
