import { basename } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { MapChannel, MapGrid, SlideMap } from '../../map/slide-map.js';
import type { Slide } from '../../slide/slide.js';
import { channelsOf, thresholdOf } from '../channel-of.js';
import { throwIfCancelled } from '../map-stripes.js';
import { nearestRows } from '../nearest-cells.js';
import { outputRefusal } from '../output-failure.js';
import type { OutputOptions } from '../output-file.js';
import { type OutputFolder, writeOutputFolder } from '../output-folder.js';
import { classColour } from '../picture/colour-scale.js';
import { chunkRow, jsonText, type ZarrArray, ZGROUP_TEXT, zarrayText } from './zarr-array.js';

export interface OmeZarrOptions extends OutputOptions {
  /** Probability from which on a cell counts as a class. Default that of the model. */
  readonly threshold?: number;
  /** Labels of the channels that become labels of the image. Default all. */
  readonly channels?: readonly string[];
}

/** Cell that was not examined. 0 is background: examined, and of no class. */
const NOT_EXAMINED = 255;
const CHUNK_SIDE = 1024;
const STRIPE_VALUES = 2 ** 22;
/** The smallest resolution fits a chunk of this side. */
const SMALLEST_SIDE = 256;

/**
 * A map as labels of an image in OME-Zarr 0.4 (Zarr 2): `<file>/labels/<label of the map>`, a picture of bytes in
 * several resolutions, in which a cell has the number of its class: the most probable of those that reach their
 * thresholds, counted from 1; 0 for none, and 255 where nothing was examined. Half a resolution has every other
 * cell. Places are in micrometres from the corner of the whole canvas.
 *
 * @throws DH_REQUEST_MALFORMED for more than 254 classes and another extension than `.zarr`, DH_OUTPUT_EXISTS,
 * DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeOmeZarrLabels(
  map: SlideMap,
  slide: Pick<Slide, 'geometry'>,
  path: string,
  options: OmeZarrOptions = {},
): Promise<void> {
  const file = basename(path);
  if (!/\.zarr$/i.test(file)) throw outputRefusal(file, 'OME-Zarr is a folder whose name ends in .zarr');
  if (!/^\w+$/.test(map.label)) throw outputRefusal(file, 'the label of the map is not of letters, digits and "_"');
  const channels = channelsOf(map, options.channels, file);
  if (channels.length >= NOT_EXAMINED) throw outputRefusal(file, 'it has room for 254 classes');
  const thresholds = channels.map((channel) =>
    thresholdOf(map.channels[channel] as MapChannel, options.threshold, file),
  );
  const resolutions = resolutionsOf(map.grid);
  const root = `labels/${map.label}`;
  await writeOutputFolder(path, options, async (folder) => {
    await folder.put('.zgroup', ZGROUP_TEXT);
    await folder.put('labels/.zgroup', ZGROUP_TEXT);
    await folder.put('labels/.zattrs', jsonText({ labels: [map.label] }));
    await folder.put(`${root}/.zgroup`, ZGROUP_TEXT);
    await folder.put(`${root}/.zattrs`, jsonText(attributesOf(map, slide, channels, thresholds, resolutions)));
    for (const [level, grid] of resolutions.entries()) {
      await writeResolution(folder, `${root}/${level}`, map, grid, channels, thresholds, options.signal);
    }
  });
}

/** Each with every other cell of the one before, the first of two: its cells are twice as large from the same corner. */
function resolutionsOf(finest: MapGrid): MapGrid[] {
  const grids = [finest];
  for (let grid = finest; Math.max(grid.columns, grid.rows) > SMALLEST_SIDE; ) {
    grid = {
      ...grid,
      columns: Math.ceil(grid.columns / 2),
      rows: Math.ceil(grid.rows / 2),
      cellWidth: grid.cellWidth * 2,
      cellHeight: grid.cellHeight * 2,
    };
    grids.push(grid);
  }
  return grids;
}

function attributesOf(
  map: SlideMap,
  { geometry: { micronsPerPixel } }: Pick<Slide, 'geometry'>,
  channels: readonly number[],
  thresholds: readonly number[],
  resolutions: readonly MapGrid[],
): object {
  const { model, slide, planSha256, software } = map.provenance;
  const values = [...channels.keys()].map((at) => at + 1);
  return {
    multiscales: [
      {
        version: '0.4',
        name: map.label,
        axes: ['y', 'x'].map((name) => ({ name, type: 'space', unit: 'micrometer' })),
        datasets: resolutions.map(({ x, y, cellWidth, cellHeight }, level) => ({
          path: String(level),
          coordinateTransformations: [
            { type: 'scale', scale: [cellHeight * micronsPerPixel.y, cellWidth * micronsPerPixel.x] },
            // Where the centre of the first cell lies: that is what the place of a pixel is.
            {
              type: 'translation',
              translation: [(y + cellHeight / 2) * micronsPerPixel.y, (x + cellWidth / 2) * micronsPerPixel.x],
            },
          ],
        })),
      },
    ],
    'image-label': {
      version: '0.4',
      colors: [
        ...values.map((value) => ({ 'label-value': value, rgba: [...classColour(value - 1), 255] })),
        { 'label-value': NOT_EXAMINED, rgba: [128, 128, 128, 64] },
      ],
      properties: [
        ...channels.map((channel, at) => ({
          'label-value': at + 1,
          class: (map.channels[channel] as MapChannel).label,
          threshold: thresholds[at],
        })),
        { 'label-value': NOT_EXAMINED, class: 'not examined' },
      ],
      source: { image: '../../' },
    },
    deephealth: { slide, model, plan: planSha256, software, use: 'Research use only' },
  };
}

async function writeResolution(
  folder: OutputFolder,
  key: string,
  map: SlideMap,
  grid: MapGrid,
  channels: readonly number[],
  thresholds: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  const atOnce = Math.max(1, Math.floor(STRIPE_VALUES / (grid.columns * map.channels.length)));
  const array: ZarrArray = {
    shape: [grid.rows, grid.columns],
    chunks: [Math.min(grid.rows, CHUNK_SIDE, atOnce), Math.min(grid.columns, CHUNK_SIDE)],
    dtype: '|u1',
    compressor: { id: 'zlib', level: 6 },
    separator: '/',
  };
  // Centres are moved into the first of the cells that each stands for, which the map has at its border, too.
  const sampled: MapGrid = {
    ...grid,
    x: grid.x - (grid.cellWidth - map.grid.cellWidth) / 2,
    y: grid.y - (grid.cellHeight - map.grid.cellHeight) / 2,
  };
  await folder.put(`${key}/.zarray`, zarrayText(array));
  for (let index = 0; index * array.chunks[0] < grid.rows; index++) {
    throwIfCancelled(signal);
    const first = index * array.chunks[0];
    const count = Math.min(array.chunks[0], grid.rows - first);
    const labels = labelsOf(await nearestRows(map, sampled, first, count), count * grid.columns, channels, thresholds);
    for (const { name, bytes } of chunkRow(array, index, labels)) {
      await folder.put(`${key}/${name}`, deflateSync(bytes, { level: 6 }));
    }
  }
}

function labelsOf(
  values: Float32Array,
  size: number,
  channels: readonly number[],
  thresholds: readonly number[],
): Uint8Array {
  const labels = new Uint8Array(size);
  for (let at = 0; at < size; at++) {
    let best = Number.NEGATIVE_INFINITY;
    let isExamined = false;
    channels.forEach((channel, place) => {
      const value = values[channel * size + at] as number;
      if (Number.isNaN(value)) return;
      isExamined = true;
      if (value < (thresholds[place] as number) || value <= best) return;
      best = value;
      labels[at] = place + 1;
    });
    if (!isExamined) labels[at] = NOT_EXAMINED;
  }
  return labels;
}
