/** Extents of pixels, by default laid out [height, width, channels], row-major, without padding. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** The element types that images come in. */
export type ImagePixels = Uint8Array | Uint16Array | Int16Array | Float32Array;

/** Throws RangeError unless extents are whole numbers that a kernel can count with. */
export function requireExtents(kernel: string, extents: Readonly<Record<string, number>>): void {
  for (const [name, extent] of Object.entries(extents)) {
    if (!Number.isInteger(extent) || extent < 0 || extent > LONGEST_SIDE) {
      throw new RangeError(`${kernel}: ${name} is a whole number from 0 to 2^31, got ${extent}`);
    }
  }
}

const LONGEST_SIDE = 2 ** 31;
