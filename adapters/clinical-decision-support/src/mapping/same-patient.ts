import { DeepHealthError } from '@deephealth/sdk';
import type { FhirResource } from 'fhir/r4.js';
import type { CdsRequest, Gathered } from '../bindings/cds-request.js';
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
 * say whom it is about is refused as well: values of two people in one row are worse than no answer.
 * Throws DH_CDS_PATIENT_MISMATCH, naming the prefetch key and the type of the resource.
 */
export function assertSamePatient(gathered: ReadonlyMap<string, Gathered>, request: CdsRequest): void {
  const places: [string, readonly FhirResource[]][] = [['context', contextResources(request)]];
  for (const [key, found] of gathered) {
    if (found.kind === 'resources') places.push([`prefetch key "${key}"`, unbundled(found.resources)]);
  }
  for (const [place, resources] of places) {
    for (const resource of resources) {
      const problem = problemOf(resource, request);
      if (problem === undefined) continue;
      throw new DeepHealthError(
        'DH_CDS_PATIENT_MISMATCH',
        `A ${typeName(resource)} in ${place} ${problem}. Send only resources about the patient of the context.`,
        { details: { place, resourceType: typeName(resource) } },
      );
    }
  }
}

function problemOf(resource: FhirResource, request: CdsRequest): string | undefined {
  const { patientId } = request.context;
  if (resource.resourceType === 'Patient') {
    return resource.id === patientId ? undefined : 'is not the patient of the context';
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

/** Relative, absolute and version-specific references are followed; of an absolute one the server must be the caller's. */
function isPatient(subject: unknown, patientId: string, fhirServer: string | undefined): boolean {
  const { reference } = (subject ?? {}) as { readonly reference?: unknown };
  if (typeof reference !== 'string') return false;
  if (reference === `urn:uuid:${patientId}`) return true;
  const parts = /^(?<base>https?:\/\/.+\/)?Patient\/(?<id>[A-Za-z0-9.-]{1,64})(\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(
    reference,
  )?.groups;
  if (parts?.id !== patientId) return false;
  return parts.base === undefined || fhirServer === undefined || sameBase(parts.base, fhirServer);
}

function sameBase(left: string, right: string): boolean {
  const bare = (base: string) => base.replace(/\/+$/, '');
  return bare(left) === bare(right);
}

/** The type, if it is one of these; what a caller writes there instead is not repeated. */
function typeName(resource: FhirResource): string {
  const { resourceType } = resource;
  return ABOUT_NOBODY.has(resourceType) || ABOUT_PATIENTS.has(resourceType) ? resourceType : 'resource';
}
