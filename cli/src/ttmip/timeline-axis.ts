/** A time between two stages in which nothing ran that is cut short in the picture. */
export interface Break {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly x: number;
  readonly width: number;
}

export interface TimelineAxis {
  /** Place of a moment, in pixels; moments before and after the axis lie at its ends. */
  readonly at: (ms: number) => number;
  readonly breaks: readonly Break[];
  /** Pixels of a second of machine time. */
  readonly pixelsPerSecond: number;
}

export interface Interval {
  readonly fromMs: number;
  readonly untilMs: number;
}

const BREAK_PX = 76;
/** Shorter pauses are drawn as long as they are. */
const LEAST_BREAK_MS = 2_000;
const LEAST_BREAK_SHARE = 0.1;

/**
 * Places for moments on a line of so many pixels. Hours between two commands would leave nothing of their seconds, so
 * that long pauses have one width, whatever they took; all else is to scale.
 */
export function timelineAxis(intervals: readonly Interval[], width: number): TimelineAxis {
  const busy = merged(intervals);
  const worked = busy.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
  const least = Math.max(LEAST_BREAK_MS, LEAST_BREAK_SHARE * worked);
  const pauses = busy
    .slice(1)
    .map(({ fromMs }, index) => ({ fromMs: busy[index]?.untilMs ?? fromMs, untilMs: fromMs }));
  const long = pauses.filter(({ fromMs, untilMs }) => untilMs - fromMs > least);
  const breakPx = Math.min(BREAK_PX, (0.5 * width) / Math.max(1, long.length));
  const first = busy[0]?.fromMs ?? 0;
  const last = busy.at(-1)?.untilMs ?? first;
  const skipped = long.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
  const scale = (width - breakPx * long.length) / Math.max(1, last - first - skipped);
  const at = (ms: number): number => {
    const moment = Math.min(Math.max(ms, first), last);
    let x = (moment - first) * scale;
    for (const { fromMs, untilMs } of long) {
      if (moment <= fromMs) break;
      const share = Math.min(1, (moment - fromMs) / (untilMs - fromMs));
      x += share * breakPx - (Math.min(moment, untilMs) - fromMs) * scale;
    }
    return x;
  };
  return {
    at,
    breaks: long.map((one) => ({ ...one, x: at(one.fromMs), width: breakPx })),
    pixelsPerSecond: scale * 1000,
  };
}

function merged(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const one of intervals.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const before = result.at(-1);
    if (before === undefined || one.fromMs > before.untilMs) result.push(one);
    else result[result.length - 1] = { ...before, untilMs: Math.max(before.untilMs, one.untilMs) };
  }
  return result;
}
