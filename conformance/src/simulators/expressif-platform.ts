import { RULE_MODELS } from '../expressif/expressif-models.js';
import type { PlatformSimulator } from './platform-simulator.js';
import { quietPlatform } from './quiet-platform.js';

/** Name of the platform in commands and reports. */
export const EXPRESSIF_PLATFORM = 'expressif';

/** A platform of rule bases. */
export async function startExpressifPlatform(): Promise<PlatformSimulator> {
  return quietPlatform(
    {
      name: EXPRESSIF_PLATFORM,
      carries: new Set(['classification', 'regression', 'mask'] as const),
      asks: [
        { model: RULE_MODELS.scores, inputs: {} },
        { model: RULE_MODELS.table, inputs: {} },
      ],
    },
    'the platform asks questions and sends no events: profile expressif judges them',
  );
}
