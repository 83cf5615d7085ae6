import { connectedComponentsTwin } from './connected-components.twin.js';
import type { Contours } from './contours.js';

// Directions of a crack: 0 to the right, 1 down, 2 to the left, 3 up. The foreground lies on the right hand.
const STEP_X = [1, 0, -1, 0] as const;
const STEP_Y = [0, 1, 0, -1] as const;
// From a grid point to the pixels ahead on the right and on the left hand.
const RIGHT_X = [0, -1, -1, 0] as const;
const RIGHT_Y = [0, 0, -1, -1] as const;

/** The twin of traceContours: follows one ring after another, and finds a hole's outer ring by labels. */
export function traceContoursTwin(
  mask: Uint8Array,
  extents: { readonly width: number; readonly height: number },
  connectivity: 4 | 8,
): Contours {
  const { width, height } = extents;
  const isSet = (x: number, y: number) => x >= 0 && x < width && y >= 0 && y < height && mask[y * width + x] !== 0;
  const labels = new Uint32Array(mask.length);
  const components = connectedComponentsTwin(mask, extents, { connectivity }, labels);
  const ringOfLabel = new Uint32Array(components + 1);
  // Horizontal cracks that a ring has passed; crack (x, y) runs from (x, y) to (x + 1, y).
  const passed = new Uint8Array(width * (height + 1));
  const points: number[] = [];
  const ringStarts = [0];
  const outerOf: number[] = [];

  const follow = (startX: number, startY: number, startDirection: number) => {
    let [x, y, direction] = [startX, startY, startDirection];
    points.push(x, y);
    for (;;) {
      if (direction === 0) passed[y * width + x] = 1;
      if (direction === 2) passed[y * width + x - 1] = 1;
      x += STEP_X[direction] as number;
      y += STEP_Y[direction] as number;
      // The pixel on the left hand is the one on the right hand for the next direction clockwise from here.
      const left = (direction + 3) % 4;
      const isRightSet = isSet(x + (RIGHT_X[direction] as number), y + (RIGHT_Y[direction] as number));
      const isLeftSet = isSet(x + (RIGHT_X[left] as number), y + (RIGHT_Y[left] as number));
      let next = direction;
      if (isLeftSet && (isRightSet || connectivity === 8)) next = left;
      else if (!isRightSet) next = (direction + 1) % 4;
      if (x === startX && y === startY && next === startDirection) return;
      if (next !== direction) points.push(x, y);
      direction = next;
    }
  };

  // A grid without columns can have any number of rows.
  for (let y = 0; y <= (width === 0 ? 0 : height); y++) {
    for (let x = 0; x < width; x++) {
      const isBelow = isSet(x, y);
      if (passed[y * width + x] === 1 || isBelow === isSet(x, y - 1)) continue;
      if (isBelow) {
        ringOfLabel[labels[y * width + x] as number] = outerOf.length;
        outerOf.push(-1);
        follow(x, y, 0);
      } else {
        outerOf.push(ringOfLabel[labels[(y - 1) * width + x] as number] as number);
        follow(x, y, 1);
      }
      ringStarts.push(points.length / 2);
    }
  }
  return {
    points: Int32Array.from(points),
    ringStarts: Uint32Array.from(ringStarts),
    outerOf: Int32Array.from(outerOf),
  };
}
