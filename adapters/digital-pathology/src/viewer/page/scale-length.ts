/** A scale bar: how long it is on the screen, and on the slide. */
export interface ScaleLength {
  readonly pixels: number;
  readonly micrometres: number;
  readonly text: string;
}

/**
 * The longest bar of 1, 2 or 5 times a power of ten that is no longer than asked for.
 *
 * @param micronsPerPixel of a pixel of the screen, at the zoom that is shown
 */
export function scaleLength(micronsPerPixel: number, mostPixels: number): ScaleLength {
  const most = micronsPerPixel * mostPixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const factor = [5, 2, 1].find((one) => one * power <= most) ?? 1;
  const micrometres = factor * power;
  return { micrometres, pixels: micrometres / micronsPerPixel, text: lengthText(micrometres) };
}

export function lengthText(micrometres: number): string {
  const [value, unit] = micrometres >= 1000 ? [micrometres / 1000, 'mm'] : [micrometres, 'µm'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}
