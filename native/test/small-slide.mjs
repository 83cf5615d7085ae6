// A TIFF in tiles that OpenSlide takes for a slide, written by hand: RGB, uncompressed, of two levels, for
// OpenSlide reads all of the coarsest one when it opens a slide.
const TILE = 32;
const TILE_BYTES = TILE * TILE * 3;
const HEADER_BYTES = 8;
/** Pixels of the first level that one of the second is wide. */
const COARSER = 8;
/** Far behind the end of the file. */
const NOWHERE = 2 ** 31;

/** The pixel at x, y of the first level: no two neighbours are alike. */
const pixelAt = (x, y) => [(x * 5) % 256, (y * 7) % 256, (x + y * 3) % 256];

/**
 * @param missing place of a tile of the first level that lies outside of the file, row by row; none by default
 * @param description ImageDescription
 */
export function smallSlide(width, height, { missing = -1, description = '' } = {}) {
  const file = new TiffBytes();
  const fine = file.tiles(width, height, pixelAt);
  if (missing >= 0) fine.offsets[missing] = NOWHERE;
  const coarse = file.tiles(Math.round(width / COARSER), Math.round(height / COARSER), () => [9, 9, 9]);
  file.directory(fine, description);
  file.directory(coarse, '');
  return file.bytes();
}

/** What a region of the first level holds; white outside of it. */
export function expectedRegion(slide, x, y, width, height) {
  const pixels = new Uint8Array(width * height * 3).fill(255);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [atX, atY] = [x + column, y + row];
      const isInside = atX >= 0 && atY >= 0 && atX < slide.width && atY < slide.height;
      if (isInside) pixels.set(pixelAt(atX, atY), (row * width + column) * 3);
    }
  }
  return pixels;
}

class TiffBytes {
  #parts = [Buffer.from('49492a0000000000', 'hex')];
  #length = HEADER_BYTES;
  /** Where the offset of the next directory belongs. */
  #link = [this.#parts[0], 4];

  tiles(width, height, colour) {
    const columns = Math.ceil(width / TILE);
    const offsets = [];
    for (let tile = 0; tile < columns * Math.ceil(height / TILE); tile++) {
      const [left, top] = [(tile % columns) * TILE, Math.floor(tile / columns) * TILE];
      const pixels = Array.from({ length: TILE * TILE }, (_, i) =>
        colour(left + (i % TILE), top + Math.floor(i / TILE)),
      );
      offsets.push(this.#put(Buffer.from(pixels.flat())));
    }
    return { width, height, offsets };
  }

  directory({ width, height, offsets }, description) {
    const fields = [
      ...[this.#long(254, this.#link[1] === 4 ? 0 : 1), this.#long(256, width), this.#long(257, height)],
      ...[this.#long(258, 8, 8, 8), this.#long(259, 1), this.#long(262, 2)],
      this.#field(270, 2, description.length + 1, Buffer.from(`${description}\0`)),
      ...[this.#long(277, 3), this.#long(284, 1), this.#long(322, TILE), this.#long(323, TILE)],
      ...[this.#long(324, ...offsets), this.#long(325, ...offsets.map(() => TILE_BYTES))],
    ];
    const bytes = Buffer.concat([Buffer.alloc(2), ...fields, Buffer.alloc(4)]);
    bytes.writeUInt16LE(fields.length, 0);
    const [part, at] = this.#link;
    part.writeUInt32LE(this.#put(bytes), at);
    this.#link = [bytes, bytes.length - 4];
  }

  bytes() {
    return Buffer.concat(this.#parts);
  }

  #long(tag, ...values) {
    return this.#field(tag, 4, values.length, Buffer.from(Uint32Array.from(values).buffer));
  }

  #field(tag, type, count, bytes) {
    const field = Buffer.alloc(12);
    field.writeUInt16LE(tag, 0);
    field.writeUInt16LE(type, 2);
    field.writeUInt32LE(count, 4);
    if (bytes.length <= 4) bytes.copy(field, 8);
    else field.writeUInt32LE(this.#put(bytes), 8);
    return field;
  }

  #put(bytes) {
    const at = this.#length;
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return at;
  }
}
