/** A contour through the centres of pixels, x, y, x, y …, only where it turns. */
export type PixelContour = Int32Array;

const OUTSIDE = 2;
const TRACED = 3;
// To the right, then counter-clockwise on the screen.
const STEP_X = [1, 1, 0, -1, -1, -1, 0, 1] as const;
const STEP_Y = [0, -1, -1, -1, 0, 1, 1, 1] as const;
const LEFT = 4;

/**
 * The outermost contours of a mask as OpenCV's findContours has them with RETR_EXTERNAL and
 * CHAIN_APPROX_SIMPLE (border following of Suzuki and Abe): pixels that share a corner belong together; what lies
 * in a hole of another region is left out; points are pixels, so that a region of one pixel has one point.
 *
 * @param mask [height, width]; not 0 is foreground
 */
export function* externalContours(mask: Uint8Array, width: number, height: number): Generator<PixelContour> {
  // A border of background lets neither steps nor the flood run out of the picture.
  const columns = width + 2;
  const cells = new Uint8Array(columns * (height + 2));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (mask[y * width + x] !== 0) cells[(y + 1) * columns + x + 1] = 1;
  }
  floodOutside(cells, columns, height + 2);
  for (let at = columns; at < cells.length - columns; at++) {
    if (cells[at] === 1 && cells[at - 1] === OUTSIDE) yield followBorder(cells, at, columns);
  }
}

/** Marks the background that is connected, by edges, to the border of the picture. */
function floodOutside(cells: Uint8Array, columns: number, rows: number): void {
  const seeds = [0];
  for (let seed = seeds.pop(); seed !== undefined; seed = seeds.pop()) {
    if (cells[seed] !== 0) continue;
    const row = Math.floor(seed / columns);
    const [begin, end] = [row * columns, (row + 1) * columns];
    let left = seed;
    while (left > begin && cells[left - 1] === 0) left--;
    let right = left;
    for (; right < end && cells[right] === 0; right++) cells[right] = OUTSIDE;
    for (const beside of [row - 1, row + 1]) {
      if (beside < 0 || beside >= rows) continue;
      const shift = (beside - row) * columns;
      for (let at = left; at < right; at++) {
        // One seed for each run of background.
        if (cells[at + shift] === 0 && (at === left || cells[at + shift - 1] !== 0)) seeds.push(at + shift);
      }
    }
  }
}

function followBorder(cells: Uint8Array, start: number, columns: number): PixelContour {
  const offsets = STEP_X.map((x, direction) => x + (STEP_Y[direction] as number) * columns);
  const isSet = (at: number) => cells[at] === 1 || cells[at] === TRACED;
  const next = (at: number, direction: number) => at + (offsets[direction] as number);
  let [x, y] = [(start % columns) - 1, Math.floor(start / columns) - 1];
  cells[start] = TRACED;
  // The last pixel of the border: the first one met clockwise from the left.
  let direction = LEFT;
  do direction = (direction + 7) % 8;
  while (direction !== LEFT && !isSet(next(start, direction)));
  if (direction === LEFT) return Int32Array.of(x, y);
  const last = next(start, direction);
  const points: number[] = [];
  let before = direction ^ 4;
  for (let at = start; ; ) {
    do direction = (direction + 1) % 8;
    while (!isSet(next(at, direction)));
    const following = next(at, direction);
    if (direction !== before) points.push(x, y);
    before = direction;
    x += STEP_X[direction] as number;
    y += STEP_Y[direction] as number;
    cells[following] = TRACED;
    if (following === start && at === last) return Int32Array.from(points);
    at = following;
    direction = (direction + 4) % 8;
  }
}
