import type { StainAddon } from './addon.js';
import {
  stainDensityAnglesTwin,
  stainDensityMomentsTwin,
  stainRowProductsTwin,
  stainRowSumHistogramsTwin,
} from './macenko.twin.js';
import { stainLabMomentsTwin, stainLabTransferTwin } from './reinhard.twin.js';
import { stainGrayHistogramTwin, stainTissueMaskTwin } from './tissue-mask.twin.js';

/** The per-pixel work of stain normalisation in TypeScript: fallback and oracle of the addon's. */
export const stainTwin: StainAddon = {
  stainGrayHistogram: stainGrayHistogramTwin,
  stainTissueMask: stainTissueMaskTwin,
  stainDensityMoments: stainDensityMomentsTwin,
  stainDensityAngles: stainDensityAnglesTwin,
  stainRowSumHistograms: stainRowSumHistogramsTwin,
  stainRowProducts: stainRowProductsTwin,
  stainLabMoments: stainLabMomentsTwin,
  stainLabTransfer: stainLabTransferTwin,
};
