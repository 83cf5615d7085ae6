import { DeepHealthError, parseKeySet } from '@deephealth/sdk';
import {
  dicomWaveform,
  type FuzzOptions,
  fuzzParser,
  fuzzTimeoutMs,
  mutateBytes,
  mutateJson,
  pngFile,
} from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { bindingText, heartManifest } from '../../test/heart-disease.js';
import { parseBinding } from '../bindings/parse-binding.js';
import { parseFeedback } from '../feedback/parse-feedback.js';
import { readImageFile } from '../mapping/file-content.js';
import { readBearerToken } from '../trust/bearer-token.js';
import { ClientRefusal } from '../trust/client-refusal.js';
import { parseAllowedOrigins } from '../trust/cors.js';
import { parseBody } from './parse-body.js';
import { parseRequest } from './parse-request.js';

const USUAL = 80;
const manifest = heartManifest();
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Of a patient or a token: no refusal may repeat them. */
const SECRETS = ['VANDENBERG', 'secret-token'];
const request = {
  hook: 'patient-view',
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  fhirServer: 'https://fhir.example/r4',
  fhirAuthorization: {
    ...{ access_token: 'secret-token', token_type: 'Bearer', expires_in: 300 },
    ...{ scope: 'patient/*.read', subject: 'cds', patient: 'VANDENBERG' },
  },
  context: { userId: 'Practitioner/1', patientId: 'VANDENBERG' },
  prefetch: { patient: { resourceType: 'Patient', id: 'VANDENBERG' } },
};
const feedback = {
  feedback: [
    { card: 'c1', outcome: 'accepted', acceptedSuggestions: [{ id: 's1' }], outcomeTimestamp: '2026-01-01T00:00:00Z' },
    {
      ...{ card: 'c2', outcome: 'overridden', outcomeTimestamp: '2026-01-01T00:00:00+01:00' },
      overrideReason: { reason: { code: 'a', system: 'urn:x', display: 'A' }, userComment: 'VANDENBERG is well' },
    },
  ],
};
const part = (value: unknown) => bytesOf(value).toString('base64url');
const token = `Bearer ${part({ alg: 'ES384', kid: 'k1', typ: 'JWT' })}.${part({ iss: 'VANDENBERG', exp: 1 })}.c2ln`;

/** As the body of a call, in one of the ways that a body is said to be sent. */
const bodyOf = (body: Buffer, random: () => number) =>
  parseBody({
    headers: { 'content-type': random() < 0.9 ? 'application/json' : 'application/json; charset=latin1' },
    body,
  });
const mutate: FuzzOptions['mutate'] = (random, sound) =>
  random() < 0.5 ? mutateBytes(random, sound) : mutateJson(random, sound);

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  {
    parser: 'call of CDS Hooks',
    ...{ corpus: [bytesOf(request)], mutate },
    read: (bytes, random) => parseRequest(bodyOf(bytes, random), 'patient-view'),
  },
  {
    parser: 'feedback of CDS Hooks',
    ...{ corpus: [bytesOf(feedback)], mutate },
    read: (bytes, random) => parseFeedback(bodyOf(bytes, random)),
  },
  {
    parser: 'bindings/cds-hooks.json',
    ...{ corpus: [Buffer.from(bindingText())], mutate: mutateJson },
    read: (bytes) => parseBinding(bytes.toString(), manifest),
  },
  { parser: 'bearer token', corpus: [Buffer.from(token)], read: (bytes) => readBearerToken(bytes.toString('latin1')) },
  {
    parser: 'JSON Web Key Set',
    ...{ corpus: [bytesOf({ keys: [{ kty: 'EC', crv: 'P-384', x: 'a', y: 'b', kid: 'k1' }] })], mutate: mutateJson },
    read(bytes, random) {
      const found = parseKeySet(bodyOf(bytes, random));
      if (typeof found === 'string') throw new ClientRefusal('key-set-unavailable');
      if (JSON.stringify(found).includes('"d":')) throw new Error('a private key was taken');
      return found;
    },
  },
  {
    parser: 'file of an image in FHIR',
    corpus: [
      dicomWaveform([{ channels: [{ label: 'I' }], samples: [[1]] }], undefined, { '00100030': ['DA', '19510502'] }),
      pngFile({ width: 2, height: 1, depth: 8, colour: 'gray', bytes: [0, 255] }),
      Buffer.from('49492a0008000000010000010300010000000200000000000000', 'hex'),
    ],
    async read(bytes, random) {
      const types = ['application/dicom', 'image/png', 'image/tiff'];
      const why = await readImageFile(bytes, types[Math.floor(random() * 3)] as string, '1951-05-02');
      if (random() > 0 && why !== undefined) throw new ClientRefusal('token-malformed');
      return why;
    },
  },
  {
    parser: 'origins of pages',
    corpus: ['https://ehr.example', 'http://127.0.0.1:8080'].map((origin) => Buffer.from(origin)),
    read: (bytes) => parseAllowedOrigins([bytes.toString()]),
  },
];

describe('what a record system sends', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 4300 + place })))(
    'is read or refused: $parser',
    async (kind) => {
      const isRefusal = (thrown: unknown) =>
        thrown instanceof ClientRefusal || (thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL');
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal, secrets: SECRETS });
      expect(refused).toBeGreaterThan(0);
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});
