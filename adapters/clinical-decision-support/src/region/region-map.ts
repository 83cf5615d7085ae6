import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, decodeHalf } from '@deephealth/sdk';

/** A highlight on the grid of the image, with no more samples than a picture on a screen needs. */
export interface RegionMap {
  /** Of the image as the runtime saw it, upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  /** Row-major: the fall of the probability, -1 to 1, where the place is covered. NaN: the model did not look. */
  readonly values: Float32Array;
  /** Largest of the values; 0 where none is above it. */
  readonly strongest: number;
  readonly isPartly: boolean;
}

/** Samples of the longer side. A map has at most some 45 places a side that were covered, and is linear between. */
const MAX_SIDE = 512;

/**
 * The map of a highlight. It is read where it is drawn and nowhere else: that of a large image has as many bytes as
 * could not be looked at by the deadline. Throws DH_RESPONSE_INVALID for what is no map of an image.
 */
export function regionMap({ values: tensor, grid }: runtimeV1.Map__Output): RegionMap {
  const extents = (grid?.size ?? []).map(Number);
  // One slice of a depth of 1 is an image, too.
  const [height = 0, width = 0] = extents.length === 3 && extents[0] === 1 ? extents.slice(1) : extents;
  const isImage = extents.length === 2 || (extents.length === 3 && extents[0] === 1);
  const sizeBytes = tensor?.dataType === 'DATA_TYPE_FP16' ? 2 : tensor?.dataType === 'DATA_TYPE_FP32' ? 4 : 0;
  const isWhole = width >= 1 && height >= 1 && tensor?.data.byteLength === width * height * sizeBytes;
  if (!isImage || tensor == null || sizeBytes === 0 || !isWhole) throw broken('is not on the grid of an image');
  const data = tensor.data as Buffer;
  const read =
    sizeBytes === 2 ? (at: number) => decodeHalf(data.readUInt16LE(at)) : (at: number) => data.readFloatLE(at);
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  const columns = Math.max(1, Math.round(width * scale));
  const rows = Math.max(1, Math.round(height * scale));
  const values = new Float32Array(columns * rows);
  let strongest = 0;
  let isPartly = false;
  for (let row = 0; row < rows; row += 1) {
    const y = Math.floor(((row + 0.5) * height) / rows);
    for (let column = 0; column < columns; column += 1) {
      const x = Math.floor(((column + 0.5) * width) / columns);
      const value = read((y * width + x) * sizeBytes);
      if (Number.isNaN(value)) isPartly = true;
      // A hair beyond 1 is rounding.
      else if (Math.abs(value) > 1 + 1e-6) throw broken('holds what is no change of a probability');
      else strongest = Math.max(strongest, value);
      values[row * columns + column] = value;
    }
  }
  return { width, height, columns, rows, values, strongest, isPartly };
}

function broken(what: string): DeepHealthError {
  return new DeepHealthError('DH_RESPONSE_INVALID', `The highlight that the runtime gave ${what}. It is not shown.`);
}
