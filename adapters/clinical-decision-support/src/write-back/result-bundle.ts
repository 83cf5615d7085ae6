import type { Bundle, BundleEntry, FhirResource, Identifier, Provenance, Reference } from 'fhir/r4.js';
import { AI_ASSERTED, AI_DEVICE_TYPE, AUTHOR, CREATE } from './code-systems.js';
import { modelCardReference, modelDevice } from './model-resources.js';
import { inputReferences, type ModelResult, resultResource } from './result-resource.js';

/** Names inside the transaction, which the server replaces by those that it gives. */
const DEVICE = 'urn:uuid:6a2f0f0e-6f0b-4a53-9d1e-0c1f6f5f1a01';
const MODEL_CARD = 'urn:uuid:6a2f0f0e-6f0b-4a53-9d1e-0c1f6f5f1a02';
const RESULT = 'urn:uuid:6a2f0f0e-6f0b-4a53-9d1e-0c1f6f5f1a03';
const PROVENANCE = 'urn:uuid:6a2f0f0e-6f0b-4a53-9d1e-0c1f6f5f1a04';

export interface ResultBundleOptions {
  readonly modelCard: string;
  readonly baseUrl: string;
  readonly now: Date;
}

/**
 * The transaction that writes a result: all of it or nothing. The model and its card are created once on a
 * server, and the result itself is not created twice, should two transactions cross.
 */
export function resultBundle(result: ModelResult, { modelCard, baseUrl, now }: ResultBundleOptions): Bundle {
  const { service, identifiers } = result;
  const device = modelDevice(service, baseUrl);
  const card = modelCardReference(service, modelCard, baseUrl);
  const resource = resultResource(result, { reference: DEVICE });
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      entry(DEVICE, device, device.identifier?.[0]),
      entry(MODEL_CARD, card, card.identifier?.[0]),
      entry(RESULT, resource, identifiers[0]),
      entry(PROVENANCE, provenanceOf(result, now)),
    ],
  };
}

/** In the shape of AI-Provenance: what the model made, of what, and the card that says what it is good for. */
function provenanceOf(result: ModelResult, now: Date): Provenance {
  const inputs = inputReferences(result.features);
  return {
    resourceType: 'Provenance',
    target: [{ reference: RESULT }],
    occurredDateTime: result.completedAt,
    recorded: now.toISOString(),
    reason: [{ coding: [AI_ASSERTED] }],
    activity: { coding: [CREATE] },
    agent: [{ type: { coding: [AUTHOR] }, role: [{ coding: [AI_DEVICE_TYPE] }], who: { reference: DEVICE } }],
    entity: [
      ...inputs.map((what: Reference) => ({ role: 'source' as const, what })),
      { role: 'derivation' as const, what: { reference: MODEL_CARD } },
    ],
  };
}

function entry(fullUrl: string, resource: FhirResource, onlyOnce?: Identifier): BundleEntry {
  const { resourceType } = resource;
  return {
    fullUrl,
    resource,
    request: {
      method: 'POST',
      url: resourceType,
      ...(onlyOnce === undefined ? {} : { ifNoneExist: identifierQuery(onlyOnce) }),
    },
  };
}

/** Search by an identifier; both parts may hold what a query does not carry as it is. */
export function identifierQuery({ system = '', value = '' }: Identifier): string {
  // In a token, these three are signs of the query language (FHIR R4, 3.1.1.5.7).
  const escaped = (part: string) => encodeURIComponent(part.replace(/[\\$,|]/g, (sign) => `\\${sign}`));
  return `identifier=${escaped(system)}|${escaped(value)}`;
}
