// Prefetch of patients for the comparison of features: the six of Synthea, the golden rows, and what goes wrong.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';
const EXERCISE_TEST = 'https://deephealth.example/fhir/CodeSystem/exercise-test';
const HOUR_MS = 3_600_000;

const PANELS = ['8480-6', '55284-4', '85354-9'];
const LABORATORY = ['2093-3', '14647-2', '1558-6', '14771-0'];
const FROM_THE_TEST = [
  'chest_pain_type',
  'resting_ecg',
  'max_heart_rate',
  'exercise_induced_angina',
  'st_depression',
  'st_slope',
  'major_vessels',
  'thallium_stress',
];

/** Rows of the sample's table by the name of their golden case. */
export function goldenRows(packageFolder) {
  const folder = join(packageFolder, 'golden');
  return readdirSync(folder).map((file) => {
    const { id, inputs } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    return [id, inputs.patient.table];
  });
}

/**
 * Every patient of a folder of Synthea bundles, at a day after the last blood pressure: as Synthea left it, and
 * with an exercise test and a fasting glucose of a golden row, which Synthea has not. Synthea's own values stay.
 */
export function syntheaCases(folder, rows) {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort();
  return files.flatMap((file, index) => {
    const resources = JSON.parse(readFileSync(join(folder, file), 'utf8')).entry.map((entry) => entry.resource);
    const patient = resources.find(({ resourceType }) => resourceType === 'Patient');
    const with_ = (codes) => resources.filter((one) => codesOf(one).some((code) => codes.includes(code)));
    const vitals = with_(PANELS);
    const last = Math.max(...vitals.map(({ effectiveDateTime }) => Date.parse(effectiveDateTime)));
    const now = new Date(last + 24 * HOUR_MS);
    const own = { patient: [patient], vitals, laboratory: with_(LABORATORY), exerciseTest: [] };
    const [id, row] = rows[index % rows.length];
    const made = resourcesOf(row, patient.id, now);
    return [
      { name: `${patient.id} as Synthea left it`, now, prefetch: own },
      {
        name: `${patient.id} with the exercise test of ${id}`,
        now,
        prefetch: {
          ...own,
          laboratory: [...own.laboratory, ...made.laboratory.filter((one) => codesOf(one).includes('1558-6'))],
          exerciseTest: made.exerciseTest,
        },
      },
    ];
  });
}

function codesOf({ resourceType, code }) {
  return resourceType === 'Observation' ? code.coding.map((coding) => coding.code) : [];
}

/** The golden rows as a FHIR server would have them. The row that was meant goes along. */
export function goldenPrefetch(rows, now = new Date('2026-11-23T12:00:00Z')) {
  return rows.map(([id, row]) => ({ name: `golden row ${id}`, now, prefetch: resourcesOf(row, id, now), row }));
}

/** One golden row with one thing changed at a time: units, states, dates, doubles and what cannot be read. */
export function changedCases([id, row]) {
  const now = new Date('2026-11-23T12:00:00Z');
  const change = (name, key, change) => {
    const prefetch = resourcesOf(row, id, now);
    return { name, now, prefetch: { ...prefetch, [key]: change(prefetch[key]) } };
  };
  const inLaboratory = (name, over) =>
    change(name, 'laboratory', ([cholesterol, glucose]) => [{ ...cholesterol, ...over }, glucose]);
  const cholesterol = (name, over) =>
    change(name, 'laboratory', ([first, ...rest]) => [
      { ...first, valueQuantity: { ...first.valueQuantity, ...over } },
      ...rest,
    ]);
  const ofTest = (name, code, over) =>
    change(name, 'exerciseTest', (all) => all.map((one) => (codesOf(one).includes(code) ? { ...one, ...over } : one)));
  const another = (name, over) => change(name, 'laboratory', (all) => [...all, { ...all[0], id: 'another', ...over }]);
  return [
    cholesterol('cholesterol in mmol/L', { value: 5.587, unit: 'mmol/L', code: 'mmol/L' }),
    cholesterol('cholesterol in g/L', { value: 2.16, unit: 'g/L', code: 'g/L' }),
    cholesterol('cholesterol in mg/dl', { unit: 'mg/dl', code: 'mg/dl' }),
    cholesterol('cholesterol in a unit of pressure', { code: 'kPa' }),
    cholesterol('cholesterol in no unit that there is', { code: 'mgs/dl' }),
    cholesterol('cholesterol in a unit of another system', { system: 'http://local.example' }),
    cholesterol('cholesterol as a bound', { comparator: '>' }),
    cholesterol('cholesterol that is impossible', { value: 7000 }),
    inLaboratory('cholesterol that is preliminary', { status: 'preliminary' }),
    inLaboratory('cholesterol entered in error', { status: 'entered-in-error' }),
    inLaboratory('cholesterol that was corrected', { status: 'corrected' }),
    inLaboratory('cholesterol from last year', { effectiveDateTime: '2025-11-20' }),
    inLaboratory('cholesterol from tomorrow', { effectiveDateTime: '2026-11-24' }),
    inLaboratory('cholesterol without a date', { effectiveDateTime: undefined }),
    inLaboratory('cholesterol of moles per volume', {
      code: { coding: [{ system: LOINC, code: '14647-2' }] },
      valueQuantity: { value: 5.587, system: UCUM, code: 'mmol/L' },
    }),
    another('an older cholesterol beside it', {
      effectiveDateTime: '2026-01-01',
      valueQuantity: { value: 300, system: UCUM, code: 'mg/dL' },
    }),
    another('a newer cholesterol beside it', {
      effectiveDateTime: '2026-11-23T11:30:00Z',
      valueQuantity: { value: 300, system: UCUM, code: 'mg/dL' },
    }),
    another('a newer cholesterol that cannot be read', {
      effectiveDateTime: '2026-11-23T11:30:00Z',
      valueQuantity: { value: 300, unit: 'arb' },
    }),
    another('two cholesterols of the same time', { valueQuantity: { value: 300, system: UCUM, code: 'mg/dL' } }),
    change('glucose in mmol/L, above the threshold', 'laboratory', ([first, glucose]) => [
      first,
      { ...glucose, valueQuantity: { value: 6.7, system: UCUM, code: 'mmol/L' } },
    ]),
    change('blood pressure in kPa', 'vitals', ([panel]) => [
      {
        ...panel,
        component: panel.component.map((one) => ({ ...one, valueQuantity: { value: 17, system: UCUM, code: 'kPa' } })),
      },
    ]),
    change('sex that the model does not know', 'patient', ([patient]) => [{ ...patient, gender: 'other' }]),
    change('a birth date of which only the year is known', 'patient', ([patient]) => [
      { ...patient, birthDate: '1968' },
    ]),
    change('a child', 'patient', ([patient]) => [{ ...patient, birthDate: '2015-05-05' }]),
    ofTest('a slope with an unknown code', 'st-slope', { valueCodeableConcept: ownConcept('unclear') }),
    ofTest('a slope with codes that disagree', 'st-slope', {
      valueCodeableConcept: { coding: [...ownConcept('flat').coding, ...ownConcept('upsloping').coding] },
    }),
    ofTest('a heart rate per second', 'max-heart-rate', { valueQuantity: { value: 2.5, system: UCUM, code: '/s' } }),
    ofTest('an exercise test of last month', 'st-depression', { effectiveDateTime: '2026-10-23' }),
    change('no exercise test', 'exerciseTest', () => []),
  ];
}

function resourcesOf(row, patientId, now) {
  const observation = (id, code, value) => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime: new Date(now.getTime() - HOUR_MS).toISOString(),
    code,
    ...value,
  });
  const glucose = row.fasting_blood_sugar_over_120.boolean ? 140 : 95;
  return {
    patient: [
      {
        resourceType: 'Patient',
        id: patientId,
        gender: row.sex.category,
        birthDate: `${now.getUTCFullYear() - row.age.number}-01-01`,
      },
    ],
    vitals: [
      observation('pressure', loinc('85354-9'), {
        component: [
          { code: loinc('8480-6'), valueQuantity: quantity(row.resting_blood_pressure) },
          { code: loinc('8462-4'), valueQuantity: quantity({ number: 80, unit: 'mm[Hg]' }) },
        ],
      }),
    ],
    laboratory: [
      observation('cholesterol', loinc('2093-3'), { valueQuantity: quantity(row.cholesterol) }),
      observation('glucose', loinc('1558-6'), { valueQuantity: quantity({ number: glucose, unit: 'mg/dL' }) }),
    ],
    exerciseTest: FROM_THE_TEST.filter((column) => row[column] !== undefined).map((column) => {
      const code = column.replaceAll('_', '-');
      return observation(code, ownConcept(code), valueX(row[column]));
    }),
  };
}

function valueX(value) {
  if ('number' in value) return { valueQuantity: quantity(value) };
  if ('boolean' in value) return { valueBoolean: value.boolean };
  if ('category' in value) return { valueCodeableConcept: ownConcept(value.category) };
  return { dataAbsentReason: { coding: [{ code: 'unknown' }] } };
}

const quantity = ({ number, unit }) => ({ value: number, unit, system: UCUM, code: unit });
const loinc = (code) => ({ coding: [{ system: LOINC, code }] });
const ownConcept = (code) => ({ coding: [{ system: EXERCISE_TEST, code }] });
