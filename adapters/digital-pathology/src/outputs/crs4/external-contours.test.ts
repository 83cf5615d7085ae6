import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { externalContours } from './external-contours.js';

const contours = (...rows: string[]) =>
  [
    ...externalContours(
      Uint8Array.from(rows.join(''), (letter) => Number(letter === '#')),
      rows[0]?.length as number,
      rows.length,
    ),
  ].map((ring) => Array.from({ length: ring.length / 2 }, (_, at) => [ring[2 * at], ring[2 * at + 1]]));

describe('externalContours', () => {
  it('runs through the centres of pixels, down first, and lists only where it turns', () => {
    expect(contours('....', '.###', '.###', '....')).toEqual([
      [
        [1, 1],
        [1, 2],
        [3, 2],
        [3, 1],
      ],
    ]);
  });

  it('goes there and back along a line, and has one point for a pixel', () => {
    expect(contours('.###.')).toEqual([
      [
        [1, 0],
        [3, 0],
      ],
    ]);
    expect(contours('..', '.#')).toEqual([[[1, 1]]]);
  });

  it('takes pixels that share a corner for one region', () => {
    expect(contours('#..', '.#.', '..#')).toEqual([
      [
        [0, 0],
        [2, 2],
      ],
    ]);
  });

  it('leaves out holes and what lies in them, but not what a gap in the corner lets out', () => {
    expect(contours('#####', '#...#', '#.#.#', '#...#', '#####')).toHaveLength(1);
    expect(contours('####.', '#...#', '#.#.#', '#...#', '#####')).toHaveLength(1);
    expect(contours('###..', '#....', '#.#.#', '#...#', '#####')).toHaveLength(2);
  });

  it('touches every pixel of the outer border of every outer region once at least, for any mask', () => {
    const random = seededRandom(17);
    for (let round = 0; round < 200; round++) {
      const [width, height] = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 12)];
      const mask = Uint8Array.from({ length: width * height }, () => Number(random() < 0.55));
      const onContours = new Set<string>();
      for (const ring of externalContours(mask, width, height)) {
        for (let at = 0; at < ring.length; at += 2) {
          let [x, y] = [ring[at], ring[at + 1]] as [number, number];
          const [toX, toY] = [ring[(at + 2) % ring.length], ring[(at + 3) % ring.length]] as [number, number];
          for (;;) {
            expect(mask[y * width + x]).toBe(1);
            onContours.add(`${x},${y}`);
            if (x === toX && y === toY) break;
            x += Math.sign(toX - x);
            y += Math.sign(toY - y);
          }
        }
      }
      expect(onContours).toEqual(outerPixels(mask, width, height));
    }
  });
});

/** Foreground pixels with an edge towards the background that reaches the border of the picture by edges. */
function outerPixels(mask: Uint8Array, width: number, height: number): Set<string> {
  const get = (x: number, y: number) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : mask[y * width + x]);
  const seen = new Set(['-1,-1']);
  const found = new Set<string>();
  const queue: [number, number][] = [[-1, -1]];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      const [x, y] = [at[0] + dx, at[1] + dy];
      if (x < -1 || y < -1 || x > width || y > height) continue;
      if (get(x, y) !== 0) found.add(`${x},${y}`);
      else if (!seen.has(`${x},${y}`)) {
        seen.add(`${x},${y}`);
        queue.push([x, y]);
      }
    }
  }
  return found;
}
