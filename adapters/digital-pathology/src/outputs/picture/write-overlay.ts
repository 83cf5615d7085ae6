import { basename } from 'node:path';
import type { MapGrid, SlideMap } from '../../map/slide-map.js';
import type { PixelRectangle, Slide } from '../../slide/slide.js';
import { channelOf } from '../channel-of.js';
import { throwIfCancelled } from '../map-stripes.js';
import { nearestRows } from '../nearest-cells.js';
import { outputRefusal } from '../output-failure.js';
import { type OutputOptions, writeOutputFile } from '../output-file.js';
import { colourStep, colourTable } from './colour-scale.js';
import { pictureTexts } from './picture-texts.js';
import { writePng } from './png-writer.js';

/** A picture of a part of a slide. */
export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  /** RGB, 8 bits, [height, width, 3]. */
  readonly pixels: Uint8Array;
  /** What it shows, in pixels of level 0 of the whole canvas. */
  readonly region: PixelRectangle;
}

export interface OverlayOptions extends OutputOptions {
  /** Label of the channel. Default the only one. */
  readonly channel?: string;
  /** Share of the colours of the map, 0 to 1. Default 0.5. */
  readonly opacity?: number;
  /** Cells of a lower probability are left as the slide shows them. Default 0: all are coloured. */
  readonly from?: number;
}

/**
 * A channel over a picture of the slide, as a PNG of the picture's size. What was not examined is left as it
 * is.
 *
 * @throws DH_REQUEST_MALFORMED, DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeOverlay(
  map: SlideMap,
  slide: Pick<Slide, 'geometry'>,
  thumbnail: Thumbnail,
  path: string,
  options: OverlayOptions = {},
): Promise<void> {
  const file = basename(path);
  const channel = channelOf(map, options.channel, file);
  const { width, height, region } = thumbnail;
  if (thumbnail.pixels.length !== width * height * 3) throw outputRefusal(file, 'the picture is not of its size');
  const grid: MapGrid = {
    columns: width,
    rows: height,
    x: region.x,
    y: region.y,
    cellWidth: region.width / width,
    cellHeight: region.height / height,
  };
  const { micronsPerPixel } = slide.geometry;
  await writeOutputFile(path, options, (sink) =>
    writePng(
      sink,
      {
        width,
        height,
        channels: 3,
        pixelsPerMetre: {
          x: 1e6 / (grid.cellWidth * micronsPerPixel.x),
          y: 1e6 / (grid.cellHeight * micronsPerPixel.y),
        },
        texts: pictureTexts(map, channel, grid, slide.geometry),
      },
      blendedLines(map, channel, grid, thumbnail, options),
    ),
  );
}

async function* blendedLines(
  map: SlideMap,
  channel: number,
  grid: MapGrid,
  { width, height, pixels }: Thumbnail,
  { opacity = 0.5, from = 0, signal }: OverlayOptions,
): AsyncGenerator<Uint8Array> {
  const table = colourTable();
  const rowsAtOnce = 64;
  for (let first = 0; first < height; first += rowsAtOnce) {
    throwIfCancelled(signal);
    const count = Math.min(rowsAtOnce, height - first);
    const values = await nearestRows(map, grid, first, count);
    for (let row = 0; row < count; row++) {
      const line = pixels.slice((first + row) * width * 3, (first + row + 1) * width * 3);
      for (let column = 0; column < width; column++) {
        const value = values[(channel * count + row) * width + column] as number;
        if (!(value >= from)) continue;
        const step = 3 * colourStep(value);
        for (let part = 0; part < 3; part++) {
          const below = line[3 * column + part] as number;
          line[3 * column + part] = Math.round(below + opacity * ((table[step + part] as number) - below));
        }
      }
      yield line;
    }
  }
}
