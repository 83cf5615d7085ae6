import { basename } from 'node:path';
import type { MapChannel, SlideMap } from '../../map/slide-map.js';
import type { Slide } from '../../slide/slide.js';
import { channelsOf } from '../channel-of.js';
import { throwIfCancelled } from '../map-stripes.js';
import { nearestRows } from '../nearest-cells.js';
import { outputRefusal } from '../output-failure.js';
import { type OutputOptions, writeOutputFile } from '../output-file.js';
import { type OutputFolder, writeOutputFolder } from '../output-folder.js';
import { chunkRow, jsonText, type ZarrArray, ZGROUP_TEXT, zarrayText } from '../zarr/zarr-array.js';
import { createZipWriter } from '../zip-writer.js';
import { crs4Attributes, crs4Grid, crs4Value } from './crs4-array.js';

export interface Crs4ZarrOptions extends OutputOptions {
  /** Probabilities as they are, in 32 bits, instead of 0 to 100 cut off to 8 bits. */
  readonly noRound?: boolean;
  /** From this probability on a cell is 1, below it 0, before it is made a percentage. */
  readonly threshold?: number;
  /** What the arrays say of the model. Default name and version of the map's. */
  readonly model?: string;
  /** Labels of the channels to write. Default all. */
  readonly channels?: readonly string[];
}

interface NamedArray {
  readonly name: string;
  readonly channel: number;
}

const CHUNK_SIDE = 1024;
/** What of the map is in memory at a time. */
const STRIPE_VALUES = 2 ** 22;

/**
 * A map in the form of CRS4's slaid: a group of Zarr 2 with an array for each channel, in a zip archive
 * (`.zip`) or a folder (`.zarr`). The only channel is named by the label of the map, several by their own.
 *
 * Its grid is that of slaid (see crs4Grid). A map on another grid is sampled: each cell has the value of the
 * cell of the map that its centre lies in.
 *
 * @throws DH_REQUEST_MALFORMED for another extension, for names that are no `\w+`, and for cells that the
 * format does not know; DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeCrs4Zarr(
  map: SlideMap,
  slide: Pick<Slide, 'name' | 'geometry'>,
  path: string,
  options: Crs4ZarrOptions = {},
): Promise<void> {
  const file = basename(path);
  const fill = (folder: OutputFolder) => fillStore(map, slide, file, options, folder);
  if (/\.zip$/i.test(file)) {
    return writeOutputFile(path, options, async (sink) => {
      const zip = createZipWriter(sink);
      await fill({ put: (key, content) => zip.put(key, typeof content === 'string' ? Buffer.from(content) : content) });
      await zip.finish();
    });
  }
  if (/\.zarr$/i.test(file)) return writeOutputFolder(path, options, fill);
  throw outputRefusal(file, 'an array in the form of CRS4 is a .zip or a .zarr');
}

async function fillStore(
  map: SlideMap,
  { name, geometry }: Pick<Slide, 'name' | 'geometry'>,
  file: string,
  options: Crs4ZarrOptions,
  store: OutputFolder,
): Promise<void> {
  const grid = crs4Grid(map, geometry, file);
  const arrays = namedArrays(map, file, options.channels);
  const isRounded = options.noRound !== true;
  const { threshold } = options;
  const chunkRows = Math.floor(STRIPE_VALUES / (grid.columns * map.channels.length));
  const array: ZarrArray = {
    shape: [grid.rows, grid.columns],
    chunks: [Math.max(1, Math.min(grid.rows, CHUNK_SIDE, chunkRows)), Math.min(grid.columns, CHUNK_SIDE)],
    dtype: isRounded || threshold !== undefined ? '|u1' : '<f4',
    compressor: null,
    separator: '.',
  };
  const { provenance } = map;
  const model = options.model ?? `${provenance.model.name}-${provenance.model.version}`;
  const { width, height } = geometry.levels[0] as { width: number; height: number };
  await store.put('.zgroup', ZGROUP_TEXT);
  // An array has no value for what could not be read: there is 0, and the group says where. Only the attributes of
  // arrays are taken apart by slaid, which would refuse a name that it does not know.
  const unread = map.unread.map((part) => [part.x, part.y, part.width, part.height]);
  const told = { filename: basename(name), resolution: [width, height], ...(unread.length > 0 ? { unread } : {}) };
  await store.put('.zattrs', jsonText(told));
  for (const { name: label } of arrays) {
    await store.put(`${label}/.zarray`, zarrayText(array));
    await store.put(`${label}/.zattrs`, jsonText(crs4Attributes(map, geometry, { isRounded, threshold, model })));
  }
  for (let index = 0; index * array.chunks[0] < grid.rows; index++) {
    throwIfCancelled(options.signal);
    const first = index * array.chunks[0];
    const count = Math.min(array.chunks[0], grid.rows - first);
    const values = await nearestRows(map, grid, first, count);
    const size = count * grid.columns;
    for (const { name: label, channel } of arrays) {
      const stored = values
        .subarray(channel * size, (channel + 1) * size)
        .map((value) => crs4Value(value, isRounded, threshold));
      for (const chunk of chunkRow(array, index, stored)) await store.put(`${label}/${chunk.name}`, chunk.bytes);
    }
  }
}

function namedArrays(map: SlideMap, file: string, wanted?: readonly string[]): NamedArray[] {
  const arrays = channelsOf(map, wanted, file).map((channel) => ({
    name: map.channels.length === 1 ? map.label : (map.channels[channel] as MapChannel).label,
    channel,
  }));
  const wrong = arrays.find(
    ({ name }, at) => !/^\w+$/.test(name) || arrays.findIndex((one) => one.name === name) !== at,
  );
  if (wrong === undefined) return arrays;
  throw outputRefusal(file, `"${wrong.name}" cannot name an array: letters, digits and "_", and each once`);
}
