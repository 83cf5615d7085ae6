import { type CleaningJob, readAt, writeAll } from '../cleaning-job.js';
import { invalid, refusal, throwIfCanceled } from '../refusals.js';
import type { AreaMap } from './area-map.js';
import { TAG } from './kept-tags.js';
import type { TiffDirectory, TiffReader } from './tiff-directories.js';
import { blankBehindTile, isKnownCompression } from './tile-bytes.js';

const MOST_TILE_BYTES = 256 * 1024 * 1024;
const MOST_TILES = 2 ** 24;
const MOST_EXTENT = 10_000_000;
/** Empty tiles may be one; a file that leads to itself again and again would be read for ever. */
const MOST_TIMES_READ = 16;

interface Layout {
  readonly compression: number;
  readonly offsets: Float64Array;
  readonly lengths: Float64Array;
  rawBytes(index: number): number;
}

/**
 * Copies the tiles and strips of all pictures to where they were. Where the last of them ends.
 *
 * @throws DH_CHAIN_INPUT_INVALID, DH_DEIDENTIFICATION_REFUSED
 */
export async function copyTiles(
  job: CleaningJob,
  reader: TiffReader,
  kept: readonly TiffDirectory[],
  areas: AreaMap,
): Promise<number> {
  const layouts: Layout[] = [];
  for (const directory of kept) layouts.push(await layoutOf(reader, directory));
  requireApart(layouts, areas, job.sizeBytes);
  let end = 0;
  for (const { compression, offsets, lengths, rawBytes } of layouts) {
    for (let index = 0; index < offsets.length; index++) {
      throwIfCanceled(job.signal);
      const [offset, length] = [offsets[index] as number, lengths[index] as number];
      // A tile that a scanner left out.
      if (length === 0) continue;
      const bytes = await readAt(job, offset, length);
      job.tally.add('bytes and comments within pictures', blankBehindTile(bytes, compression, rawBytes(index)));
      await writeAll(job.target, bytes, offset);
      end = Math.max(end, offset + length);
    }
  }
  return end;
}

async function layoutOf(reader: TiffReader, directory: TiffDirectory): Promise<Layout> {
  const number = (tag: number, absent: number) => reader.whole(directory, tag, absent);
  const [width, height] = [await number(TAG.width, 0), await number(TAG.height, 0)];
  const compression = await number(TAG.compression, 1);
  if (!isKnownCompression(compression)) throw refusal('is a TIFF of a compression whose pixels cannot be looked at');
  const isTiled = directory.fields.has(TAG.tileOffsets);
  const offsets = await reader.wholes(directory, isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const lengths = await reader.wholes(directory, isTiled ? TAG.tileBytes : TAG.stripBytes);
  const samples = await number(TAG.samples, 1);
  const bits = await reader.wholes(directory, TAG.bits);
  const isPlanar = (await number(TAG.planar, 1)) === 2;
  const columns = isTiled ? await number(TAG.tileWidth, 0) : width;
  const rows = isTiled ? await number(TAG.tileHeight, 0) : Math.min(height, await number(TAG.rowsPerStrip, height));
  const isExtent = (value: number) => value >= 1 && value <= MOST_EXTENT;
  if (![width, height, columns, rows, samples].every(isExtent)) throw invalid('is a TIFF whose extents are none');
  const planes = isPlanar ? samples : 1;
  const perPlane = isTiled ? Math.ceil(width / columns) * Math.ceil(height / rows) : Math.ceil(height / rows);
  if (offsets.length !== perPlane * planes || lengths.length !== offsets.length || offsets.length > MOST_TILES) {
    throw invalid('is a TIFF that does not have as many tiles or strips as its extents ask for');
  }
  const pixelBits = isPlanar
    ? (bits[0] ?? 1)
    : Array.from({ length: samples }, (_, i) => bits[i] ?? bits[0] ?? 1).reduce((a, b) => a + b, 0);
  const lineBytes = Math.ceil((columns * pixelBits) / 8);
  const rawBytes = (index: number) => {
    const strip = index % perPlane;
    return lineBytes * (isTiled ? rows : Math.min(rows, height - strip * rows));
  };
  return { compression, offsets, lengths, rawBytes };
}

/** Pixels lie within the file and not on directories and values, from which they would be copied over what was cleaned. */
function requireApart(layouts: readonly Layout[], areas: AreaMap, sizeBytes: number): void {
  const sorted = areas.sorted();
  let total = 0;
  for (const { offsets, lengths } of layouts) {
    for (let index = 0; index < offsets.length; index++) {
      const [start, length] = [offsets[index] as number, lengths[index] as number];
      if (length === 0) continue;
      if (length > MOST_TILE_BYTES || start + length > sizeBytes)
        throw invalid('is a TIFF with a tile outside of the file');
      total += length;
      if (total > MOST_TIMES_READ * sizeBytes) throw invalid('is a TIFF whose tiles lie on each other');
      let [low, high] = [0, sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((sorted[middle] as readonly [number, number])[1] <= start) low = middle + 1;
        else high = middle;
      }
      const next = sorted[low];
      if (next !== undefined && next[0] < start + length)
        throw invalid('is a TIFF whose pixels lie on its directories');
    }
  }
}
