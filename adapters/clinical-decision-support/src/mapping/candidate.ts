import type { FhirResource } from 'fhir/r4.js';
import type { CodeReference } from '../bindings/cds-hooks-binding.js';
import { codingsOf, type Evidence } from './evidence.js';
import type { Dated } from './newest.js';

/** Something in FHIR that a signal or an image may be taken from. */
export interface Candidate extends Dated {
  /** As the resource writes it. */
  readonly at?: string;
  readonly code?: CodeReference;
  readonly reference?: string;
  /** Why it cannot be used although it is there. */
  readonly flaw?: string;
  readonly content:
    | { readonly kind: 'sampled'; readonly channels: ReadonlyMap<string, readonly Evidence[]> }
    | { readonly kind: 'file'; readonly holder: FhirResource }
    /** References to a DocumentReference or a Media, as they are written. */
    | { readonly kind: 'derived'; readonly from: readonly string[] };
}

/** The same resource twice, of two pages or of two entries, is one. */
export function withoutRepeats(resources: readonly FhirResource[]): FhirResource[] {
  const seen = new Set<string>();
  return resources.filter((resource) => {
    const written = JSON.stringify(resource);
    return !seen.has(written) && seen.add(written);
  });
}

/** What a resource calls itself, without the text: that is the sender's own. */
export function firstCode(concept: unknown): CodeReference | undefined {
  const coding = codingsOf(concept).find(({ system, code }) => typeof system === 'string' && typeof code === 'string');
  return coding === undefined ? undefined : { system: coding.system as string, code: coding.code as string };
}
