import { unreadable } from '../slide-errors.js';
import { gridTilesIn, type TiledLevel } from '../tiles/tiled-level.js';
import { FrameTable } from './frame-table.js';
import type { WsiInstance } from './wsi-instance.js';

/** A level of a slide, whose frames are those of its parts one after the other. */
export interface WsiLevel<T extends WsiInstance> {
  readonly level: TiledLevel;
  /** In the order of their frames; one, unless the level is a concatenation. */
  readonly parts: readonly T[];
}

/**
 * Instances as levels: the parts of a concatenation are one.
 *
 * @throws DH_SLIDE_UNREADABLE where parts are missing, or frames lie nowhere; DH_SLIDE_UNSUITABLE
 */
export function joinLevels<T extends WsiInstance>(instances: readonly T[]): WsiLevel<T>[] {
  const groups = new Map<string, T[]>();
  for (const instance of instances) {
    const key = instance.concatenation?.uid ?? `alone ${instance.sopInstanceUid}`;
    groups.set(key, [...(groups.get(key) ?? []), instance]);
  }
  return [...groups.values()].map((parts) => {
    parts.sort((a, b) => (a.concatenation?.firstFrame ?? 0) - (b.concatenation?.firstFrame ?? 0));
    return { level: tiledLevel(parts), parts };
  });
}

/** The part that holds a frame of a level, and the frame's number in it. */
export function partOf<T extends WsiInstance>(parts: readonly T[], frame: number): readonly [part: T, frame: number] {
  let first = 0;
  for (const part of parts) {
    if (frame < first + part.frames) return [part, frame - first];
    first += part.frames;
  }
  throw new RangeError('the level has no such frame');
}

function tiledLevel(parts: readonly WsiInstance[]): TiledLevel {
  const [first] = parts as readonly [WsiInstance, ...WsiInstance[]];
  const { width, height, tile, isFull } = first;
  const extents = { width, height, tile };
  const places = Math.ceil(width / tile.width) * Math.ceil(height / tile.height);
  const frames = parts.reduce((sum, part) => sum + part.frames, 0);
  checkParts(parts, frames, places);
  if (isFull && frames !== places) {
    throw unreadable(`is TILED_FULL and has ${frames} frames, where its extents ask for ${places}`);
  }
  const table = FrameTable.joined(parts.map((part) => part.table));
  if (isFull || (table.length === 0 && frames === 1 && places === 1)) {
    return { ...extents, tilesIn: (rectangle) => gridTilesIn(extents, rectangle) };
  }
  if (table.length !== frames) {
    throw unreadable(
      `does not say where its frames lie: it is not TILED_FULL, and has ${table.length} Plane Positions (0048,021A) for ${frames} frames`,
    );
  }
  if (table.firstOutside(width, height) >= 0) {
    throw unreadable(
      'has a frame whose Column or Row Position In Total Image Pixel Matrix is absent or lies outside of it',
    );
  }
  return { ...extents, tilesIn: (rectangle) => table.framesIn(rectangle, tile) };
}

/** That all parts of a concatenation are there: what is missing would be shown as white. */
function checkParts(parts: readonly WsiInstance[], frames: number, places: number): void {
  let next = 0;
  for (const { concatenation, ...part } of parts) {
    if (concatenation === undefined) return;
    const isSame = part.width === parts[0]?.width && part.height === parts[0].height && part.isFull === parts[0].isFull;
    const isSameTile = part.tile.width === parts[0]?.tile.width && part.tile.height === parts[0].tile.height;
    if (!isSame || !isSameTile) throw unreadable('has a concatenation whose parts are of different levels');
    if (concatenation.firstFrame !== next) throw lacksParts(parts.length);
    next += part.frames;
  }
  const stated = parts.find(({ concatenation }) => concatenation?.parts !== undefined)?.concatenation?.parts;
  if (stated === undefined ? frames < places : stated !== parts.length) throw lacksParts(parts.length);
}

function lacksParts(found: number): Error {
  return unreadable(
    `has a level in several instances (a concatenation), of which only ${found} are here, and not all; put all instances of the series into one folder`,
  );
}
