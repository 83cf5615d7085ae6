import type { runtimeV1 } from '@deephealth/proto';
import type { CdsRequest, Feature, Gathered } from '../bindings/cds-request.js';
import type { GatherOptions } from '../fhir/gather.js';
import { readRecording } from '../fhir/read-recording.js';
import { createReferenceReader } from '../fhir/reference-reader.js';
import { toFeatures } from '../mapping/to-features.js';
import { toTable } from '../mapping/to-table.js';
import type { CatalogService } from './service-catalog.js';

export interface FilledInput {
  /** One for each column of a table; one for a signal or an image. */
  readonly features: readonly Feature[];
  /** What the model is sent. Throws DH_CDS_DATA_MISSING where a feature stands in the way. */
  readonly toInput: () => runtimeV1.NamedInput;
}

/**
 * The input of the model from what was gathered; of a signal or an image, also from the files that this refers to.
 * Throws DH_CDS_PATIENT_MISMATCH for a file of somebody else.
 */
export async function fillInput(
  { binding, input }: CatalogService,
  gathered: ReadonlyMap<string, Gathered>,
  request: CdsRequest,
  now: Date,
  reading: GatherOptions,
): Promise<FilledInput> {
  if (input.kind === 'table') {
    const features = toFeatures(binding, gathered, request, now);
    return { features, toInput: () => toTable(input.name, features) };
  }
  const read = createReferenceReader(gathered, request, reading);
  const { feature, toInput } = await readRecording(binding, input, gathered, request, now, read);
  return { features: [feature], toInput };
}
