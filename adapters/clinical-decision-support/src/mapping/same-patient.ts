import { DeepHealthError } from '@deephealth/sdk';
import type { FhirResource } from 'fhir/r4.js';
import type { CdsRequest, Gathered } from '../bindings/cds-request.js';
import { isLocalReference, localReference } from './local-reference.js';
import { contextResources, unbundled } from './resources-of.js';

/** Resources that are about nobody in particular; all others must say that they are about the patient. */
const ABOUT_NOBODY = new Set([
  'ActivityDefinition',
  'CodeSystem',
  'Device',
  'Endpoint',
  'HealthcareService',
  'Library',
  'Location',
  'Medication',
  'Organization',
  'PlanDefinition',
  'Practitioner',
  'PractitionerRole',
  'Questionnaire',
  'Substance',
  'ValueSet',
]);

/** Types that messages name, besides those. */
const ABOUT_PATIENTS = new Set([
  'AllergyIntolerance',
  'Appointment',
  'Binary',
  'CarePlan',
  'Communication',
  'Condition',
  'Coverage',
  'DeviceRequest',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'FamilyMemberHistory',
  'Goal',
  'ImagingStudy',
  'Immunization',
  'Media',
  'MedicationAdministration',
  'MedicationRequest',
  'MedicationStatement',
  'NutritionOrder',
  'Observation',
  'Patient',
  'Procedure',
  'QuestionnaireResponse',
  'RelatedPerson',
  'RiskAssessment',
  'ServiceRequest',
  'Specimen',
  'Task',
]);

/** Elements of R4 by which a resource names the patient that it is about. */
const SUBJECTS = ['subject', 'patient', 'beneficiary', 'individual', 'for'] as const;

/**
 * Makes sure that everything which is looked at is about the patient of the call. A resource that does not
 * say whom it is about is refused as well: values of two people in one row are worse than no answer. A Binary never
 * says so; it counts where a resource about the patient points to it.
 * Throws DH_CDS_PATIENT_MISMATCH, naming the prefetch key and the type of the resource.
 */
export function assertSamePatient(gathered: ReadonlyMap<string, Gathered>, request: CdsRequest): void {
  const places: [string, readonly FhirResource[]][] = [['context', contextResources(request)]];
  for (const [key, found] of gathered) {
    if (found.kind === 'resources') places.push([`prefetch key "${key}"`, unbundled(found.resources)]);
  }
  const pointedTo = filesPointedTo(
    places.flatMap(([, resources]) => resources),
    request.fhirServer,
  );
  for (const [place, resources] of places) {
    for (const resource of resources) assertAbout(resource, place, request, pointedTo);
  }
}

/**
 * The same for one resource, of which `place` says where it is from. A Binary must be one of `pointedTo`, as in
 * "Binary/1".
 */
export function assertAbout(
  resource: FhirResource,
  place: string,
  request: CdsRequest,
  pointedTo: ReadonlySet<string>,
): void {
  const problem = problemOf(resource, request, pointedTo);
  if (problem === undefined) return;
  throw new DeepHealthError(
    'DH_CDS_PATIENT_MISMATCH',
    `A ${typeName(resource)} in ${place} ${problem}. Send only resources about the patient of the context.`,
    { details: { place, resourceType: typeName(resource) } },
  );
}

/** Binaries that documents point to, as "Binary/1". The documents are held against the patient themselves. */
function filesPointedTo(resources: readonly FhirResource[], fhirServer: string | undefined): ReadonlySet<string> {
  const files = new Set<string>();
  for (const resource of resources) {
    const { content, presentedForm } = resource as unknown as Record<string, unknown>;
    const attachments = [content, presentedForm].flat().flatMap((one) => {
      const held = one as { readonly attachment?: unknown } | null | undefined;
      return [held, held?.attachment] as readonly ({ readonly url?: unknown } | null | undefined)[];
    });
    for (const attachment of attachments) {
      const local = localReference(attachment?.url, fhirServer);
      if (local?.type === 'Binary') files.add(`Binary/${local.id}`);
    }
  }
  return files;
}

function problemOf(resource: FhirResource, request: CdsRequest, pointedTo: ReadonlySet<string>): string | undefined {
  const { patientId } = request.context;
  if (resource.resourceType === 'Patient') {
    return resource.id === patientId ? undefined : 'is not the patient of the context';
  }
  if (resource.resourceType === 'Binary') {
    if (!pointedTo.has(`Binary/${resource.id}`)) return 'is a file that no resource about the patient points to';
    const { securityContext } = resource;
    const named = (securityContext as { readonly reference?: unknown } | undefined)?.reference;
    const isOfPatient = typeof named !== 'string' || !/(^|\/)Patient\//.test(named);
    return isOfPatient || isLocalReference(securityContext, 'Patient', patientId, request.fhirServer)
      ? undefined
      : 'is about another patient than the context names';
  }
  const references = SUBJECTS.map((name) => (resource as unknown as Record<string, unknown>)[name]).filter(
    (subject) => subject !== undefined,
  );
  if (references.length === 0) {
    return ABOUT_NOBODY.has(resource.resourceType) ? undefined : 'does not say which patient it is about';
  }
  const areAllThisPatient = references.every((subject) => isPatient(subject, patientId, request.fhirServer));
  return areAllThisPatient ? undefined : 'is about another patient than the context names, or does not name one';
}

function isPatient(subject: unknown, patientId: string, fhirServer: string | undefined): boolean {
  const { reference } = (subject ?? {}) as { readonly reference?: unknown };
  return reference === `urn:uuid:${patientId}` || isLocalReference(subject, 'Patient', patientId, fhirServer);
}

/** The type, if it is one of these; what a caller writes there instead is not repeated. */
function typeName(resource: FhirResource): string {
  const { resourceType } = resource;
  return ABOUT_NOBODY.has(resourceType) || ABOUT_PATIENTS.has(resourceType) ? resourceType : 'resource';
}
