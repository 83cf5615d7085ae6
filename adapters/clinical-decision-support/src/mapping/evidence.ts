import type { FhirResource } from 'fhir/r4.js';
import type { CodeReference, FeatureBinding } from '../bindings/cds-hooks-binding.js';
import { compileFhirPath } from './fhir-path.js';
import { periodOf, type TimeSpan } from './time-span.js';

/** One place in a resource that a feature may be taken from, as it stands there. */
export interface Evidence {
  /** What `value[x]` holds, or what FHIRPath gave; undefined where the resource says that there is no value. */
  readonly raw: unknown;
  /** As the resource writes it. */
  readonly at?: string;
  readonly span?: TimeSpan;
  readonly code?: CodeReference;
  readonly reference?: string;
  /** Why it cannot be used although it is there. */
  readonly flaw?: string;
}

type Loose = Readonly<Record<string, unknown>>;

/** Observations in any other state are not results, or are no more. */
const RESULT_STATUS = new Set(['final', 'amended', 'corrected']);

/** What says that the rest of the resource is not so; all other states are for FHIRPath to tell apart. */
const NOT_SO = new Set(['entered-in-error', 'refuted', 'not-done']);

/** Everything in the resources that the feature could be taken from. What was withdrawn or is not finished is left out. */
export function evidenceFor(
  feature: Pick<FeatureBinding, 'codes' | 'fhirPath'>,
  resources: readonly FhirResource[],
): Evidence[] {
  return withoutCopies(
    resources
      .filter(isInForce)
      .flatMap((resource) =>
        feature.codes === undefined
          ? fromPath(feature.fhirPath ?? '', resource)
          : resource.resourceType === 'Observation'
            ? fromCodes(feature.codes, resource as unknown as Loose)
            : [],
      ),
  );
}

/** What FHIRPath gives of a thing that is not a resource: the context of the hook. */
export function evidenceInContext(fhirPath: string, context: unknown): Evidence[] {
  return evaluated(fhirPath, context, {});
}

/** Whether the resource says that what it holds is so. */
export function isInForce(resource: FhirResource): boolean {
  const { status, verificationStatus, doNotPerform } = resource as unknown as Loose;
  if (resource.resourceType === 'Observation') return RESULT_STATUS.has(String(status));
  const verification = codingsOf(verificationStatus).map(({ code }) => code);
  return doNotPerform !== true && ![status, ...verification].some((state) => NOT_SO.has(String(state)));
}

function fromCodes(codes: readonly CodeReference[], observation: Loose): Evidence[] {
  const listed: readonly unknown[] = Array.isArray(observation.component) ? observation.component : [];
  const components = listed.filter((one): one is Loose => typeof one === 'object' && one !== null);
  return [observation, ...components].flatMap((part): Evidence[] => {
    const code = matchingCode(codes, part.code);
    if (code === undefined) return [];
    const isModified = [observation, part].some(isOtherwiseMeant);
    const raw = part.dataAbsentReason === undefined ? valueX(part) : undefined;
    return [
      {
        ...whereAndWhen(observation),
        raw,
        code,
        ...(isModified ? { flaw: 'has an extension that changes its meaning' } : {}),
      },
    ];
  });
}

function fromPath(path: string, resource: FhirResource): Evidence[] {
  const isModified = isOtherwiseMeant(resource as unknown as Loose);
  const found = evaluated(path, resource, whereAndWhen(resource as unknown as Loose));
  return isModified ? found.map((one) => ({ ...one, flaw: 'has an extension that changes its meaning' })) : found;
}

/** FHIR forbids to read past either of these: what they say can turn the meaning around. */
export function isOtherwiseMeant({ modifierExtension, implicitRules }: Loose): boolean {
  return modifierExtension !== undefined || implicitRules !== undefined;
}

function evaluated(path: string, subject: unknown, where: Omit<Evidence, 'raw'>): Evidence[] {
  let values: readonly unknown[];
  try {
    values = compileFhirPath(path)(subject);
  } catch {
    return [{ ...where, raw: undefined, flaw: 'cannot be evaluated on what was sent' }];
  }
  if (values.length > 1) return [{ ...where, raw: values[0], flaw: 'gives several values of one resource' }];
  return values.map((raw) => {
    const code = codingsOf(raw).find(({ system, code }) => system !== undefined && code !== undefined);
    return { ...where, raw, ...(code === undefined ? {} : { code: code as CodeReference }) };
  });
}

/** The one `value[x]` of an observation or a component. */
function valueX(part: Loose): unknown {
  const name = Object.keys(part).find((key) => /^value[A-Z]/.test(key) && part[key] !== undefined);
  return name === undefined ? undefined : part[name];
}

/** The one of these codes that the concept has, system and code alike. */
export function matchingCode(codes: readonly CodeReference[], concept: unknown): CodeReference | undefined {
  const codings = codingsOf(concept);
  return codes.find(({ system, code }) => codings.some((one) => one.system === system && one.code === code));
}

export function codingsOf(concept: unknown): { system?: string; code?: string; display?: string }[] {
  if (typeof concept !== 'object' || concept === null) return [];
  const { coding, code } = concept as Loose;
  if (Array.isArray(coding)) return coding.filter((one) => typeof one === 'object' && one !== null);
  // FHIRPath may lead to a coding itself. A quantity has a code too, with a value beside it.
  return typeof code === 'string' && !('value' in concept) ? [concept as { code: string }] : [];
}

/** Reference and time of a resource, as far as it states them; `at` where its time is in an element of its own. */
export function whereAndWhen(resource: Loose, at: unknown = timeOf(resource)): Omit<Evidence, 'raw'> {
  const span = periodOf(at);
  const { resourceType, id, meta } = resource;
  const version = (meta as Loose | undefined)?.versionId;
  const reference =
    typeof id === 'string'
      ? `${String(resourceType)}/${id}${typeof version === 'string' ? `/_history/${version}` : ''}`
      : undefined;
  return {
    ...(span === undefined || typeof at !== 'string' ? {} : { at, span }),
    ...(reference === undefined ? {} : { reference }),
  };
}

/** When it was so, never when it was written down; of a period, its end. */
function timeOf({ effectiveDateTime, effectiveInstant, effectivePeriod, performedDateTime, performedPeriod }: Loose) {
  const period = (effectivePeriod ?? performedPeriod) as Loose | undefined;
  return effectiveDateTime ?? effectiveInstant ?? performedDateTime ?? period?.end ?? period?.start;
}

/** Pages may overlap, and two prefetch keys may hold the same resource: what is the same counts once. */
function withoutCopies(evidence: readonly Evidence[]): Evidence[] {
  const seen = new Set<string>();
  return evidence.filter((one) => {
    if (one.reference === undefined) return true;
    const key = JSON.stringify([one.reference, one.code, one.raw, one.at]);
    return !seen.has(key) && seen.add(key);
  });
}
