import { quoteName } from '../onnx/quote-name.js';
import type { AugmentationNode } from './parse-augmentations.js';

const RANDOM = new Set([
  'AugRandomCrop',
  'AugGaussianBlur',
  'AugAdditiveLaplaceNoise',
  'AugAdditivePoissonNoise',
  'AugGammaContrast',
  'AugBrightness',
  'AugCoarseDropout',
  'AugSalt',
  'AugPepper',
  'AugSaltAndPepper',
  'AugGridDistortion',
  'AugElasticTransform',
  'AugOpticalDistortion',
]);

/** Spellings of border_type: AugRandomCrop's, then that of the distortions. */
const BORDERS_OF_CROP = ['constant', 'reflect', 'reflect101', 'replicate', 'transparent', 'wrap'];
const BORDERS_OF_DISTORTION = ['constant', 'reflect', 'reflect_101', 'replicate', 'transparent', 'wrap'];
const DISTORTIONS = new Set(['AugGridDistortion', 'AugElasticTransform', 'AugOpticalDistortion']);

/** Why an augmentation that has no steps is refused. */
export function randomAugmentationProblem({ name, parameters }: AugmentationNode): string {
  if (!RANDOM.has(name)) {
    return `ECVL has no augmentation ${quoteName(name)} and crashes on it. Check the spelling.`;
  }
  const border = parameters.get('border_type');
  const spellings = name === 'AugRandomCrop' ? BORDERS_OF_CROP : DISTORTIONS.has(name) ? BORDERS_OF_DISTORTION : [];
  const isRandom = `${name} is random and for training. Take it out of what inference does`;
  if (name === 'AugRandomCrop' && border === undefined) {
    return `${isRandom}; besides, ECVL throws on it without border_type.`;
  }
  if (border?.type === 'string' && !spellings.includes(border.text)) {
    return `${isRandom}; besides, ECVL does not know the border_type ${quoteName(border.text)} here, only ${spellings.join(', ')}.`;
  }
  return `${isRandom}.`;
}
