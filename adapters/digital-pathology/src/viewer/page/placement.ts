import type { Rectangle } from './view.js';

/** Where the slide lies on the canvas, at one moment. */
export interface Placement {
  /** Extents of the canvas in pixels of the device. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the device for one of CSS. */
  readonly ratio: number;
  /** Pixels of the device for one of level 0. */
  readonly scale: number;
  /** What is seen, in pixels of level 0; it may reach beyond the slide. */
  readonly part: Rectangle;
  point(x: number, y: number): { x: number; y: number };
  /** A rectangle of level 0 in whole pixels of the device: neighbours neither overlap nor leave a gap. */
  pixels(rectangle: Rectangle): Rectangle;
}

/**
 * @param origin of level 0, in pixels of CSS from the corner of the canvas
 * @param cssScale pixels of CSS for one of level 0
 */
export function createPlacement(
  size: { readonly width: number; readonly height: number },
  ratio: number,
  origin: { readonly x: number; readonly y: number },
  cssScale: number,
): Placement {
  const scale = cssScale * ratio;
  const point = (x: number, y: number) => ({ x: origin.x * ratio + x * scale, y: origin.y * ratio + y * scale });
  return {
    width: Math.round(size.width * ratio),
    height: Math.round(size.height * ratio),
    ratio,
    scale,
    part: {
      x: -origin.x / cssScale,
      y: -origin.y / cssScale,
      width: size.width / cssScale,
      height: size.height / cssScale,
    },
    point,
    pixels({ x, y, width, height }) {
      const [from, to] = [point(x, y), point(x + width, y + height)];
      const [left, top] = [Math.round(from.x), Math.round(from.y)];
      return { x: left, y: top, width: Math.round(to.x) - left, height: Math.round(to.y) - top };
    },
  };
}
