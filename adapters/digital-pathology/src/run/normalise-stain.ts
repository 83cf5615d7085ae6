import { fitMacenko, fitReinhard, macenkoNormalise, type RgbTile, reinhardNormalise } from '@deephealth/native';
import { DeepHealthError } from '@deephealth/sdk';
import type { StainReference } from '../bindings/digital-pathology-binding.js';
import type { TissueOverview } from '../tissue/otsu-tissue.js';

/** Gives pixels of one slide the stains that the model was trained to see, in place. */
export type StainNormaliser = (tile: RgbTile) => void;

/**
 * Fits the slide once, on the tissue of its overview: a fit for each tile would turn blank and badly stained
 * tiles into tissue.
 *
 * @throws DH_SLIDE_UNSUITABLE where the stains cannot be told apart
 */
export function fitStain(reference: StainReference, { pixels: seen, grid }: TissueOverview): StainNormaliser {
  const overview = [{ pixels: seen, width: grid.columns, height: grid.rows }];
  if (reference.method === 'macenko') {
    const result = fitMacenko(overview);
    if (!result.isFitted) throw unsuitable(result.reason);
    const target = { ...reference, tissuePixels: 1 };
    return ({ pixels }) => macenkoNormalise(pixels, result.fit, target, pixels);
  }
  const result = fitReinhard(overview);
  if (!result.isFitted) throw unsuitable(result.reason);
  const target = { ...reference, tissueThreshold: 0, tissuePixels: 1 };
  return (tile) => reinhardNormalise(tile, result.fit, target, tile.pixels);
}

function unsuitable(reason: string): DeepHealthError {
  return new DeepHealthError(
    'DH_SLIDE_UNSUITABLE',
    `The stains of the slide cannot be brought to those of the model: ${reason}. Nothing was computed.`,
    { details: { reason } },
  );
}
