import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
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
      const bytes = Buffer.alloc(count * rowBytes);
      for (let r = 0; r < count; r++) {
        for (let c = 0; c < channels; c++) {
          const from = (c * count + r) * columns;
          const to = (r * channels + c) * columns;
          for (let x = 0; x < columns; x++) bytes.writeFloatLE(values[from + x] as number, 4 * (to + x));
        }
      }
      await writeWhole(file, bytes, first * rowBytes);
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
      const values = new Float32Array(channels * count * columns);
      for (let r = 0; r < count; r++) {
        for (let c = 0; c < channels; c++) {
          const from = (r * channels + c) * columns;
          const to = (c * count + r) * columns;
          for (let x = 0; x < columns; x++) values[to + x] = bytes.readFloatLE(4 * (from + x));
        }
      }
      return values;
    },
    sync: () => file.datasync().catch(notWritten),
    close: () => file.close(),
  };
}

async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at).catch(notWritten);
    at += bytesWritten;
  }
}
