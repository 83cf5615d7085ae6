// The slide that goes to Orthanc: a real one where it is at hand, or else one that is painted here.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** Of the real slide, in pixels of its level 0: where anybody sees tissue, and where nothing but glass. */
const REAL_PLACES = {
  tissue: [
    [1200, 900],
    [990, 1290],
    [1230, 1770],
    [900, 2700],
    [1500, 2550],
  ],
  glass: [
    [300, 450],
    [1245, 480],
    [1860, 300],
    [300, 1800],
    [2040, 2550],
  ],
};

const PAINTED = { width: 1700, height: 2300, tile: 240, quality: 90 };
/** Centre and radii of ellipses of tissue; no turn and no mirror lays one on another. */
const SPOTS = [
  [500, 600, 330, 420],
  [1100, 1500, 420, 300],
  [400, 1950, 250, 200],
];

/** Gives { path, width, height, micronsPerPixel, isReal, places }; a painted one is written to `folder`. */
export async function slideFor(root, folder) {
  const path = join(dirname(root), 'shared', 'data', 'pathology', 'cmu-1-small-region.svs');
  if (existsSync(path)) {
    return { path, width: 2220, height: 2967, micronsPerPixel: 0.499, isReal: true, places: REAL_PLACES };
  }
  return paintSlide(join(folder, 'painted.tif'));
}

/** Stained spots on glass, as a TIFF of JPEG tiles, which says nothing of the size of its pixels. */
async function paintSlide(path) {
  const { width, height, tile, quality } = PAINTED;
  const pixels = Buffer.alloc(width * height * 3);
  let noise = 1;
  for (let at = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      noise = (noise * 48271) % 2147483647;
      const grain = (noise % 17) - 8;
      const isTissue = SPOTS.some(([cx, cy, rx, ry]) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1);
      const colour = isTissue ? [186, 96, 152] : [243, 243, 242];
      for (const [channel, value] of colour.entries()) pixels[at + channel] = Math.min(255, value + grain);
    }
  }
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .tiff({ compression: 'jpeg', quality, tile: true, tileWidth: tile, tileHeight: tile })
    .toFile(path);
  const places = {
    tissue: SPOTS.map(([x, y]) => [x, y]),
    glass: [
      [1300, 300],
      [150, 1400],
      [1300, 2100],
    ],
  };
  return { path, width, height, micronsPerPixel: 0.5, isReal: false, places };
}
