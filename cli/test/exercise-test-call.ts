import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const VALUES = fileURLToPath(new URL('../../samples/inputs/heart-disease-risk/above-threshold.json', import.meta.url));
const LOINC = 'http://loinc.org';
const EXERCISE_TEST = 'https://deephealth.example/fhir/CodeSystem/exercise-test';
/** What is no finding of the exercise test. */
const AT_REST = ['age', 'sex', 'resting_blood_pressure', 'cholesterol', 'fasting_blood_sugar_over_120'];

type Values = Readonly<
  Record<string, { readonly value: number | string | boolean; readonly unit?: string } | undefined>
>;

/** A call of CDS Hooks that the sample's service answers with the number of its model: its body. */
export function exerciseTestCall(): string {
  const values = JSON.parse(readFileSync(VALUES, 'utf8')) as Values;
  const observation = (system: string, code: string, value: object) => ({
    ...{ resourceType: 'Observation', id: code, status: 'final', code: { coding: [{ system, code }] } },
    ...{ subject: { reference: 'Patient/p-1' }, effectiveDateTime: new Date(Date.now() - 3_600_000).toISOString() },
    ...value,
  });
  const findings = Object.entries(values).flatMap(([column, found]) => {
    if (found === undefined || AT_REST.includes(column)) return [];
    return [observation(EXERCISE_TEST, column.replaceAll('_', '-'), finding(found.value, found.unit))];
  });
  const measured = (code: string, column: string, unit: string) =>
    observation(LOINC, code, quantity(Number(values[column]?.value), unit));
  const glucose = values.fasting_blood_sugar_over_120?.value === true ? 138 : 94;
  return JSON.stringify({
    hook: 'eu.deephealth.exercise-test-reported',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    context: { userId: 'Practitioner/dr-1', patientId: 'p-1', encounterId: 'e-1' },
    prefetch: {
      patient: {
        ...{ resourceType: 'Patient', id: 'p-1', gender: values.sex?.value },
        birthDate: `${new Date().getUTCFullYear() - Number(values.age?.value)}-01-01`,
      },
      vitals: searchset([measured('8480-6', 'resting_blood_pressure', 'mm[Hg]')]),
      laboratory: searchset([
        measured('2093-3', 'cholesterol', 'mg/dL'),
        observation(LOINC, '1558-6', quantity(glucose, 'mg/dL')),
      ]),
      exerciseTest: searchset(findings),
    },
  });
}

function finding(value: number | string | boolean, unit = '1'): object {
  if (typeof value === 'boolean') return { valueBoolean: value };
  if (typeof value === 'number') return quantity(value, unit);
  return { valueCodeableConcept: { coding: [{ system: EXERCISE_TEST, code: value }] } };
}

function quantity(value: number, unit: string): object {
  return { valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit } };
}

function searchset(resources: readonly object[]): object {
  return { resourceType: 'Bundle', type: 'searchset', entry: resources.map((resource) => ({ resource })) };
}
