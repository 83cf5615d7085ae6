/**
 * The longer side of the smallest rectangle, turned as it may be, around some points: what CRS4's shapes call
 * their length. Of several smallest ones, the first met.
 *
 * @param points x, y, x, y …
 */
export function ringBreadth(points: ArrayLike<number>): number {
  const hull = convexHull(points);
  let [smallest, breadth] = [Number.POSITIVE_INFINITY, 0];
  hull.forEach(([x, y], at) => {
    const [nextX, nextY] = hull[(at + 1) % hull.length] as Point;
    const length = Math.hypot(nextX - x, nextY - y);
    if (length === 0) return;
    const [ux, uy] = [(nextX - x) / length, (nextY - y) / length];
    const along = hull.map(([px, py]) => px * ux + py * uy);
    const across = hull.map(([px, py]) => py * ux - px * uy);
    const sides = [Math.max(...along) - Math.min(...along), Math.max(...across) - Math.min(...across)] as const;
    if (sides[0] * sides[1] < smallest) [smallest, breadth] = [sides[0] * sides[1], Math.max(...sides)];
  });
  return breadth;
}

type Point = readonly [x: number, y: number];

/** Andrew's monotone chain. */
function convexHull(points: ArrayLike<number>): Point[] {
  const sorted = Array.from(
    { length: points.length / 2 },
    (_, at): Point => [points[2 * at] as number, points[2 * at + 1] as number],
  ).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (ordered: readonly Point[]) => {
    const chain: Point[] = [];
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2) as Point, chain.at(-1) as Point, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

function turn(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
