// The UCI Cleveland table and what rules and model read of it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A patient's columns by their names in the file; undefined where the file has "?". */
export type Patient = Readonly<Record<string, number | undefined>>;

export type Cleveland = {
  readonly patients: readonly Patient[];
  /** 1 where the angiogram showed more than 50 % narrowing in any major vessel. */
  readonly diseased: readonly number[];
};

/** @param data folder that holds tabular/heart-disease-cleveland.csv; undefined is given back where it does not */
export function readCleveland(data: string): Cleveland | undefined {
  const path = join(data, 'tabular', 'heart-disease-cleveland.csv');
  if (!existsSync(path)) return undefined;
  const [header = [], ...lines] = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()));
  const all = lines.map((cells) =>
    Object.fromEntries(header.map((name, i) => [name, cells[i] === '?' ? undefined : Number(cells[i])])),
  );
  return { patients: all, diseased: all.map(({ diagnosis = 0 }) => Number(diagnosis > 0)) };
}

/** Whether every column of the file has a value, as for 297 of 303 patients. */
export const isComplete = (patient: Patient): boolean => Object.values(patient).every((value) => value !== undefined);

/** The inputs of heart-disease.fll. The table only says whether blood sugar is above 120: 130 or 90 stand in for it. */
export function findingsOf(patient: Patient): Record<string, number | undefined> {
  const { fbs } = patient;
  return {
    chest_pain: patient.cp,
    sex: patient.sex,
    blood_pressure: patient.trestbps,
    cholesterol: patient.chol,
    blood_sugar: fbs === undefined ? undefined : fbs > 0 ? 130 : 90,
    ecg: patient.restecg,
    heart_rate: patient.thalach,
    exercise_angina: patient.exang,
    old_peak: patient.oldpeak,
    thallium: patient.thal,
    age: patient.age,
  };
}
