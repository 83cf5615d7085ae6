import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GoldenCase } from '@deephealth/sdk';

export const samples = fileURLToPath(new URL('..', import.meta.url));

export const MODELS = ['ecg-beat', 'heart-disease-risk'] as const;
export type SampleModel = (typeof MODELS)[number];

export const packageFolder = (model: string) => join(samples, 'models', model, '1.0.0');
export const packageText = (model: string, file: string) => readFileSync(join(packageFolder(model), file), 'utf8');

/** Golden cases of a sample model, by id. */
export function goldenCases(model: string): Map<string, GoldenCase> {
  const folder = join(packageFolder(model), 'golden');
  const cases = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as GoldenCase);
  return new Map(cases.map((golden) => [golden.id, golden]));
}

/** Sample inputs of a model: path by id, which is the file name without its extension. */
export function sampleInputs(model: string): Map<string, string> {
  const folder = join(samples, 'inputs', model);
  return new Map(readdirSync(folder).map((file) => [basename(file, extname(file)), join(folder, file)]));
}
