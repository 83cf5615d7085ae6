/** Grey level of a pixel: ITU-R BT.601 in 16-bit fixed point. */
function gray(pixels: Uint8Array, at: number): number {
  const [red, green, blue] = [pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number];
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

export function stainGrayHistogramTwin(pixels: Uint8Array, counts: Uint32Array): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const level = gray(pixels, at);
    counts[level] = (counts[level] as number) + 1;
  }
}

const BORDER = 10;
const DISC: readonly (readonly [number, number])[] = [
  ...[-2, -1, 0, 1, 2].map((x) => [x, 0] as const),
  ...[-1, 0, 1].flatMap((x) => [[x, -1] as const, [x, 1] as const]),
  ...[-2, 2].map((y) => [0, y] as const),
];

export function stainTissueMaskTwin(
  pixels: Uint8Array,
  width: number,
  height: number,
  threshold: number,
  mask: Uint8Array,
): void {
  const columns = width + 2 * BORDER;
  const rows = height + 2 * BORDER;
  const dark = new Uint8Array(columns * rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (gray(pixels, (y * width + x) * 3) >= threshold) continue;
      for (const [dx, dy] of DISC) dark[(y + dy + BORDER) * columns + x + dx + BORDER] = 1;
    }
  }
  const outside = reachable(dark, columns, rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      mask[y * width + x] = 1 - (outside[(y + BORDER) * columns + x + BORDER] as number);
    }
  }
}

/** 1 for every pixel that is not dark and that steps of -10..9 in each axis reach from the first one. */
function reachable(dark: Uint8Array, columns: number, rows: number): Uint8Array {
  const reached = new Uint8Array(columns * rows);
  // next[i] leads to the first pixel from i on in its row that may still be reached; a row ends in a
  // sentinel. Each pixel is thus looked at once, and not once per neighbour.
  const stride = columns + 1;
  const next = new Int32Array(stride * rows);
  for (let i = 0; i < next.length; i++) next[i] = i;
  const find = (from: number): number => {
    let i = from;
    while (next[i] !== i) {
      next[i] = next[next[i] as number] as number;
      i = next[i] as number;
    }
    return i;
  };
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) if (dark[y * columns + x] === 1) next[y * stride + x] = y * stride + x + 1;
  }
  // The border's own corner is white: dilation reaches 2 pixels into a border of 10.
  const stack = [0];
  next[0] = 1;
  reached[0] = 1;
  for (let from = stack.pop(); from !== undefined; from = stack.pop()) {
    const fromX = from % columns;
    const fromY = (from - fromX) / columns;
    const lastX = Math.min(fromX + 9, columns - 1);
    for (let y = Math.max(fromY - 10, 0); y <= Math.min(fromY + 9, rows - 1); y++) {
      const end = y * stride + lastX;
      for (let i = find(y * stride + Math.max(fromX - 10, 0)); i <= end; i = find(i)) {
        next[i] = i + 1;
        const pixel = y * columns + (i - y * stride);
        reached[pixel] = 1;
        stack.push(pixel);
      }
    }
  }
  return reached;
}
