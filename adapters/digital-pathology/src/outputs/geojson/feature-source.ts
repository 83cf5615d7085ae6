import type { SlideMap } from '../../map/slide-map.js';

/** What features of a file are made of. */
export interface FeatureSource {
  readonly map: SlideMap;
  /** What is taken off x and y, in pixels of level 0. */
  readonly offset: readonly [x: number, y: number];
  /** By channel; undefined where nothing is decided. */
  readonly thresholds: readonly (number | undefined)[];
  /** Places of the channels that become regions. */
  readonly channels: readonly number[];
  readonly micronsPerPixel: { readonly x: number; readonly y: number };
  /** Smaller regions are left out. */
  readonly minAreaUm2: number;
  readonly file: string;
  readonly signal: AbortSignal | undefined;
}
