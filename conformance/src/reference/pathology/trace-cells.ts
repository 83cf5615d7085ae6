type Point = readonly [x: number, y: number];

/** A region of cells that share edges: an outer ring and its holes, closed. */
export interface CellRegion {
  readonly rings: readonly (readonly Point[])[];
  readonly cells: number;
}

/** Outlines of regions along the edges of their cells, in cells. */
export function traceCells(
  isMarked: (column: number, row: number) => boolean,
  columns: number,
  rows: number,
): CellRegion[] {
  const regionOf = new Map<string, number>();
  const regions: string[][] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!isMarked(column, row) || regionOf.has(`${column},${row}`)) continue;
      regions.push(connected(column, row, isMarked, columns, rows, regionOf, regions.length));
    }
  }
  return regions.map((cells) => {
    const rings = ringsOf(new Set(cells)).sort((a, b) => Math.abs(areaOf(b)) - Math.abs(areaOf(a)));
    return { rings, cells: cells.length };
  });
}

function connected(
  column: number,
  row: number,
  isMarked: (column: number, row: number) => boolean,
  columns: number,
  rows: number,
  regionOf: Map<string, number>,
  index: number,
): string[] {
  const cells: string[] = [];
  const open: Point[] = [[column, row]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [x, y] = next;
    const key = `${x},${y}`;
    if (x < 0 || y < 0 || x >= columns || y >= rows || regionOf.has(key) || !isMarked(x, y)) continue;
    regionOf.set(key, index);
    cells.push(key);
    open.push([x + 1, y], [x - 1, y], [x, y + 1], [x, y - 1]);
  }
  return cells;
}

/** Edges with the region on their right, joined to rings. */
function ringsOf(cells: ReadonlySet<string>): Point[][] {
  const edges = new Map<string, Point[]>();
  const add = (from: Point, to: Point) => {
    edges.set(from.join(), [...(edges.get(from.join()) ?? []), to]);
  };
  for (const cell of cells) {
    const [x, y] = cell.split(',').map(Number) as [number, number];
    if (!cells.has(`${x},${y - 1}`)) add([x, y], [x + 1, y]);
    if (!cells.has(`${x + 1},${y}`)) add([x + 1, y], [x + 1, y + 1]);
    if (!cells.has(`${x},${y + 1}`)) add([x + 1, y + 1], [x, y + 1]);
    if (!cells.has(`${x - 1},${y}`)) add([x, y + 1], [x, y]);
  }
  const rings: Point[][] = [];
  for (;;) {
    const start = [...edges.keys()].find((key) => (edges.get(key) as Point[]).length > 0);
    if (start === undefined) return rings;
    const ring: Point[] = [start.split(',').map(Number) as unknown as Point];
    do {
      const to = (edges.get((ring.at(-1) as Point).join()) as Point[]).pop() as Point;
      ring.push(to);
    } while ((ring.at(-1) as Point).join() !== start);
    rings.push(ring);
  }
}

function areaOf(ring: readonly Point[]): number {
  return ring.slice(1).reduce((sum, [x, y], index) => {
    const [left, top] = ring[index] as Point;
    return sum + (left * y - x * top) / 2;
  }, 0);
}
