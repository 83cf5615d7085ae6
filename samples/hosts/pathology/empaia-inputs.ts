// Inputs of a job of EMPAIA, as its App API describes them.
import { randomUUID } from 'node:crypto';
import type { PixelRectangle, Slide, SlideLevel } from '@deephealth/adapter-digital-pathology';
import type { Fields } from './empaia-documents.js';

export function describeSlide({ geometry }: Slide, id: string): Fields {
  const { levels, micronsPerPixel } = geometry;
  const extent = ({ width, height }: SlideLevel) => ({ x: width, y: height, z: 1 });
  return {
    id,
    extent: extent(levels[0] as SlideLevel),
    num_levels: levels.length,
    pixel_size_nm: { x: micronsPerPixel.x * 1000, y: micronsPerPixel.y * 1000, z: 0 },
    tile_extent: { x: 256, y: 256, z: 1 },
    levels: levels.map((level) => ({ extent: extent(level), downsample_factor: level.downsample })),
    channels: ['Red', 'Green', 'Blue'].map((name, at) => ({ id: at, name, color: { r: 0, g: 0, b: 0, a: 0 } })),
    channel_depth: 8,
  };
}

export function describeRegions(regions: readonly PixelRectangle[], wsiId: string): Fields {
  const items = regions.map(({ x, y, width, height }) => ({
    ...{ id: randomUUID(), type: 'rectangle', name: 'Region', upper_left: [x, y], width, height },
    ...{ reference_id: wsiId, reference_type: 'wsi', npp_created: 500, creator_type: 'scope', creator_id: 'x' },
  }));
  return { id: randomUUID(), type: 'collection', item_type: 'rectangle', item_count: items.length, items };
}
