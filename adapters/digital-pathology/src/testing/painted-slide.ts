import { DeepHealthError } from '@deephealth/sdk';
import type { PixelRectangle, Slide, SlideGeometry } from '../slide/slide.js';

export interface PaintedSlideOptions {
  readonly width: number;
  readonly height: number;
  /** By level. Default 1 alone. */
  readonly downsamples?: readonly number[];
  readonly micronsPerPixel?: number;
  readonly bounds?: PixelRectangle;
  /** Colour of a pixel of level 0; of coarser levels, that of the middle of the pixel. */
  readonly paint: (x: number, y: number) => readonly [number, number, number];
  /** Parts of level 0 that cannot be read. */
  readonly broken?: readonly PixelRectangle[];
}

/** A slide in memory, for tests. */
export function paintedSlide(options: PaintedSlideOptions): Slide & { readonly reads: PixelRectangle[] } {
  const { width, height, downsamples = [1], micronsPerPixel = 0.5, paint, broken = [] } = options;
  const geometry: SlideGeometry = {
    levels: downsamples.map((downsample) => ({
      width: Math.ceil(width / downsample),
      height: Math.ceil(height / downsample),
      downsample,
    })),
    micronsPerPixel: { x: micronsPerPixel, y: micronsPerPixel, source: 'painted' },
    bounds: options.bounds ?? { x: 0, y: 0, width, height },
  };
  const reads: PixelRectangle[] = [];
  return {
    ...{ name: 'painted', format: 'image', sha256: 'ab'.repeat(32), geometry, reads },
    async readRegion({ level, ...region }) {
      const { downsample } = geometry.levels[level] as SlideGeometry['levels'][number];
      reads.push(region);
      const here = {
        ...{ x: region.x * downsample, y: region.y * downsample },
        ...{ width: region.width * downsample, height: region.height * downsample },
      };
      if (broken.some((one) => overlap(one, here))) {
        throw new DeepHealthError('DH_SLIDE_REGION_UNREADABLE', 'A part of the slide cannot be decoded.');
      }
      const pixels = new Uint8Array(region.width * region.height * 3).fill(255);
      for (let y = 0; y < region.height; y++) {
        for (let x = 0; x < region.width; x++) {
          const px = Math.floor((region.x + x + 0.5) * downsample);
          const py = Math.floor((region.y + y + 0.5) * downsample);
          if (px < 0 || py < 0 || px >= width || py >= height) continue;
          pixels.set(paint(px, py), (y * region.width + x) * 3);
        }
      }
      return pixels;
    },
    close: async () => undefined,
  };
}

function overlap(a: PixelRectangle, b: PixelRectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
