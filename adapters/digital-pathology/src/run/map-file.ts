import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError, toBytes, toTypedArray } from '@deephealth/sdk';
import { notWritten } from './not-written.js';

/** The cells of a map on disk: rows one after the other, each [channels, columns] of FP32, little endian. */
export interface MapFile {
  /** Writes rows: [channels, count, columns]. The same rows may be written again. */
  writeRows(first: number, count: number, values: Float32Array): Promise<void>;
  /** [channels, count, columns] */
  readRows(first: number, count: number): Promise<Float32Array>;
  /** Everything written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export async function openMapFile(folder: string, channels: number, columns: number, rows: number): Promise<MapFile> {
  const path = join(folder, 'map.f32');
  const file: FileHandle = await open(path, 'r+').catch(() => open(path, 'w+').catch(notWritten));
  const rowBytes = channels * columns * 4;
  return {
    async writeRows(first, count, values) {
      await writeWhole(file, toBytes(interchanged(values, channels, count, columns)), first * rowBytes);
    },
    async readRows(first, count) {
      if (!(Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 1 && first + count <= rows)) {
        throw new RangeError(`rows ${first} to ${first + count - 1} of a map of ${rows}`);
      }
      const bytes = Buffer.alloc(count * rowBytes);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, first * rowBytes);
      if (bytesRead < bytes.length) {
        throw new DeepHealthError(
          'DH_RUN_STATE_CORRUPT',
          'The map of the run is shorter than it was. Remove the folder of the run to begin anew.',
        );
      }
      return interchanged(toTypedArray('FP32', bytes), count, channels, columns);
    },
    sync: () => file.datasync().catch(notWritten),
    close: () => file.close(),
  };
}

/** [outer, inner, columns] to [inner, outer, columns]. */
function interchanged(values: Float32Array, outer: number, inner: number, columns: number): Float32Array {
  if (outer === 1 || inner === 1) return values;
  const turned = new Float32Array(values.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const from = (o * inner + i) * columns;
      turned.set(values.subarray(from, from + columns), (i * outer + o) * columns);
    }
  }
  return turned;
}

async function writeWhole(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at).catch(notWritten);
    at += bytesWritten;
  }
}
