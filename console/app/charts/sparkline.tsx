import { text } from '../text/text.js';
import { extentOf, linePath } from './scale.js';

const WIDTH = 72;
const HEIGHT = 26;

/** A short history as a line above zero, the latest at the right; nothing where there is none. */
export function Sparkline({
  values,
  length,
  label,
  format,
}: {
  readonly values: readonly number[];
  /** Values at full width; a shorter history starts further to the right. */
  readonly length: number;
  readonly label: string;
  readonly format: (value: number) => string;
}) {
  const extent = extentOf(values);
  const last = values.findLast((value) => Number.isFinite(value));
  if (extent === undefined || last === undefined) return null;
  const most = Math.max(extent[1], 1e-9);
  const padded = [...Array<number>(Math.max(0, length - values.length)).fill(Number.NaN), ...values];
  return (
    <svg
      class="sparkline"
      viewBox={`-1 -2 ${WIDTH + 5} ${HEIGHT + 4}`}
      width={WIDTH}
      height={HEIGHT + 4}
      role="img"
      aria-label={`${label}: ${text.live.sparkline(format(extent[0]), format(extent[1]), format(last))}`}
    >
      <line class="zero" x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
      <path class="line" d={linePath(padded, [0, most], WIDTH, HEIGHT)} />
      <circle cx={WIDTH} cy={(1 - last / most) * HEIGHT} r="2.5" />
    </svg>
  );
}
