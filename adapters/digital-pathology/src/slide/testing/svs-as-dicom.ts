import { open } from 'node:fs/promises';
import { joinJpeg } from '../tiff/jpeg-in-tiff.js';
import { type TiffFields, TiffFile } from '../tiff/tiff-file.js';
import { readTiffLevel } from '../tiff/tiff-level.js';
import { type WsiFile, type WsiFileOptions, wsiFile } from './wsi-file.js';

/**
 * An SVS of JPEG tiles as a DICOM slide, its tiles copied as converters do: they hold RGB by their Adobe
 * marker, and the file calls them YBR_FULL_422.
 */
export async function svsAsDicom(
  path: string,
  micronsPerPixel: number,
  options: WsiFileOptions = {},
): Promise<WsiFile> {
  const handle = await open(path);
  try {
    const file = await TiffFile.of(handle);
    const [first] = await file.directories();
    const level = await readTiffLevel(file, first as TiffFields);
    const count = level.offsets.length;
    const order = options.order ?? Array.from({ length: count }, (_, index) => index);
    let frame = 0;
    const encode = async () => {
      const tile = order[frame++] as number;
      const bytes = await file.read(level.offsets[tile] as number, level.byteCounts[tile] as number);
      return joinJpeg(level.format.jpegTables, bytes, level.format.photometric === 6);
    };
    const picture = { width: level.width, height: level.height, pixels: new Uint8Array(0) };
    return await wsiFile(picture, { ...options, order, encode, tile: level.tile.width, micronsPerPixel });
  } finally {
    await handle.close();
  }
}
