import { type Picture, redAt } from './painted-picture.js';
import { NEIGHBOURS } from './pathology-models.js';

/** A rectangle of pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What the tile model says of a picture: the mean of red, 0 to 1, in float64. */
export function meanOfRed(picture: Picture, area: Rectangle = { x: 0, y: 0, ...picture }): number {
  let sum = 0;
  for (let y = area.y; y < area.y + area.height; y++) {
    for (let x = area.x; x < area.x + area.width; x++) sum += redAt(picture, x, y);
  }
  return sum / (area.width * area.height * 255);
}

/** What the pixel model says of a picture that is all it sees: beyond its edge there is 0. */
export function weightedRed(picture: Picture): Float64Array {
  const { width, height } = picture;
  return Float64Array.from({ length: width * height }, (_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    return weighted(x, y, (left, top) =>
      left < 0 || top < 0 || left >= width || top >= height ? 0 : redAt(picture, left, top),
    );
  });
}

/** What a map of the pixel model must say of a pixel of a slide: its neighbours are there, and white beyond the canvas. */
export function expectedPixel(slide: Picture, x: number, y: number): number {
  return weighted(x, y, (left, top) => redAt(slide, left, top));
}

function weighted(x: number, y: number, red: (x: number, y: number) => number): number {
  return NEIGHBOURS.reduce((sum, { dx, dy, weight }) => sum + weight * red(x + dx, y + dy), 0) / 255;
}
