import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GoldenCase } from '@deephealth/sdk';

export const samples = fileURLToPath(new URL('..', import.meta.url));

/** Models that answer with a class. */
export const CLASSIFIERS = ['chest-xray-pneumonia', 'ecg-beat', 'heart-disease-risk'] as const;
/** Models that answer with a mask over their input. */
export const SEGMENTERS = ['hippocampus-volume', 'retina-vessels', 'tissue-pixels'] as const;
export const MODELS = [...CLASSIFIERS, ...SEGMENTERS] as const;
export type SampleModel = (typeof MODELS)[number];

export const packageFolder = (model: string) => join(samples, 'models', model, '1.0.0');
export const packageText = (model: string, file: string) => readFileSync(join(packageFolder(model), file), 'utf8');

/** Golden cases of a sample model, by id. */
export function goldenCases(model: string): Map<string, GoldenCase> {
  const folder = join(packageFolder(model), 'golden');
  const cases = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as GoldenCase);
  return new Map(cases.map((golden) => [golden.id, golden]));
}

/** The id of a sample input is the name of its file without extensions. */
export const idOf = (path: string) => basename(path).replace(/\..*$/, '');

/** Sample inputs of a model: path by id. */
export function sampleInputs(model: string): Map<string, string> {
  const folder = join(samples, 'inputs', model);
  return new Map(readdirSync(folder).map((file) => [idOf(file), join(folder, file)]));
}
