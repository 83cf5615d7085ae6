import { PIXEL_MODEL, TILE_MODEL } from '../pathology/pathology-models.js';
import { NotJudged } from '../run/case-result.js';
import type { PlatformSimulator } from './platform-simulator.js';

/** Name of the platform in commands and reports. */
export const PATHOLOGY_PLATFORM = 'digital-pathology';

const unheard = (): never => {
  throw new NotJudged(
    'notApplicable',
    'the platform sends slides and no events: profile digital-pathology judges them',
  );
};

/**
 * A platform of slides. It calls RunBinding on the contract's face and has no address of its own, so that nothing
 * of the cases about events can be asked of it.
 */
export async function startPathologyPlatform(): Promise<PlatformSimulator> {
  return {
    name: PATHOLOGY_PLATFORM,
    url: '',
    carries: new Set(['classification', 'map'] as const),
    asks: [
      { model: TILE_MODEL, inputs: {} },
      { model: PIXEL_MODEL, inputs: {} },
    ],
    answersEvents: true,
    choosesPackages: false,
    givesTensors: false,
    maxRequests: 1,
    credentials: [],
    received: [],
    connect: () => undefined,
    send: unheard,
    asRun: unheard,
    readRun: unheard,
    cancel: unheard,
    state: unheard,
    health: unheard,
    results: unheard,
    attempts: unheard,
    waitForResult: unheard,
    misbehave: unheard,
    stop: async () => undefined,
  };
}
