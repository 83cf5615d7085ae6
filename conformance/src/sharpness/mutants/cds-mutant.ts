import type { CdsReference } from '../../reference/cds/cds-reference.js';
import type { ReferenceCards } from '../../reference/cds/reference-cards.js';
import type { ReferenceFeatures } from '../../reference/cds/reference-features.js';
import type { ReferenceTrust } from '../../reference/cds/reference-trust.js';
import type { CdsParts } from '../../reference/cds/serve-cds.js';

/** The reference service of CDS Hooks with one behaviour changed. */
export interface CdsMutant {
  /** `M-CDS-<NN>`; cases name the mutants that they kill. */
  readonly id: string;
  readonly title: string;
  readonly parts: (reference: CdsClasses) => CdsParts;
}

export interface CdsClasses {
  readonly Service: typeof CdsReference;
  readonly Trust: typeof ReferenceTrust;
  readonly Features: typeof ReferenceFeatures;
  readonly Cards: typeof ReferenceCards;
}

type Of<Name extends keyof CdsClasses> = (Reference: CdsClasses[Name]) => CdsClasses[Name];

export const service = (id: string, title: string, of: Of<'Service'>): CdsMutant => ({
  id,
  title,
  parts: ({ Service }) => ({ Service: of(Service) }),
});
export const trust = (id: string, title: string, of: Of<'Trust'>): CdsMutant => ({
  id,
  title,
  parts: ({ Trust }) => ({ Trust: of(Trust) }),
});
export const features = (id: string, title: string, of: Of<'Features'>): CdsMutant => ({
  id,
  title,
  parts: ({ Features }) => ({ Features: of(Features) }),
});
export const cards = (id: string, title: string, of: Of<'Cards'>): CdsMutant => ({
  id,
  title,
  parts: ({ Cards }) => ({ Cards: of(Cards) }),
});
