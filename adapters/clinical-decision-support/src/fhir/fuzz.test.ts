import { DeepHealthError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs, mutateJson } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { BEAT, ecgDocument, ecgObservation, edfBeat, PATIENT, sampledData } from '../../test/ecg-beat.js';
import { read } from '../../test/ecg-recordings.js';

const USUAL = 200;
const EDF = 'application/edf';
const data = edfBeat().toString('base64');

/** Small enough that what is broken is mostly not a sample. */
const corpus = [
  [ecgObservation(sampledData(BEAT.slice(0, 9)))],
  [ecgObservation(sampledData(BEAT)), { resourceType: 'Patient', id: PATIENT, birthDate: '1951-05-02' }],
  [ecgDocument({ contentType: EDF, data, size: edfBeat().length })],
  [
    ecgObservation({}, { component: undefined, derivedFrom: [{ reference: 'DocumentReference/doc-1' }] }),
    ecgDocument({ contentType: EDF, url: 'Binary/b-1' }),
    { resourceType: 'Binary', id: 'b-1', contentType: EDF, data, securityContext: { reference: `Patient/${PATIENT}` } },
  ],
].map((resources) => Buffer.from(JSON.stringify(resources)));

describe('broken resources', () => {
  it(
    'are read, refused by name, or about somebody else, and never a fault',
    async () => {
      const isRefusal = (thrown: unknown) =>
        thrown instanceof DeepHealthError && thrown.code === 'DH_CDS_PATIENT_MISMATCH';
      const kinds = new Set<string>();
      const outcome = await fuzzParser({
        parser: 'recordings in FHIR',
        corpus,
        mutate: mutateJson,
        seed: 4711,
        usual: USUAL,
        isRefusal,
        read: async (bytes) => {
          let resources: unknown;
          try {
            resources = JSON.parse(bytes.toString());
          } catch {
            return undefined;
          }
          if (!Array.isArray(resources)) return undefined;
          const { feature, toInput } = await read(resources);
          kinds.add(feature.kind === 'value' ? 'value' : feature.why);
          // What is said to be usable is sent.
          return feature.kind === 'value' ? toInput() : undefined;
        },
      });
      expect(outcome.refused).toBeGreaterThan(0);
      expect([...kinds]).toEqual(expect.arrayContaining(['value', 'absent', 'unreadable', 'length-mismatch']));
    },
    fuzzTimeoutMs(USUAL),
  );
});
