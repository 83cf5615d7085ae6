import type { MapChannel } from '../../map/slide-map.js';
import { classColour } from '../picture/colour-scale.js';
import { regionPolygons } from '../regions/region-polygons.js';
import { thresholdMask } from '../regions/threshold-mask.js';
import { featureId } from './feature-id.js';
import type { FeatureSource } from './feature-source.js';

/** An annotation of QuPath for each region of each class, with its area, in raster order. */
export async function* regionFeatures(source: FeatureSource): AsyncGenerator<string[]> {
  const { map, channels, thresholds, file, signal, micronsPerPixel } = source;
  const { grid, provenance } = map;
  const cellArea = grid.cellWidth * micronsPerPixel.x * grid.cellHeight * micronsPerPixel.y;
  for (const channel of channels) {
    const { label } = map.channels[channel] as MapChannel;
    const mask = await thresholdMask(map, channel, thresholds[channel] as number, file, signal);
    let index = 0;
    for (const { outer, holes, cells } of regionPolygons(mask, grid)) {
      if (cells * cellArea < source.minAreaUm2) continue;
      const rings = [outer, ...holes].map((ring) => ringText(ring, source.offset)).join(',');
      const properties = JSON.stringify({
        objectType: 'annotation',
        classification: { name: label, color: classColour(channel) },
        isLocked: true,
        measurements: { 'Area µm^2': cells * cellArea },
      });
      const id = featureId(provenance.planSha256, `region/${label}`, index++);
      yield [
        `{"type":"Feature","id":"${id}","geometry":{"type":"Polygon","coordinates":[${rings}]},"properties":${properties}}`,
      ];
    }
  }
}

function ringText(ring: Float64Array, [x, y]: readonly [number, number]): string {
  const points: string[] = [];
  for (let at = 0; at < ring.length; at += 2) {
    points.push(`[${(ring[at] as number) - x},${(ring[at + 1] as number) - y}]`);
  }
  return `[${points.join(',')},${points[0]}]`;
}
