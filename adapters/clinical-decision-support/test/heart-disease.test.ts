import { toNamedInputs } from '@deephealth/sdk';
import type { Bundle, FhirResource, Observation, Patient } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import type { ServiceBinding } from '../src/bindings/cds-hooks-binding.js';
import type { Feature } from '../src/bindings/cds-request.js';
import { assertSamePatient } from '../src/mapping/same-patient.js';
import { toFeatures } from '../src/mapping/to-features.js';
import { toTable } from '../src/mapping/to-table.js';
import {
  gatheredFrom,
  goldenCases,
  heartBinding,
  NOW,
  type Row,
  requestFor,
  resourcesFor,
  syntheaBundles,
} from './heart-disease.js';

const [onReport, onView] = heartBinding().services as [ServiceBinding, ServiceBinding];
const rows = goldenCases().map(({ id, inputs }): [string, Row] => {
  const table = inputs.patient as { table: Row };
  return [id, table.table];
});

function featuresOf(service: ServiceBinding, resources: Record<string, FhirResource[]>, id: string, now: Date) {
  const gathered = gatheredFrom(resources);
  assertSamePatient(gathered, requestFor(id));
  return toFeatures(service, gathered, requestFor(id), now);
}

describe('the heart sample', () => {
  it.each(rows)('makes the golden row %s of its FHIR resources, for both services', (id, row) => {
    for (const service of [onReport, onView]) {
      const made = toTable('patient', featuresOf(service, resourcesFor(row, id), id, NOW));
      const expected = toNamedInputs({ patient: { table: row } })[0];
      const bare = made.table?.values?.map(({ time: _, code: __, ...value }) => value);
      // What is missing in the row is missing in the same way, and everything else is the same number.
      expect(bare).toEqual(expected?.table?.values);
    }
  });

  it('tells where each value comes from', () => {
    const [id, row] = rows[0] as [string, Row];
    const features = featuresOf(onReport, resourcesFor(row, id), id, NOW);
    const of = (column: string) => features.find((one) => one.column === column);
    expect(of('resting_blood_pressure')).toMatchObject({
      unit: 'mm[Hg]',
      code: { code: '8480-6' },
      reference: 'Observation/blood-pressure',
    });
    expect(of('age')).toMatchObject({ unit: 'a', reference: `Patient/${id}` });
    expect(of('chest_pain_type')).toMatchObject({ code: { code: 'chest-pain-type' } });
  });

  it('refuses a report without its test, and says on a chart what is missing', () => {
    const [id, row] = rows[0] as [string, Row];
    const resources = { ...resourcesFor(row, id), exerciseTest: [] };
    const unusable = (service: ServiceBinding) =>
      featuresOf(service, resources, id, NOW).flatMap((one) =>
        one.kind === 'unusable' ? [`${one.column} ${one.why} ${one.missing}`] : [],
      );
    expect(unusable(onReport)).toEqual([
      'chest_pain_type absent refuse',
      'resting_ecg absent refuse',
      'max_heart_rate absent refuse',
      'exercise_induced_angina absent refuse',
      'st_depression absent refuse',
      'st_slope absent refuse',
      'major_vessels absent unknown',
      'thallium_stress absent unknown',
    ]);
    expect(unusable(onView)).toEqual(unusable(onReport).map((text) => text.replace('refuse', 'abstain')));
  });
});

const bundles = syntheaBundles();

describe.skipIf(bundles.length === 0)('the patients of Synthea (needs ../shared)', () => {
  it('are six', () => {
    expect(bundles).toHaveLength(6);
  });

  it.each(bundles.map((bundle): [string, Bundle] => [patientOf(bundle).id ?? '', bundle]))(
    'gives %s age, sex, blood pressure and cholesterol, and nothing that is not there',
    (id, bundle) => {
      const { resources, now, last } = prefetchOf(bundle);
      const features = new Map(
        featuresOf(onReport, resources, id, now).map((feature): [string, Feature] => [feature.column, feature]),
      );
      expect(features.get('resting_blood_pressure')).toMatchObject({
        value: last.component?.find(({ code }) => code.coding?.[0]?.code === '8480-6')?.valueQuantity?.value,
        at: last.effectiveDateTime,
        reference: `Observation/${last.id}`,
      });
      expect(features.get('sex')).toMatchObject({ value: patientOf(bundle).gender });
      const born = Date.parse(patientOf(bundle).birthDate ?? '');
      const age = (features.get('age') as { value: number }).value;
      expect(Math.abs(age - (now.getTime() - born) / (365.25 * 86_400_000))).toBeLessThan(1.01);
      // Synthea's glucose is not a fasting one, whatever its value.
      expect(features.get('fasting_blood_sugar_over_120')).toMatchObject({ why: 'absent', missing: 'refuse' });
      expect(features.get('max_heart_rate')).toMatchObject({ why: 'absent' });
    },
  );

  it('are never mixed: one observation of another is refused', () => {
    const [first, second] = bundles as [Bundle, Bundle];
    const { resources, now } = prefetchOf(first);
    const strange = prefetchOf(second).resources.laboratory?.[0] as FhirResource;
    const mixed = { ...resources, laboratory: [...(resources.laboratory ?? []), strange] };
    expect(() => featuresOf(onReport, mixed, patientOf(first).id ?? '', now)).toThrow(
      expect.objectContaining({ code: 'DH_CDS_PATIENT_MISMATCH' }),
    );
  });
});

function patientOf(bundle: Bundle): Patient {
  return bundle.entry?.map(({ resource }) => resource).find((one) => one?.resourceType === 'Patient') as Patient;
}

/** What the prefetch of the binding would find in the bundle, a day after the last blood pressure. */
function prefetchOf(bundle: Bundle) {
  const observations = (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'Observation' ? [resource] : [],
  );
  const coded = (...codes: string[]): Observation[] =>
    observations.filter(({ code }) => code.coding?.some((one) => codes.includes(one.code ?? '')));
  const vitals = coded('8480-6', '55284-4', '85354-9');
  const last = [...vitals].sort((a, b) => timeOf(b) - timeOf(a))[0] as Observation;
  const laboratory = coded('2093-3', '14647-2', '1558-6', '14771-0', '2339-0');
  const resources: Record<string, FhirResource[]> = {
    patient: [patientOf(bundle)],
    vitals,
    laboratory,
    exerciseTest: [],
  };
  return { resources, now: new Date(timeOf(last) + 86_400_000), last };
}

const timeOf = ({ effectiveDateTime }: Observation) => Date.parse(effectiveDateTime ?? '');
