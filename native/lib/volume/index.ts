export { type ResampleVolumeOptions, resampleVolume } from './resample-volume.js';
export {
  type Affine,
  gridWithSpacing,
  indexTransform,
  spacingOf,
  type VolumeGrid,
  type VolumeSize,
} from './volume-grid.js';
