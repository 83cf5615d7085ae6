import { PIXEL_MODEL, TILE_MODEL } from '../pathology/pathology-models.js';
import type { PlatformSimulator } from './platform-simulator.js';
import { quietPlatform } from './quiet-platform.js';

/** Name of the platform in commands and reports. */
export const PATHOLOGY_PLATFORM = 'digital-pathology';

/** A platform of slides. */
export async function startPathologyPlatform(): Promise<PlatformSimulator> {
  return quietPlatform(
    {
      name: PATHOLOGY_PLATFORM,
      carries: new Set(['classification', 'map'] as const),
      asks: [
        { model: TILE_MODEL, inputs: {} },
        { model: PIXEL_MODEL, inputs: {} },
      ],
    },
    'the platform sends slides and no events: profile digital-pathology judges them',
  );
}
