import type { MapChannel, MapGrid, SlideMap } from '../../map/slide-map.js';
import type { SlideGeometry } from '../../slide/slide.js';

/**
 * What a picture says of itself: software, model, channel, and `Placement`, JSON with where its first pixel
 * begins and how large one is, in pixels of level 0 of the whole canvas, and its size in mm.
 */
export function pictureTexts(
  map: SlideMap,
  channel: number,
  pixels: MapGrid,
  { micronsPerPixel }: SlideGeometry,
): Record<string, string> {
  const { model, planSha256, software } = map.provenance;
  return {
    Software: software,
    Description: `${map.label}: ${(map.channels[channel] as MapChannel).label}, by ${model.name} ${model.version}. Research use only.`,
    Placement: JSON.stringify({
      origin: 'canvas',
      x: pixels.x,
      y: pixels.y,
      pixelWidth: pixels.cellWidth,
      pixelHeight: pixels.cellHeight,
      mmPerPixel: [(pixels.cellWidth * micronsPerPixel.x) / 1000, (pixels.cellHeight * micronsPerPixel.y) / 1000],
    }),
    Plan: planSha256,
  };
}
