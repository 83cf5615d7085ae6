import { CallbackReceiver } from '../chain/callback-receiver.js';
import { CHAIN_MODELS } from '../chain/chain-models.js';
import type { StartPlatformOptions } from './index.js';
import type { PlatformSimulator } from './platform-simulator.js';
import { quietPlatform } from './quiet-platform.js';

/** Name of the platform in commands and reports. */
export const PIAF_PLATFORM = 'piaf';

/** A platform that asks for runs of processing chains, and is called back. */
export interface PiafPlatform extends PlatformSimulator {
  readonly callbacks: CallbackReceiver;
}

/** @throws what listening throws */
export async function startPiafPlatform({ port = 0 }: StartPlatformOptions = {}): Promise<PiafPlatform> {
  const callbacks = await new CallbackReceiver().start(port);
  return {
    ...quietPlatform(
      {
        name: PIAF_PLATFORM,
        carries: new Set(['classification', 'regression', 'mask'] as const),
        asks: [
          { model: CHAIN_MODELS.table, inputs: {} },
          { model: CHAIN_MODELS.picture, inputs: {} },
        ],
      },
      'the platform asks for runs and sends no events: profile processing-chain judges them',
    ),
    callbacks,
    url: callbacks.url(),
    stop: async () => callbacks.stop(),
  };
}
