import { contextOf } from './elements.js';
import type { ValueTile } from './value-store.js';

/** A tile of values as two pictures, a pixel for each cell. */
export interface ColouredTile {
  /** What reaches the threshold, in its colour. */
  readonly heat: HTMLCanvasElement;
  /** Opaque where nothing was examined; absent where everything was. */
  readonly unexamined?: HTMLCanvasElement;
}

const BLACK = 255 * 2 ** 24;

/** Colours by value, ready to be written: in the order of bytes of canvases on little-endian machines. */
export function packedColours(colours: readonly number[]): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, step) => {
    const [red = 0, green = 0, blue = 0] = colours.slice(3 * step, 3 * step + 3);
    return (BLACK + blue * 2 ** 16 + green * 2 ** 8 + red) >>> 0;
  });
}

export function colourStep(value: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

export function colourTile(tile: ValueTile, colours: Uint32Array, threshold: number): ColouredTile {
  const { columns, rows, values } = tile;
  const heat = new Uint32Array(columns * rows);
  const unexamined = new Uint32Array(columns * rows);
  let isPartly = false;
  // Values have 32 bits; so has what they are compared with.
  const least = Math.fround(threshold);
  values.forEach((value, at) => {
    if (value >= least) heat[at] = colours[colourStep(value)] as number;
    else if (Number.isNaN(value)) {
      unexamined[at] = BLACK;
      isPartly = true;
    }
  });
  return {
    heat: pictureOf(heat, columns, rows),
    ...(isPartly ? { unexamined: pictureOf(unexamined, columns, rows) } : {}),
  };
}

function pictureOf(pixels: Uint32Array<ArrayBuffer>, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  contextOf(canvas).putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
  return canvas;
}
