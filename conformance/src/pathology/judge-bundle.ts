import { TargetFailure } from '../run/case-result.js';
import type { ExpectedCell, ExpectedCells } from './expected-cells.js';
import type { SlideBundle, SlideRegion } from './slide-bundle.js';

/** What FP32 may have made of a value. */
const VALUE_TOLERANCE = 1e-5;
/** Of a cell's side. */
const PLACE_TOLERANCE = 1e-6;
/** A percentage that is as near to a whole number as this may be cut off on either side of it. */
const WHOLE_TOLERANCE = 1e-3;
/** Where a cell is looked at, in parts of its side. */
const LOOKS = [0.1, 0.5, 0.9];

/** Every cell is in the table once, where it lies, with its value. @param isWanted default every one */
export function judgeTable(
  table: SlideBundle['table'],
  { cells, side }: ExpectedCells,
  isWanted = (_: ExpectedCell) => true,
) {
  if (table === undefined) throw new TargetFailure('the output holds no table');
  const wanted = cells.filter(isWanted);
  const byPlace = new Map(table.map((cell) => [`${Math.round(cell.x)},${Math.round(cell.y)}`, cell]));
  if (byPlace.size !== table.length) throw new TargetFailure('two lines of the table are about one cell');
  for (const { x, y, value } of wanted) {
    const cell = byPlace.get(`${x},${y}`);
    if (cell === undefined) throw new TargetFailure(`the table has no cell at ${x},${y}`);
    const isThere = [cell.x - x, cell.y - y, cell.width - side, cell.height - side].every(
      (off) => Math.abs(off) <= PLACE_TOLERANCE * side,
    );
    if (!isThere)
      throw new TargetFailure(
        `the cell at ${x},${y} is ${cell.width} x ${cell.height} at ${cell.x},${cell.y}, not ${side} x ${side}`,
      );
    if (Math.abs(cell.value - value) > VALUE_TOLERANCE) {
      throw new TargetFailure(
        `the cell at ${x},${y} has the value ${cell.value}, and the pixels there make ${value.toFixed(6)}`,
      );
    }
  }
  if (table.length !== wanted.length)
    throw new TargetFailure(`the table has ${table.length} cells, and the map ${wanted.length}`);
  return `${table.length} cells, each where it lies and with its value`;
}

/** Each value of the array is the percentage of its cell, cut off. @param isWanted others hold 0 */
export function judgeArray({ array }: SlideBundle, expected: ExpectedCells, isWanted = (_: ExpectedCell) => true) {
  const [rows, columns] = array.shape;
  const { whole } = expected;
  if (rows !== whole.rows || columns !== whole.columns) {
    throw new TargetFailure(
      `the array is of ${rows} x ${columns}, and the slide fills ${whole.rows} rows of ${whole.columns} cells`,
    );
  }
  let judged = 0;
  for (const cell of expected.cells) {
    const { column, row, value } = cell;
    if (column >= columns || row >= rows) continue;
    const got = array.values[row * columns + column] as number;
    const percentage = isWanted(cell) ? value * 100 : 0;
    const isWhole = Math.abs(percentage - Math.round(percentage)) < WHOLE_TOLERANCE;
    const right = isWhole ? [Math.round(percentage), Math.round(percentage) - 1] : [Math.trunc(percentage)];
    // 1 and 0 are exact.
    if (value === 1 || percentage === 0) right.splice(1);
    if (!right.includes(got)) {
      throw new TargetFailure(
        `row ${row}, column ${column} of the array holds ${got}, and ${percentage.toFixed(3)} is cut off to ${right[0]}`,
      );
    }
    judged++;
  }
  return `${judged} values of the array, each cut off`;
}

/** Regions hold exactly what reaches the threshold, within the canvas, with their holes. */
export function judgeRegions(
  regions: readonly SlideRegion[],
  { cells, side, columns, rows }: ExpectedCells,
  {
    label,
    threshold,
    canvas,
  }: { readonly label: string; readonly threshold: number; readonly canvas: { width: number; height: number } },
) {
  const stranger = regions.find((region) => region.label !== label);
  if (stranger !== undefined) throw new TargetFailure(`a region is of the class "${stranger.label}"`);
  const rings = regions.flatMap(({ polygons }) => polygons.flat());
  for (const ring of rings) {
    const [first, last] = [ring[0], ring.at(-1)];
    if (ring.length < 4 || first?.join() !== last?.join()) throw new TargetFailure('a ring is not closed');
    const outside = ring.find(([x, y]) => x < 0 || y < 0 || x > columns * side || y > rows * side);
    if (outside !== undefined) throw new TargetFailure(`a region reaches ${outside.join()}, where there is no slide`);
  }
  let marked = 0;
  for (const { x, y, value } of cells) {
    const isMarked = value >= threshold;
    if (isMarked) marked++;
    // A region may end where the canvas does.
    const [width, height] = [Math.min(side, canvas.width - x), Math.min(side, canvas.height - y)];
    for (const across of LOOKS) {
      for (const down of LOOKS) {
        const point = [x + across * width, y + down * height] as const;
        const isWithin = regions.some(({ polygons }) => polygons.some((polygon) => isInside(polygon, point)));
        if (isWithin !== isMarked) {
          throw new TargetFailure(
            `${point.map(Math.round).join()} is ${isWithin ? 'in a region' : 'in none'}, and its cell has ${value.toFixed(4)}`,
          );
        }
      }
    }
  }
  return `${regions.length} regions around ${marked} cells of ${cells.length}`;
}

type Point = readonly [x: number, y: number];

/** By the rings that a ray to the right crosses: within an outer one, and in no hole. */
function isInside(rings: SlideRegion['polygons'][number], [x, y]: Point): boolean {
  let crossings = 0;
  for (const ring of rings) {
    for (let at = 1; at < ring.length; at++) {
      const [[x1, y1], [x2, y2]] = [ring[at - 1] as Point, ring[at] as Point];
      if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) crossings++;
    }
  }
  return crossings % 2 === 1;
}
