import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExplanationSpec, Manifest } from '@deephealth/sdk';
import type { RegionBinding, ServiceBinding } from '../src/bindings/cds-hooks-binding.js';
import { about, concept } from './ecg-beat.js';
import { LOCAL, searchset, writeSums } from './heart-package.js';
import { writeSamplePackage } from './sample-package.js';

const INPUTS = new URL('../../../samples/inputs/chest-xray-pneumonia/', import.meta.url);

export const XRAY = { system: 'http://loinc.org', code: '36643-5' };
export const REGION: RegionBinding = {
  label: { en: 'Region behind the score', de: 'Region hinter dem Wert', it: 'Regione dietro il valore' },
};
export const EXPLANATION: ExplanationSpec = {
  method: 'occlusion',
  input: 'xray',
  patch: [7, 7],
  stride: [4, 4],
  baseline: 'mean',
};

export function xrayService(id = 'xray', changes: Partial<ServiceBinding> = {}): ServiceBinding {
  return {
    id,
    hook: 'patient-view',
    title: 'Pneumonia in a chest X-ray of a child',
    description: 'Tells whether a chest X-ray of a child resembles those labelled pneumonia.',
    input: 'xray',
    output: 'finding',
    prefetch: { pictures: { query: 'Media?patient={{context.patientId}}' } },
    image: { from: 'pictures', codes: [XRAY], maximumAgeDays: 7, missing: 'refuse' },
    cards: {
      topic: { system: LOCAL, code: 'pneumonia' },
      rules: [
        {
          of: 'pneumonia',
          atLeast: 0.76,
          indicator: 'warning',
          summary: { en: 'Pneumonia: {percent} %.' },
          region: REGION,
          links: [{ label: { en: 'Guideline' }, url: 'https://guideline.example/pneumonia', type: 'absolute' }],
        },
        { of: 'pneumonia', below: 0.76, indicator: 'info', summary: { en: 'Probably none: {percent} %.' } },
      ],
    },
    ...changes,
  };
}

/** The sample package with an explanation in its manifest, or without one, in a store. Gives its folder. */
export async function writeExplainedXray(
  store: string,
  services: readonly ServiceBinding[] = [xrayService()],
  explanation: ExplanationSpec | 'none' = EXPLANATION,
): Promise<string> {
  const folder = await writeSamplePackage(store, 'chest-xray-pneumonia', { schemaVersion: 1, services });
  if (explanation === 'none') return folder;
  const path = join(folder, 'model.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const outputs = manifest.outputs.map((output) => ({ ...output, explanation }));
  writeFileSync(path, JSON.stringify({ ...manifest, outputs }));
  await writeSums(folder);
  return folder;
}

export const xrayFile = (name = 'both-dense'): Buffer => readFileSync(fileURLToPath(new URL(`${name}.png`, INPUTS)));

/** The body of a call with a Media of the patient. */
export function xrayCall(bytes = xrayFile(), patientId = 'p-1', contentType = 'image/png'): object {
  return {
    hook: 'patient-view',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    context: { userId: 'Practitioner/dr-1', patientId },
    prefetch: {
      pictures: searchset([
        {
          resourceType: 'Media',
          id: 'media-1',
          status: 'completed',
          type: concept(XRAY),
          subject: { ...about, reference: `Patient/${patientId}` },
          createdDateTime: '2026-11-20T08:30:00Z',
          content: { contentType, data: bytes.toString('base64') },
        },
      ]),
    },
  };
}
