export {
  type AugmentationNote,
  type ImportedAugmentations,
  importAugmentations,
} from './import-augmentations.js';
export {
  type EcvlDataset,
  type EcvlLabel,
  type EcvlSample,
  readEcvlDataset,
} from './read-dataset.js';
