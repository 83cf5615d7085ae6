import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from 'fhir/r4.js';
import { type ExerciseTestValues, exerciseTestPatient } from './exercise-test-patient.js';

/** Invented people with the values of samples/inputs/heart-disease-risk; the last one had no exercise test. */
const PATIENTS = [
  { id: 'adam', given: 'Adam', family: 'Example', values: 'high-risk.json', hasExerciseTest: true },
  { id: 'berta', given: 'Berta', family: 'Example', values: 'below-threshold.json', hasExerciseTest: true },
  { id: 'cleo', given: 'Cleo', family: 'Example', values: 'low-risk.json', hasExerciseTest: false },
] as const;

export async function readSamplePatients(samples: string, now: Date): Promise<Bundle[]> {
  return Promise.all(
    PATIENTS.map(async ({ values, hasExerciseTest, ...name }) => {
      const file = await readFile(join(samples, 'inputs', 'heart-disease-risk', values), 'utf8');
      return exerciseTestPatient(name, JSON.parse(file) as ExerciseTestValues, now, hasExerciseTest);
    }),
  );
}
