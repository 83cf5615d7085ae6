import { createHash } from 'node:crypto';
import type { PixelRectangle } from '../slide.js';
import type { PlacedTile } from '../tiles/tiled-level.js';
import { type DicomJson, itemsOf, numberOf, numbersOf, textOf } from './dicom-json.js';

const NOWHERE = Number.NaN;

/** What the functional groups of single frames say, frame by frame: where it lies, and of which picture it is. */
export class FrameTable {
  /** Left column and upper row of each frame, from 0; NaN where none is stated. */
  private readonly columns: number[] = [];
  private readonly rows: number[] = [];
  private readonly planes = new Set<number>();
  private readonly paths = new Set<string>();
  private firstSpacing: readonly number[] = [];
  private buckets: Map<number, number[]> | undefined;

  add(groups: DicomJson): void {
    const [position] = itemsOf(groups, '0048021A');
    const place = (tag: string) => (position === undefined ? NOWHERE : (numberOf(position, tag) ?? NOWHERE) - 1);
    this.columns.push(place('0048021E'));
    this.rows.push(place('0048021F'));
    const z = position === undefined ? undefined : numberOf(position, '0040074A');
    // A number for each frame would be a million of them; more than one is all that matters.
    if (z !== undefined && this.planes.size < 2) this.planes.add(z);
    const [path] = itemsOf(groups, '00480207');
    if (path !== undefined && this.paths.size < 2) this.paths.add(textOf(path, '00480106'));
    if (this.columns.length === 1) {
      const [measures] = itemsOf(groups, '00289110');
      this.firstSpacing = measures === undefined ? [] : numbersOf(measures, '00280030');
    }
  }

  /** The frames of several tables, one after the other. */
  static joined(tables: readonly FrameTable[]): FrameTable {
    const [only] = tables;
    if (tables.length === 1 && only !== undefined) return only;
    const joined = new FrameTable();
    for (const { columns, rows } of tables) {
      for (const column of columns) joined.columns.push(column);
      for (const row of rows) joined.rows.push(row);
    }
    return joined;
  }

  clear(): void {
    this.columns.length = 0;
    this.rows.length = 0;
    this.planes.clear();
    this.paths.clear();
    this.firstSpacing = [];
  }

  get length(): number {
    return this.columns.length;
  }

  /** Whether frames are of several focal planes. */
  get hasSeveralPlanes(): boolean {
    return this.planes.size > 1;
  }

  get hasSeveralPaths(): boolean {
    return this.paths.size > 1;
  }

  /** Pixel Spacing (0028,0030) of the first frame; empty if it states none. */
  get spacing(): readonly number[] {
    return this.firstSpacing;
  }

  /** SHA-256 of where the frames lie. */
  digest(): string {
    const places = Float64Array.from([...this.columns, ...this.rows]);
    return createHash('sha256').update(new Uint8Array(places.buffer)).digest('hex');
  }

  /** The first frame that states no place, or one outside of the pixel matrix; -1 if all are within. */
  firstOutside(width: number, height: number): number {
    const isWithin = (value: number | undefined, extent: number) =>
      value !== undefined && Number.isInteger(value) && value >= 0 && value < extent;
    return this.columns.findIndex((column, index) => !isWithin(column, width) || !isWithin(this.rows[index], height));
  }

  /** Frames that have pixels in a rectangle, in the order of the file. They may lie anywhere, and overlap. */
  *framesIn(
    rectangle: PixelRectangle,
    tile: { readonly width: number; readonly height: number },
  ): Generator<PlacedTile> {
    this.buckets ??= this.sorted(tile);
    const right = Math.floor((rectangle.x + rectangle.width - 1) / tile.width);
    const bottom = Math.floor((rectangle.y + rectangle.height - 1) / tile.height);
    const found: number[] = [];
    // A frame that begins in the cell before may reach into the rectangle.
    for (let row = Math.floor(rectangle.y / tile.height) - 1; row <= bottom; row++) {
      for (let column = Math.floor(rectangle.x / tile.width) - 1; column <= right; column++) {
        if (row >= 0 && column >= 0) found.push(...(this.buckets.get(cell(column, row)) ?? []));
      }
    }
    for (const index of found.sort((a, b) => a - b)) {
      const [x, y] = [this.columns[index] as number, this.rows[index] as number];
      if (x + tile.width <= rectangle.x || x >= rectangle.x + rectangle.width) continue;
      if (y + tile.height <= rectangle.y || y >= rectangle.y + rectangle.height) continue;
      yield { index, x, y };
    }
  }

  /** Frames by the cell of the grid in which they begin. */
  private sorted(tile: { readonly width: number; readonly height: number }): Map<number, number[]> {
    const buckets = new Map<number, number[]>();
    for (let index = 0; index < this.length; index++) {
      const column = Math.floor((this.columns[index] as number) / tile.width);
      const key = cell(column, Math.floor((this.rows[index] as number) / tile.height));
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [index]);
      else bucket.push(index);
    }
    return buckets;
  }
}

function cell(column: number, row: number): number {
  return row * 2 ** 26 + column;
}
