import type { PathologyParts } from '../../reference/pathology/pathology-reference.js';
import { PathologyReference } from '../../reference/pathology/pathology-reference.js';
import { ReferenceBundle } from '../../reference/pathology/reference-bundle.js';
import { ReferenceMap } from '../../reference/pathology/reference-map.js';
import { ReferenceSlides } from '../../reference/pathology/reference-slides.js';
import type { PartsMutant } from '../steered-sharpness.js';

/** What mutants and variants are made from. */
export const WSI_CLASSES = {
  Slides: ReferenceSlides,
  Maps: ReferenceMap,
  Bundle: ReferenceBundle,
  Service: PathologyReference,
} as const;
export type WsiClasses = typeof WSI_CLASSES;

/** The reference adapter for slides with one behaviour changed: `M-WSI-<NN>`. */
export type WsiMutant = PartsMutant<WsiClasses, PathologyParts>;

type Of<Name extends keyof WsiClasses> = (Reference: WsiClasses[Name]) => WsiClasses[Name];

export const slides = (id: string, title: string, of: Of<'Slides'>): WsiMutant => ({
  ...{ id, title },
  parts: ({ Slides }) => ({ Slides: of(Slides) }),
});
export const map = (id: string, title: string, of: Of<'Maps'>): WsiMutant => ({
  ...{ id, title },
  parts: ({ Maps }) => ({ Maps: of(Maps) }),
});
export const bundle = (id: string, title: string, of: Of<'Bundle'>): WsiMutant => ({
  ...{ id, title },
  parts: ({ Bundle }) => ({ Bundle: of(Bundle) }),
});
export const service = (id: string, title: string, of: Of<'Service'>): WsiMutant => ({
  ...{ id, title },
  parts: ({ Service }) => ({ Service: of(Service) }),
});
