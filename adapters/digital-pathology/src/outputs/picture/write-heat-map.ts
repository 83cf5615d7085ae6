import { basename } from 'node:path';
import type { MapGrid, SlideMap } from '../../map/slide-map.js';
import type { Slide } from '../../slide/slide.js';
import { channelOf } from '../channel-of.js';
import { mapStripes, stripeRows } from '../map-stripes.js';
import { outputRefusal } from '../output-failure.js';
import { type OutputOptions, writeOutputFile } from '../output-file.js';
import { colourStep, colourTable } from './colour-scale.js';
import { pictureTexts } from './picture-texts.js';
import { writePng } from './png-writer.js';

export interface HeatMapOptions extends OutputOptions {
  /** Label of the channel. Default the only one. */
  readonly channel?: string;
  /** Most pixels along a side. A larger map is averaged over blocks of cells. Default 4096. */
  readonly mostPixels?: number;
  /** Pixels along each side of a cell, a whole number: a map of few cells can be looked at. Default 1. */
  readonly enlarge?: number;
}

/**
 * A channel as a PNG picture: a pixel for each cell, or for each block of cells, coloured by its probability
 * (0 dark blue, 0.5 green, 1 yellow), transparent where nothing was examined. There is no legend in it.
 *
 * Texts in the file say where it lies (see pictureTexts); pHYs how many pixels a metre of the slide has.
 *
 * @throws DH_REQUEST_MALFORMED, DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeHeatMap(
  map: SlideMap,
  slide: Pick<Slide, 'geometry'>,
  path: string,
  options: HeatMapOptions = {},
): Promise<void> {
  const channel = channelOf(map, options.channel, basename(path));
  const { enlarge = 1, mostPixels = 4096 } = options;
  const block = Math.ceil((Math.max(map.grid.columns, map.grid.rows) * enlarge) / mostPixels);
  if (!Number.isInteger(enlarge) || enlarge < 1 || (enlarge > 1 && block > 1)) {
    throw outputRefusal(basename(path), 'cells can be enlarged by whole numbers, up to the most pixels of a side');
  }
  const blocks = blockGrid(map.grid, block);
  const grid = enlargedGrid(blocks, enlarge);
  const table = colourTable();
  const { x, y } = slide.geometry.micronsPerPixel;
  await writeOutputFile(path, options, (sink) =>
    writePng(
      sink,
      {
        width: grid.columns,
        height: grid.rows,
        channels: 4,
        pixelsPerMetre: { x: 1e6 / (grid.cellWidth * x), y: 1e6 / (grid.cellHeight * y) },
        texts: pictureTexts(map, channel, grid, slide.geometry),
      },
      colouredLines(blockMeans(map, channel, block, blocks.columns, options.signal), table, enlarge),
    ),
  );
}

/** The grid of blocks of cells; the last ones may reach beyond the map. */
function blockGrid(grid: MapGrid, block: number): MapGrid {
  return {
    columns: Math.ceil(grid.columns / block),
    rows: Math.ceil(grid.rows / block),
    x: grid.x,
    y: grid.y,
    cellWidth: grid.cellWidth * block,
    cellHeight: grid.cellHeight * block,
  };
}

function enlargedGrid(grid: MapGrid, times: number): MapGrid {
  const [columns, rows] = [grid.columns * times, grid.rows * times];
  return { ...grid, columns, rows, cellWidth: grid.cellWidth / times, cellHeight: grid.cellHeight / times };
}

/** Line by line, the mean of what was examined of each block; NaN where nothing was. */
async function* blockMeans(
  map: SlideMap,
  channel: number,
  block: number,
  width: number,
  signal?: AbortSignal,
): AsyncGenerator<Float64Array> {
  const { columns } = map.grid;
  const rowsAtOnce = Math.max(1, Math.floor(stripeRows(map) / block)) * block;
  for await (const { count, values } of mapStripes(map, signal, rowsAtOnce)) {
    for (let top = 0; top < count; top += block) {
      const sums = new Float64Array(width);
      const counts = new Uint32Array(width);
      for (let row = top; row < Math.min(top + block, count); row++) {
        const from = (channel * count + row) * columns;
        for (let column = 0; column < columns; column++) {
          const value = values[from + column] as number;
          if (Number.isNaN(value)) continue;
          const at = Math.floor(column / block);
          sums[at] = (sums[at] as number) + value;
          counts[at] = (counts[at] as number) + 1;
        }
      }
      yield sums.map((sum, at) => sum / (counts[at] as number));
    }
  }
}

async function* colouredLines(
  lines: AsyncIterable<Float64Array>,
  table: Uint8Array,
  times: number,
): AsyncGenerator<Uint8Array> {
  for await (const line of lines) {
    const pixels = new Uint8Array(line.length * times * 4);
    line.forEach((value, at) => {
      if (Number.isNaN(value)) return;
      const step = 3 * colourStep(value);
      for (let pixel = at * times; pixel < (at + 1) * times; pixel++) {
        pixels.set(table.subarray(step, step + 3), 4 * pixel);
        pixels[4 * pixel + 3] = 255;
      }
    });
    for (let again = 0; again < times; again++) yield pixels;
  }
}
