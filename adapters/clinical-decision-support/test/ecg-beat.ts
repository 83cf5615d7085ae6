import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, parseManifest } from '@deephealth/sdk';
import { edfFile } from '@deephealth/sdk/testing';
import type { CdsHooksBinding, ServiceBinding, SignalBinding } from '../src/bindings/cds-hooks-binding.js';
import { LOCAL } from './heart-package.js';

export const ECG_SAMPLE = fileURLToPath(new URL('../../../samples/models/ecg-beat/1.0.0', import.meta.url));
export const MDC = 'urn:oid:2.16.840.1.113883.6.24';
export const LEAD_II = { system: MDC, code: '131330', display: 'MDC_ECG_ELEC_POTL_II' };
export const ECG_STUDY = { system: 'http://loinc.org', code: '11524-6', display: 'EKG study' };
export const UCUM = 'http://unitsofmeasure.org';
export const PATIENT = 'p-1';
export const RATE_HZ = 360;

export const ecgManifest = (): Manifest => parseManifest(readFileSync(join(ECG_SAMPLE, 'model.json')));

export const ECG_SIGNAL: SignalBinding = {
  from: 'ecg',
  codes: [ECG_STUDY],
  channels: { MLII: { codes: [LEAD_II], unit: 'mV' } },
  mediaTypes: ['application/edf', 'application/dicom'],
  maximumAgeDays: 1,
  missing: 'refuse',
};

export function ecgService(id = 'ecg-beat', signal: SignalBinding = ECG_SIGNAL): ServiceBinding {
  return {
    id,
    hook: 'patient-view',
    title: 'Ventricular beat',
    description: 'Tells whether one beat of an ECG is ventricular ectopic.',
    input: 'ecg',
    output: 'beat',
    prefetch: { ecg: { query: 'Observation?patient={{context.patientId}}' } },
    signal,
    cards: {
      topic: { system: LOCAL, code: 'ventricular-beat' },
      rules: [
        { of: 'ventricular', atLeast: 0.48, indicator: 'warning', summary: { en: 'Ventricular beat: {percent} %.' } },
        { of: 'ventricular', below: 0.48, indicator: 'info', summary: { en: 'Other beat: {percent} %.' } },
      ],
    },
  };
}

export const ecgBinding = (...services: ServiceBinding[]): CdsHooksBinding => ({ schemaVersion: 1, services });

/** A beat of the MIT-BIH Arrhythmia Database, in mV, as the package's Python wrote it, and what the model makes of it. */
export function goldenBeat(id: string): { readonly samples: readonly number[]; readonly probability: number } {
  const golden = JSON.parse(readFileSync(join(ECG_SAMPLE, 'golden', `${id}.json`), 'utf8'));
  return {
    samples: golden.inputs.ecg.signal.samples[0],
    probability: golden.expected.tensors.probabilities.values[1],
  };
}

/** What the recorder's converter gave: 200 steps a mV, 1024 for 0 mV (header of the database). */
export const toSteps = (samples: readonly number[]): number[] => samples.map((mv) => Math.round(mv * 200) + 1024);

/** SampledData of R4 in mV of such steps. */
export function sampledData(steps: readonly (number | string)[], more: object = {}): object {
  return {
    origin: { value: -5.12, unit: 'mV', system: UCUM, code: 'mV' },
    period: 1000 / RATE_HZ,
    factor: 0.005,
    dimensions: 1,
    data: steps.join(' '),
    ...more,
  };
}

export const concept = ({ system, code }: { readonly system: string; readonly code: string }) => ({
  coding: [{ system, code }],
});

export const about = { reference: `Patient/${PATIENT}` };

/** An ECG study with one lead as its component. */
export function ecgObservation(valueSampledData: object, more: object = {}): object {
  return {
    resourceType: 'Observation',
    id: 'ecg-1',
    status: 'final',
    code: concept(ECG_STUDY),
    subject: about,
    effectiveDateTime: '2026-11-20T08:30:00Z',
    component: [{ code: concept(LEAD_II), valueSampledData }],
    ...more,
  };
}

export function ecgDocument(attachment: object, more: object = {}): object {
  return {
    resourceType: 'DocumentReference',
    id: 'doc-1',
    status: 'current',
    type: concept(ECG_STUDY),
    subject: about,
    context: { period: { start: '2026-11-20T08:30:00Z', end: '2026-11-20T08:30:02Z' } },
    content: [{ attachment }],
    ...more,
  };
}

export const BEAT = toSteps(goldenBeat('normal').samples);

/** One record of 648 samples that lasts 1.8 s, from 0 to 2047 steps. */
export const edfBeat = (label = 'MLII', unit = 'mV', recordS = '1.8', steps = BEAT) => {
  const record = Buffer.alloc(steps.length * 2);
  for (const [i, step] of steps.entries()) record.writeInt16LE(step, i * 2);
  const scale = unit === 'uV' ? { pmin: '-5120', pmax: '5115' } : { pmin: '-5.12', pmax: '5.115' };
  const channel = { label, unit, ...scale, dmin: '0', dmax: '2047', count: steps.length };
  return edfFile({ channels: [channel], records: [record], recordS });
};
