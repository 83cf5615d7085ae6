import type { PixelRectangle } from '../slide.js';
import type { PlacedTile, TiledLevel } from './tiled-level.js';

const WHITE = 255;

/**
 * A rectangle of a level put together from its tiles: RGB, white where nothing is stored and outside of the
 * level. Tiles are loaded `atOnce` at a time; the first that fails ends it.
 *
 * @param load gives the pixels of a tile, RGB, of the tile's full extents
 */
export async function composeRegion(
  level: TiledLevel,
  region: PixelRectangle,
  atOnce: number,
  load: (tile: PlacedTile) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const output = new Uint8Array(region.width * region.height * 3).fill(WHITE);
  const tiles = level.tilesIn(region)[Symbol.iterator]();
  // Tiles that overlap are put down in their order, whichever comes first.
  let putDown = Promise.resolve();
  let hasFailed = false;
  const work = async () => {
    for (let next = tiles.next(); next.done !== true && !hasFailed; next = tiles.next()) {
      const tile = next.value;
      const loading = load(tile);
      const before = putDown;
      let release: () => void = () => {};
      putDown = new Promise<void>((resolve) => {
        release = resolve;
      });
      try {
        const pixels = await loading;
        await before;
        putTile(level, tile, pixels, region, output);
      } catch (thrown) {
        hasFailed = true;
        throw thrown;
      } finally {
        release();
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, work));
  // Not before all have ended: whoever tries again at once would else join loads that are about to fail.
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return output;
}

function putTile(
  level: TiledLevel,
  placed: PlacedTile,
  pixels: Uint8Array,
  region: PixelRectangle,
  output: Uint8Array,
): void {
  const { width: tileWidth, height: tileHeight } = level.tile;
  // Tiles at the right and lower edge hold more than the level.
  const left = Math.max(placed.x, region.x, 0);
  const top = Math.max(placed.y, region.y, 0);
  const right = Math.min(placed.x + tileWidth, region.x + region.width, level.width);
  const bottom = Math.min(placed.y + tileHeight, region.y + region.height, level.height);
  if (right <= left) return;
  for (let y = top; y < bottom; y++) {
    const from = ((y - placed.y) * tileWidth + (left - placed.x)) * 3;
    const to = ((y - region.y) * region.width + (left - region.x)) * 3;
    output.set(pixels.subarray(from, from + (right - left) * 3), to);
  }
}
