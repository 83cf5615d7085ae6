import { CDS_PLATFORM, startCdsPlatform } from './cds-platform.js';
import { EXPRESSIF_PLATFORM, startExpressifPlatform } from './expressif-platform.js';
import { startGenericPlatform } from './generic-platform.js';
import { PATHOLOGY_PLATFORM, startPathologyPlatform } from './pathology-platform.js';
import { PIAF_PLATFORM, startPiafPlatform } from './piaf-platform.js';
import type { PlatformSimulator } from './platform-simulator.js';

export interface StartPlatformOptions {
  /** On loopback; default a free one. */
  readonly port?: number;
  /** How long it waits for an answer of the adapter, in ms. */
  readonly patienceMs?: number;
}

/** Platforms that the suite can play, by the name that --platform takes. */
export const PLATFORMS: Readonly<Record<string, (options?: StartPlatformOptions) => Promise<PlatformSimulator>>> = {
  generic: startGenericPlatform,
  [CDS_PLATFORM]: startCdsPlatform,
  [PATHOLOGY_PLATFORM]: startPathologyPlatform,
  [EXPRESSIF_PLATFORM]: startExpressifPlatform,
  [PIAF_PLATFORM]: startPiafPlatform,
};
