import type { PlatformName } from '../../ttmip/stage-record.js';
import { planCdsHooks } from './cds-hooks.js';
import { planDigitalPathology } from './digital-pathology.js';
import { planExpressif } from './expressif.js';
import type { BindingMaterial, PlannedBinding } from './planned-binding.js';
import { planProcessingChain } from './processing-chain.js';

const PLANNERS: Readonly<Record<PlatformName, (material: BindingMaterial) => PlannedBinding>> = {
  'clinical-decision-support': planCdsHooks,
  'digital-pathology': planDigitalPathology,
  expressif: planExpressif,
  piaf: planProcessingChain,
};

/** In the order in which they are listed and checked. */
export const PLATFORMS = Object.keys(PLANNERS) as readonly PlatformName[];

/** The binding of each wanted platform, or why there is none. */
export function planBindings(platforms: readonly PlatformName[], material: BindingMaterial): PlannedBinding[] {
  return PLATFORMS.filter((platform) => platforms.includes(platform)).map((platform) => PLANNERS[platform](material));
}
