import type { FhirResource } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { gatheredFrom, requestFor } from '../../test/heart-disease.js';
import type { CdsRequest } from '../bindings/cds-request.js';
import { assertSamePatient } from './same-patient.js';

const ID = '6d23a95e-7e18-4201-90ec-9501fa89fbd2';

const observation = (reference?: string): FhirResource => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...(reference === undefined ? {} : { subject: { reference } }),
});

function check(resource: FhirResource, over: Partial<CdsRequest> = {}): void {
  assertSamePatient(gatheredFrom({ labs: [resource] }), { ...requestFor(ID), ...over });
}

const MISMATCH = { code: 'DH_CDS_PATIENT_MISMATCH' };
const mismatch = (work: () => void) => expect(work).toThrow(expect.objectContaining(MISMATCH));

describe('assertSamePatient', () => {
  it.each([
    `Patient/${ID}`,
    `Patient/${ID}/_history/3`,
    `urn:uuid:${ID}`,
    `https://ehr.example/fhir/Patient/${ID}`,
    `https://ehr.example/fhir/Patient/${ID}/_history/3`,
  ])('takes %s for the patient of the context', (reference) => {
    check(observation(reference));
  });

  it.each([
    ['another patient', 'Patient/other'],
    ['an id that begins with the right one', `Patient/${ID}x`],
    ['an id that ends with the right one', `Patient/x${ID}`],
    ['another uuid', 'urn:uuid:00000000-7e18-4201-90ec-9501fa89fbd2'],
    ['a group', `Group/${ID}`],
    ['a bare id', ID],
    ['a contained resource', '#p1'],
    ['a path that only looks like it', `https://ehr.example/Patient/${ID}/other`],
    ['nothing', ''],
  ])('refuses %s', (_, reference) => {
    mismatch(() => check(observation(reference)));
  });

  it('refuses what does not say whom it is about', () => {
    mismatch(() => check(observation()));
    mismatch(() => check({ resourceType: 'Observation', status: 'final', code: {}, subject: { display: 'Mr X' } }));
  });

  it('refuses what names the patient in one place and another in the next', () => {
    const both = { ...observation(`Patient/${ID}`), patient: { reference: 'Patient/other' } };
    mismatch(() => check(both as FhirResource));
  });

  it('refuses the same id on another server than the one of the call', () => {
    const fhirServer = 'https://ehr.example/fhir/';
    check(observation(`https://ehr.example/fhir/Patient/${ID}`), { fhirServer });
    mismatch(() => check(observation(`https://other.example/fhir/Patient/${ID}`), { fhirServer }));
  });

  it('compares the Patient itself by its id', () => {
    check({ resourceType: 'Patient', id: ID });
    mismatch(() => check({ resourceType: 'Patient', id: 'other' }));
    mismatch(() => check({ resourceType: 'Patient' }));
  });

  it('asks nothing of resources that are about nobody', () => {
    check({ resourceType: 'Practitioner', id: 'a' });
    check({ resourceType: 'OperationOutcome', issue: [] });
  });

  it('looks into bundles, of prefetch and of the context', () => {
    const bundle = (reference: string): FhirResource => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ resource: observation(`Patient/${ID}`) }, { resource: observation(reference) }],
    });
    check(bundle(`Patient/${ID}`));
    mismatch(() => check(bundle('Patient/other')));
    const request = requestFor(ID, { draftOrders: bundle('Patient/other') });
    mismatch(() => assertSamePatient(new Map(), request));
  });

  it('finds one strange resource among a hundred', () => {
    const many = Array.from({ length: 100 }, (_, i) => observation(i === 57 ? 'Patient/other' : `Patient/${ID}`));
    mismatch(() => assertSamePatient(gatheredFrom({ labs: many }), requestFor(ID)));
  });

  it('names place and type, and neither patient', () => {
    try {
      check(observation('Patient/secret-77'));
      expect.unreachable();
    } catch (error) {
      const text = JSON.stringify([(error as Error).message, (error as { details: unknown }).details]);
      expect(text).toMatch(/prefetch key \\"labs\\"/);
      expect(text).not.toMatch(/secret-77|6d23a95e/);
    }
  });
});
