import { quoteName } from '../onnx/quote-name.js';
import type { ImageInterpolation } from '../package/manifest.js';
import { type AugmentationNode, augmentationInvalid } from './parse-augmentations.js';

/** ECVL's names, which are OpenCV's; nearest of OpenCV looks at the corner of a pixel, not at its middle. */
const INTERPOLATIONS: ReadonlyMap<string, ImageInterpolation> = new Map([
  ['linear', 'linear'],
  ['area', 'area'],
  ['cubic', 'cubic'],
  ['nearest', 'nearest-corner'],
]);

/** The interpolation of an augmentation; ECVL's default is linear. Throws DH_ECVL_FILE_INVALID. */
export function toEcvlInterpolation(node: AugmentationNode, name = 'linear'): ImageInterpolation {
  const interpolation = INTERPOLATIONS.get(name);
  if (interpolation !== undefined) return interpolation;
  throw augmentationInvalid(
    node.line,
    name === 'lanczos4'
      ? `${node.name}: lanczos4 has no typed step, and nothing is taken in its place. Resize the images before they are sent, or train with cubic.`
      : `${node.name}: ECVL does not know the interpolation ${quoteName(name)}. Use linear, area, cubic or nearest.`,
  );
}
