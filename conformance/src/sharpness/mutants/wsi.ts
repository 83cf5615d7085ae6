import { WSI_BUNDLE_MUTANTS } from './wsi-bundle.js';
import { WSI_MAP_MUTANTS } from './wsi-maps.js';
import type { WsiMutant } from './wsi-mutant.js';
import { WSI_REPORT_MUTANTS } from './wsi-reports.js';
import { WSI_SERVICE_MUTANTS } from './wsi-service.js';
import { WSI_SLIDE_MUTANTS } from './wsi-slides.js';

const numberOf = ({ id }: WsiMutant) => Number(id.split('-').at(-1));

export const WSI_MUTANTS: readonly WsiMutant[] = [
  ...WSI_BUNDLE_MUTANTS,
  ...WSI_MAP_MUTANTS,
  ...WSI_REPORT_MUTANTS,
  ...WSI_SERVICE_MUTANTS,
  ...WSI_SLIDE_MUTANTS,
].sort((a, b) => numberOf(a) - numberOf(b));
