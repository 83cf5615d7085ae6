/**
 * A closed ring with fewer points, none of which lay further than `tolerance` from it (Douglas and Peucker), as
 * `simplify` of Shapely gives it; the first point stays, and at least four with it at the end. Where the ring
 * would cross itself, it is left as it is. Where a contour runs back along itself, as at spikes one cell wide,
 * Shapely keeps a few points more.
 *
 * @param ring x, y, x, y …, the first point not repeated
 */
export function simplifyRing(ring: ArrayLike<number>, tolerance: number): number[] {
  const closed = [...Array.from(ring), ring[0] as number, ring[1] as number];
  const last = closed.length / 2 - 1;
  const isKept = new Uint8Array(last + 1);
  isKept[0] = 1;
  isKept[last] = 1;
  const parts: [from: number, to: number, depth: number][] = [[0, last, 1]];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const [from, to, depth] = part;
    const [furthest, distance] = furthestPoint(closed, from, to);
    if (furthest < 0) continue;
    // Three corners at least: the first cut of a ring is made whatever the tolerance is, and the next one, too.
    if (distance <= tolerance && depth > 2) continue;
    isKept[furthest] = 1;
    parts.push([from, furthest, depth + 1], [furthest, to, depth + 1]);
  }
  const kept: number[] = [];
  for (let at = 0; at < last; at++) {
    if (isKept[at] === 1) kept.push(closed[2 * at] as number, closed[2 * at + 1] as number);
  }
  return crossesItself(kept) ? Array.from(ring) : kept;
}

function furthestPoint(points: readonly number[], from: number, to: number): [index: number, distance: number] {
  let [index, most] = [-1, -1];
  for (let at = from + 1; at < to; at++) {
    const distance = distanceToSegment(points, at, from, to);
    if (distance > most) [index, most] = [at, distance];
  }
  return [index, most];
}

function distanceToSegment(points: readonly number[], at: number, from: number, to: number): number {
  const [x, y] = [points[2 * at] as number, points[2 * at + 1] as number];
  const [x1, y1] = [points[2 * from] as number, points[2 * from + 1] as number];
  const [dx, dy] = [(points[2 * to] as number) - x1, (points[2 * to + 1] as number) - y1];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / square));
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
}

/** Rings of more corners are not looked at: pairs of edges would be too many. */
const MOST_CORNERS = 4000;

function crossesItself(ring: readonly number[]): boolean {
  const count = ring.length / 2;
  if (count > MOST_CORNERS) return false;
  const point = (at: number) => [ring[2 * (at % count)] as number, ring[2 * (at % count) + 1] as number] as const;
  for (let a = 0; a < count; a++) {
    for (let b = a + 2; b < count; b++) {
      if (a === 0 && b === count - 1) continue;
      if (cross(point(a), point(a + 1), point(b), point(b + 1))) return true;
    }
  }
  return false;
}

type Point = readonly [x: number, y: number];

function cross(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (p: Point, q: Point, r: Point) =>
    Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}
