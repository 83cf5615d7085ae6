/** Round numbers within a range, about so many. */
export function niceTicks(least: number, most: number, about: number): number[] {
  if (!(most > least) || about < 1) return [least];
  const rough = (most - least) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) as number) * power;
  const first = Math.ceil(least / step - 1e-9);
  const count = Math.floor(most / step + 1e-9) - first;
  // Multiplied anew each time: sums of steps such as 0.1 drift.
  return Array.from({ length: count + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Least and greatest of what is a number; undefined if nothing is. */
export function extentOf(values: readonly number[]): readonly [number, number] | undefined {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least > most ? undefined : [least, most];
}

/**
 * A path through values at equal distances, from 0 to `width`, the greatest at the top. What is no number leaves a gap.
 *
 * @param extent the values at the bottom and at the top; where they are equal, the line lies in the middle
 */
export function linePath(
  values: readonly number[],
  extent: readonly [number, number],
  width: number,
  height: number,
): string {
  const [least, most] = extent;
  const stepX = values.length > 1 ? width / (values.length - 1) : 0;
  let isDrawing = false;
  let path = '';
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      isDrawing = false;
      return;
    }
    const share = most > least ? (value - least) / (most - least) : 0.5;
    path += `${isDrawing ? 'L' : 'M'}${(index * stepX).toFixed(1)} ${((1 - share) * height).toFixed(1)}`;
    isDrawing = true;
  });
  return path;
}

/** Seconds between the marks of a clock, up to a day; then whole days. */
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Marks of a clock from 0 to so many seconds, at most so many beside the first. */
export function timeTicks(totalSeconds: number, most: number): number[] {
  const days = Math.ceil(totalSeconds / Math.max(1, most) / 86_400) * 86_400;
  const step = CLOCK_STEPS.find((one) => totalSeconds / one <= most) ?? days;
  return Array.from({ length: Math.floor(totalSeconds / step) + 1 }, (_, index) => index * step);
}
