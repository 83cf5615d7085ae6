// A made-up patient of FHIR R4 from a table of values: what the EHR of this sample knows of somebody.
import type { Bundle, FhirResource, Observation } from 'fhir/r4.js';

const LOINC = 'http://loinc.org';
const EXERCISE_TEST = 'https://deephealth.example/fhir/CodeSystem/exercise-test';

/** Columns of samples/inputs/heart-disease-risk, by name. */
export type ExerciseTestValues = Readonly<
  Record<string, { readonly value: number | string | boolean; readonly unit?: string }>
>;

export interface PatientName {
  readonly id: string;
  readonly given: string;
  readonly family: string;
}

/** Patient, encounter and observations. Without an exercise test only what is measured at rest. */
export function exerciseTestPatient(
  name: PatientName,
  values: ExerciseTestValues,
  now: Date,
  hasExerciseTest = true,
): Bundle {
  const { id } = name;
  const measuredAt = new Date(now.getTime() - 2 * 3600_000).toISOString();
  const observation = (key: string, coding: { system: string; code: string }, value: object): Observation => ({
    resourceType: 'Observation',
    id: `${id}-${key}`,
    status: 'final',
    code: { coding: [coding] },
    subject: { reference: `Patient/${id}` },
    encounter: { reference: `Encounter/${id}-visit` },
    effectiveDateTime: measuredAt,
    ...value,
  });
  const age = Number(values.age?.value ?? 60);
  const resources: FhirResource[] = [
    {
      resourceType: 'Patient',
      id,
      name: [{ given: [name.given], family: name.family }],
      gender: values.sex?.value === 'female' ? 'female' : 'male',
      birthDate: `${now.getUTCFullYear() - age}-01-01`,
    },
    {
      resourceType: 'Encounter',
      id: `${id}-visit`,
      status: 'in-progress',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: { reference: `Patient/${id}` },
    },
    bloodPressure(observation, Number(values.resting_blood_pressure?.value)),
    observation('cholesterol', { system: LOINC, code: '2093-3' }, quantity(Number(values.cholesterol?.value), 'mg/dL')),
    observation(
      'glucose',
      { system: LOINC, code: '1558-6' },
      quantity(values.fasting_blood_sugar_over_120?.value === true ? 138 : 94, 'mg/dL'),
    ),
  ];
  for (const [column, { value, unit }] of Object.entries(values)) {
    if (!hasExerciseTest || AT_REST.includes(column)) continue;
    const code = column.replaceAll('_', '-');
    resources.push(observation(code, { system: EXERCISE_TEST, code }, finding(value, unit)));
  }
  return { resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) };
}

const AT_REST = ['age', 'sex', 'resting_blood_pressure', 'cholesterol', 'fasting_blood_sugar_over_120'];

function finding(value: number | string | boolean, unit: string | undefined): object {
  if (typeof value === 'boolean') return { valueBoolean: value };
  if (typeof value === 'number') return quantity(value, unit ?? '1');
  return { valueCodeableConcept: { coding: [{ system: EXERCISE_TEST, code: value }] } };
}

function bloodPressure(
  make: (key: string, coding: never, value: object) => Observation,
  systolic: number,
): Observation {
  const part = (code: string, value: number) => ({
    code: { coding: [{ system: LOINC, code }] },
    ...quantity(value, 'mm[Hg]'),
  });
  const panel = { system: LOINC, code: '85354-9' } as never;
  return make('blood-pressure', panel, { component: [part('8480-6', systolic), part('8462-4', 78)] });
}

function quantity(value: number, unit: string): object {
  return { valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit } };
}
