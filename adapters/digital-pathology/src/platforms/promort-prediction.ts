import { DeepHealthError } from '@deephealth/sdk';
import type { MapProvenance } from '../map/slide-map.js';

/** Kinds of predictions that ProMort knows. */
export type PromortPredictionType = 'TISSUE' | 'TUMOR' | 'GLEASON';

/** How a prediction was made, as ProMort keeps it. */
export interface PromortProvenance {
  readonly model: string;
  readonly start_date: string;
  readonly end_date: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

export interface PromortPrediction {
  /** Unique on the platform; at most 100 characters. */
  readonly label: string;
  /** Id of the slide on the platform; at most 25 characters. */
  readonly slide: string;
  readonly type: PromortPredictionType;
  /** Where OMERO holds the array, if it was registered there. */
  readonly omeroId?: number;
  /**
   * Someone has to look at it. It is said when the prediction is made, since the platform's address to say it
   * later fails. Default false.
   */
  readonly reviewRequired?: boolean;
  readonly provenance?: PromortProvenance;
}

const MOST_LABEL = 100;
const MOST_SLIDE_ID = 25;
const TYPES = ['TISSUE', 'TUMOR', 'GLEASON'];

/** @throws DH_REQUEST_MALFORMED for what the platform's tables do not hold */
export function checkPrediction({ label, slide, type }: PromortPrediction): void {
  const refuse = (why: string) => new DeepHealthError('DH_REQUEST_MALFORMED', `The prediction cannot be sent: ${why}.`);
  if (label === '' || [...label].length > MOST_LABEL) throw refuse(`its label has 1 to ${MOST_LABEL} characters`);
  if (slide === '' || [...slide].length > MOST_SLIDE_ID) {
    throw refuse(`the id of a slide has 1 to ${MOST_SLIDE_ID} characters on this platform`);
  }
  if (!TYPES.includes(type)) throw refuse(`its type is one of ${TYPES.join(', ')}`);
}

/** The provenance of a map as ProMort keeps it. */
export function promortProvenance(provenance: MapProvenance): PromortProvenance {
  const { model, slide, runtime } = provenance;
  return {
    model: `${model.name} ${model.version}`,
    start_date: provenance.startedAt.toISOString(),
    end_date: provenance.completedAt.toISOString(),
    params: {
      ...provenance.parameters,
      package_sha256: model.packageSha256,
      onnx_sha256: model.onnxSha256,
      slide_sha256: slide.sha256,
      plan_sha256: provenance.planSha256,
      engine: runtime.engine,
      software: provenance.software,
    },
  };
}

/** Body of `POST api/predictions/`. */
export function predictionBody(prediction: PromortPrediction): Readonly<Record<string, unknown>> {
  const { label, slide, type, omeroId, reviewRequired = false, provenance } = prediction;
  return {
    label,
    slide,
    type,
    review_required: reviewRequired,
    ...(omeroId === undefined ? {} : { omero_id: omeroId }),
    ...(provenance === undefined ? {} : { provenance }),
  };
}

/**
 * What of a prediction on the platform differs from one that is to be sent, by the names of its members. When it
 * was made does not count: the same plan gives the same result at any time.
 */
export function differences(there: Readonly<Record<string, unknown>>, here: PromortPrediction): string[] {
  const body = predictionBody(here);
  const [theirs, ours] = [there.provenance, here.provenance] as [
    PromortProvenance | null | undefined,
    typeof here.provenance,
  ];
  return [
    ...['label', 'slide', 'type', 'review_required'].filter((name) => there[name] !== body[name]),
    ...((there.omero_id ?? undefined) === here.omeroId ? [] : ['omero_id']),
    ...((theirs?.model ?? undefined) === ours?.model ? [] : ['provenance.model']),
    ...(sortedJson(theirs?.params) === sortedJson(ours?.params) ? [] : ['provenance.params']),
  ];
}

/** JSON whose members are in order, to be compared. */
export function sortedJson(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? ''
  );
}
