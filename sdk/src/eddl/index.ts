export { compareEddlWeights, type WeightComparison, type WeightMatch } from './compare-weights.js';
export { type EddlTensor, readEddlWeights } from './read-weights-file.js';
