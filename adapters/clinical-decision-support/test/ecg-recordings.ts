import type { SignalInputSpec } from '@deephealth/sdk';
import type { FhirResource } from 'fhir/r4.js';
import { expect } from 'vitest';
import type { SignalBinding } from '../src/bindings/cds-hooks-binding.js';
import type { CdsRequest, Feature, Gathered } from '../src/bindings/cds-request.js';
import { readRecording } from '../src/fhir/read-recording.js';
import { createReferenceReader } from '../src/fhir/reference-reader.js';
import { assertSamePatient } from '../src/mapping/same-patient.js';
import { ECG_SIGNAL, ecgManifest, ecgService, goldenBeat, PATIENT } from './ecg-beat.js';

const NOW = new Date('2026-11-20T10:00:00Z');
/** The input of the sample model. */
export const spec = ecgManifest().inputs[0] as SignalInputSpec;
const request: CdsRequest = {
  hook: 'patient-view',
  hookInstance: 'x',
  context: { userId: 'Practitioner/1', patientId: PATIENT },
  prefetch: {},
};
const isAllowed = () => false;

export interface Options {
  readonly signal?: Partial<SignalBinding>;
  readonly spec?: Partial<SignalInputSpec>;
}

/** What comes of these resources, as the service would have it. */
export async function read(resources: readonly object[], options: Options = {}) {
  const gathered = new Map<string, Gathered>([
    ['ecg', { kind: 'resources', resources: resources as FhirResource[], isFromFhirServer: false }],
  ]);
  assertSamePatient(gathered, request);
  const service = ecgService('ecg-beat', { ...ECG_SIGNAL, ...options.signal });
  const reader = createReferenceReader(gathered, request, {
    signal: AbortSignal.timeout(5000),
    isAllowed,
    maxBytes: 1,
  });
  return readRecording(service, { ...spec, ...options.spec }, gathered, request, NOW, reader);
}

export async function samplesOf(resources: readonly object[], options: Options = {}): Promise<number[]> {
  const { toInput } = await read(resources, options);
  const samples = toInput().signal?.samples;
  const data = samples?.data as Buffer;
  expect(samples?.dataType).toBe('DATA_TYPE_FP32');
  return Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(i * 4));
}

export async function refusal(resources: readonly object[], options: Options = {}) {
  const { feature, toInput } = await read(resources, options);
  expect(toInput).toThrow(expect.objectContaining({ code: 'DH_CDS_DATA_MISSING' }));
  return feature as Extract<Feature, { kind: 'unusable' }>;
}

/** Within 1e-6 of what the package's Python wrote from the database, sample by sample. */
export function expectBeat(samples: readonly number[], beat = goldenBeat('normal').samples) {
  expect(samples).toHaveLength(beat.length);
  const worst = Math.max(...samples.map((sample, i) => Math.abs(sample - (beat[i] as number))));
  expect(worst).toBeLessThan(1e-6);
}
