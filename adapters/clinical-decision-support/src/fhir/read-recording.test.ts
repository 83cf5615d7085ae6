import { createHash } from 'node:crypto';
import type { SignalInputSpec } from '@deephealth/sdk';
import { edfFile } from '@deephealth/sdk/testing';
import type { FhirResource } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import {
  about,
  BEAT,
  concept,
  ECG_SIGNAL,
  ECG_STUDY,
  ecgDocument,
  ecgManifest,
  ecgObservation,
  ecgService,
  goldenBeat,
  LEAD_II,
  MDC,
  PATIENT,
  sampledData,
  toSteps,
} from '../../test/ecg-beat.js';
import type { SignalBinding } from '../bindings/cds-hooks-binding.js';
import type { CdsRequest, Feature, Gathered } from '../bindings/cds-request.js';
import { assertSamePatient } from '../mapping/same-patient.js';
import { readRecording } from './read-recording.js';
import { createReferenceReader } from './reference-reader.js';

const NOW = new Date('2026-11-20T10:00:00Z');
const spec = ecgManifest().inputs[0] as SignalInputSpec;
const request: CdsRequest = {
  hook: 'patient-view',
  hookInstance: 'x',
  context: { userId: 'Practitioner/1', patientId: PATIENT },
  prefetch: {},
};
const isAllowed = () => false;

interface Options {
  readonly signal?: Partial<SignalBinding>;
  readonly spec?: Partial<SignalInputSpec>;
}

/** What comes of these resources, as the service would have it. */
async function read(resources: readonly object[], options: Options = {}) {
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

async function samplesOf(resources: readonly object[], options: Options = {}): Promise<number[]> {
  const { toInput } = await read(resources, options);
  const samples = toInput().signal?.samples;
  const data = samples?.data as Buffer;
  expect(samples?.dataType).toBe('DATA_TYPE_FP32');
  return Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(i * 4));
}

async function refusal(resources: readonly object[], options: Options = {}) {
  const { feature, toInput } = await read(resources, options);
  expect(toInput).toThrow(expect.objectContaining({ code: 'DH_CDS_DATA_MISSING' }));
  return feature as Extract<Feature, { kind: 'unusable' }>;
}

/** Within 1e-6 of what the package's Python wrote from the database, sample by sample. */
function expectBeat(samples: readonly number[], beat = goldenBeat('normal').samples) {
  expect(samples).toHaveLength(beat.length);
  const worst = Math.max(...samples.map((sample, i) => Math.abs(sample - (beat[i] as number))));
  expect(worst).toBeLessThan(1e-6);
}

const whole = (more: object = {}) => ecgObservation(sampledData(BEAT), more);
const withData = (more: object, steps: readonly (number | string)[] = BEAT) => ecgObservation(sampledData(steps, more));
const microvolts = { origin: { value: -5120, system: 'http://unitsofmeasure.org', code: 'uV', unit: 'µV' }, factor: 5 };
const r5 = (interval: number, intervalUnit: string) => ({ period: undefined, interval, intervalUnit });

describe('samples of an Observation', () => {
  it.each(['normal', 'ventricular', 'fusion', 'artefact'])('are the beat "%s" of the database', async (id) => {
    const beat = goldenBeat(id).samples;
    expectBeat(await samplesOf([ecgObservation(sampledData(toSteps(beat)))]), beat);
  });

  it.each<[string, object]>([
    ['R5, in ms', r5(1000 / 360, 'ms')],
    ['R5, in s', r5(1 / 360, 's')],
    ['R5, in us', r5(1e6 / 360, 'us')],
    ['microvolts', microvolts],
    ['a period of seven digits', { period: 2.777778 }],
    ['limits that hold', { lowerLimit: 0, upperLimit: 2047 }],
  ])('are the same with %s', async (_, more) => {
    expectBeat(await samplesOf([withData(more)]));
  });

  it('are the same as the value of an Observation of its own', async () => {
    const { component: _, ...bare } = whole() as { component: unknown };
    const alone = { ...bare, code: { coding: [...concept(ECG_STUDY).coding, ...concept(LEAD_II).coding] } };
    expectBeat(await samplesOf([{ ...alone, valueSampledData: sampledData(BEAT) }]));
  });

  it('are taken from the dimension that the binding names', async () => {
    const mixed = BEAT.flatMap((step) => [7, step, 9]);
    const channels = { MLII: { codes: [LEAD_II], unit: 'mV', interleaved: { index: 1, of: 3 } } };
    expectBeat(await samplesOf([withData({ dimensions: 3 }, mixed)], { signal: { channels } }));
    expect(await refusal([withData({ dimensions: 2 }, [...BEAT, ...BEAT])], { signal: { channels } })).toMatchObject({
      why: 'ambiguous',
      message: expect.stringContaining('other dimensions than the binding says, 3'),
    });
    expect((await refusal([withData({ dimensions: 2 }, [...BEAT, ...BEAT])])).why).toBe('ambiguous');
  });

  it('say for the card what they are, with time, code and resource', async () => {
    const { feature } = await read([whole({ meta: { versionId: '3' } })]);
    expect(feature).toEqual({
      kind: 'value',
      column: 'ecg',
      value: 'MLII',
      at: '2026-11-20T08:30:00Z',
      code: ECG_STUDY,
      reference: 'Observation/ecg-1/_history/3',
      recording: { channels: ['MLII'], samplingRateHz: 360, durationS: 1.8 },
    });
  });

  it.each<[string, string, string, object[]]>([
    ['a sample that was not measured', 'unreadable', '"E", not measured', [withData({}, ['E', ...BEAT.slice(1)])]],
    ['a sample above the range', 'unreadable', '"U" or "L"', [withData({}, [...BEAT.slice(1), 'U'])]],
    ['a sample below the range', 'unreadable', '"U" or "L"', [withData({}, ['L', ...BEAT.slice(1)])]],
    [
      'a sample beyond its limits',
      'unreadable',
      'beyond the limits',
      [withData({ lowerLimit: 5000, upperLimit: 6000 })],
    ],
    ['a sample that is none', 'unreadable', 'no number', [withData({}, ['NaN', ...BEAT.slice(1)])]],
    ['no data', 'unreadable', 'no number', [withData({ data: undefined })]],
    ['a code map', 'unreadable', 'code map', [withData({ codeMap: 'http://x.example' })]],
    ['no rate', 'unreadable', 'interval', [withData({ period: undefined })]],
    ['another rate', 'rate-mismatch', 'other than 360 Hz', [withData({ period: 4 })]],
    ['a rounded period', 'rate-mismatch', 'other than 360 Hz', [withData({ period: 2.78 })]],
    ['a sample too few', 'length-mismatch', '648 samples a channel at 360 Hz', [withData({}, BEAT.slice(1))]],
    ['a sample too many', 'length-mismatch', '648 samples', [withData({}, [...BEAT, 1024])]],
    ['no unit', 'unit-unknown', 'no unit of UCUM', [withData({ origin: { value: -5.12 } })]],
    ['a text for a unit', 'unit-unknown', 'no unit of UCUM', [withData({ origin: { value: 0, unit: 'millivolt' } })]],
    [
      'a unit of another system',
      'unit-unknown',
      'no unit of UCUM',
      [withData({ origin: { value: 0, system: 'urn:x', code: 'mV' } })],
    ],
    [
      'a unit of something else',
      'unit-inconvertible',
      'convert to mV',
      [withData({ origin: { value: 0, code: 'mm[Hg]' } })],
    ],
    [
      'a unit on a logarithmic scale',
      'unit-inconvertible',
      'convert to mV',
      [withData({ origin: { value: 0, code: 'B[mV]' } })],
    ],
    [
      'a value that is no SampledData',
      'unreadable',
      'no SampledData',
      [ecgObservation({}, { component: [{ code: concept(LEAD_II), valueQuantity: { value: 1, unit: 'mV' } }] })],
    ],
    [
      'the channel twice',
      'ambiguous',
      'more than once',
      [
        ecgObservation(
          {},
          { component: [1, 2].map(() => ({ code: concept(LEAD_II), valueSampledData: sampledData(BEAT) })) },
        ),
      ],
    ],
    [
      'a lead that was off',
      'not-measured',
      'was not measured',
      [ecgObservation({}, { component: [{ code: concept(LEAD_II), dataAbsentReason: { text: 'off' } }] })],
    ],
    [
      'an extension that changes all',
      'ambiguous',
      'changes its meaning',
      [whole({ modifierExtension: [{ url: 'x' }] })],
    ],
    ['another day', 'stale', 'older than 1 days', [whole({ effectiveDateTime: '2026-11-18T08:30:00Z' })]],
    ['no time', 'stale', 'has no date', [whole({ effectiveDateTime: undefined, issued: '2026-11-20T08:30:00Z' })]],
    ['tomorrow', 'out-of-range', 'dated in the future', [whole({ effectiveDateTime: '2026-11-21T08:30:00Z' })]],
    [
      'another lead',
      'absent',
      'is not there',
      [
        ecgObservation(
          {},
          { component: [{ code: concept({ system: MDC, code: '131329' }), valueSampledData: sampledData(BEAT) }] },
        ),
      ],
    ],
    [
      'the lead of another terminology',
      'absent',
      'is not there',
      [
        ecgObservation(
          {},
          { component: [{ code: concept({ system: 'urn:x', code: '131330' }), valueSampledData: sampledData(BEAT) }] },
        ),
      ],
    ],
    ['something else by that lead', 'absent', 'is not there', [whole({ code: concept(LEAD_II) })]],
    ['a recording that is not finished', 'absent', 'is not there', [whole({ status: 'preliminary' })]],
    ['a recording that was withdrawn', 'absent', 'is not there', [whole({ status: 'entered-in-error' })]],
    ['nothing', 'absent', 'is not there', []],
  ])('are refused with %s: %s', async (_, why, says, resources) => {
    const feature = await refusal(resources);
    expect(feature.message).toContain(says);
    expect(feature).toMatchObject({ column: 'ecg', why, missing: 'refuse' });
    expect(feature.message).toMatch(/^"ecg" \(http:\/\/loinc\.org\|11524-6 EKG study\) from prefetch key "ecg" .+\.$/);
  });

  it('may have another rate where the manifest has a step for it, and a length that then fits', async () => {
    const resampling = { op: 'resample_signal', fromHz: { minimum: 300, maximum: 400 } } as const;
    const steps = [spec.steps[0], resampling, ...spec.steps.slice(1)] as SignalInputSpec['steps'];
    const slower = withData({ period: 1000 / 300 }, BEAT.slice(0, 540));
    expect(await samplesOf([slower], { spec: { steps } })).toHaveLength(540);
    expect((await refusal([slower])).why).toBe('rate-mismatch');
    expect((await refusal([withData({ period: 5 })], { spec: { steps } })).message).toContain('300 to 400 Hz');
    expect((await refusal([withData({ period: 1000 / 300 })], { spec: { steps } })).why).toBe('length-mismatch');
  });
});

describe('the newest recording', () => {
  const older = { id: 'ecg-0', effectiveDateTime: '2026-11-20T07:00:00Z' };

  it('counts', async () => {
    const beat = goldenBeat('ventricular').samples;
    const newer = ecgObservation(sampledData(toSteps(beat)), {
      id: 'ecg-2',
      effectiveDateTime: '2026-11-20T09:00:00Z',
    });
    expectBeat(await samplesOf([whole(), newer, whole(older)]), beat);
  });

  it('counts also where it cannot be used', async () => {
    const broken = ecgObservation(sampledData(['E', ...BEAT.slice(1)]));
    expect((await refusal([broken, whole(older)])).why).toBe('unreadable');
    const edf = ecgDocument({ contentType: 'application/pdf', data: 'AAAA' });
    expect((await refusal([edf, whole(older)])).message).toContain('in no form that is read');
  });

  it('is not chosen among two of one time', async () => {
    expect((await refusal([whole(), whole({ id: 'ecg-2' })])).why).toBe('ambiguous');
    expect((await refusal([whole({ effectiveDateTime: '2026-11-20' }), whole({ id: 'x' })])).why).toBe('ambiguous');
  });

  it('is one where two pages hold it', async () => {
    expectBeat(await samplesOf([whole(), whole()]));
  });
});

describe('leads in Observations of their own', () => {
  const V1 = { system: MDC, code: '131331' };
  const channels = { MLII: { codes: [LEAD_II], unit: 'mV' }, V1: { codes: [V1], unit: 'uV' } };
  const signal = { channels, codes: undefined as never };
  const two = { channels: [...spec.channels, { name: 'V1', unit: 'uV', validRange: [-9999, 9999] as const }] };
  const lead = (code: typeof V1, id: string, more: object = {}, data: object = {}) => ({
    ...ecgObservation({}, { id, code: concept(code), component: undefined }),
    valueSampledData: sampledData(BEAT, data),
    ...more,
  });

  it('are one recording if they state one instant, each in the unit of the manifest', async () => {
    const samples = await samplesOf([lead(V1, 'a', {}, microvolts), lead(LEAD_II, 'b')], { signal, spec: two });
    expectBeat(samples.slice(0, 648));
    expectBeat(samples.slice(648).map((uv) => uv / 1000));
  });

  it.each<[string, string, object, object]>([
    ['start at another time', 'channel-missing', { effectiveDateTime: '2026-11-20T08:30:01Z' }, {}],
    ['state only their day', 'ambiguous', { effectiveDateTime: '2026-11-20' }, {}],
    ['differ in rate', 'rate-mismatch', {}, { period: 4 }],
    ['differ in length', 'length-mismatch', {}, { data: BEAT.slice(1).join(' ') }],
  ])('are refused if they %s', async (_, why, more, data) => {
    const day = why === 'ambiguous' ? more : {};
    const resources = [lead(LEAD_II, 'b', day), lead(V1, 'a', more, data)];
    expect((await refusal(resources, { signal, spec: two })).why).toBe(why);
  });

  it('are refused if one is missing, which is named', async () => {
    expect((await refusal([lead(LEAD_II, 'b')], { signal, spec: two })).message).toContain('lacks the channel "V1"');
  });
});

/** One record of 648 samples that lasts 1.8 s, from 0 to 2047 steps. */
const edf = (label = 'MLII', unit = 'mV', recordS = '1.8', steps = BEAT) => {
  const record = Buffer.alloc(steps.length * 2);
  for (const [i, step] of steps.entries()) record.writeInt16LE(step, i * 2);
  const scale = unit === 'uV' ? { pmin: '-5120', pmax: '5115' } : { pmin: '-5.12', pmax: '5.115' };
  const channel = { label, unit, ...scale, dmin: '0', dmax: '2047', count: steps.length };
  return edfFile({ channels: [channel], records: [record], recordS });
};
const base64 = (bytes: Buffer) => bytes.toString('base64');
const EDF = 'application/edf';
const inline = (bytes: Buffer, more: object = {}) => ({ contentType: EDF, data: base64(bytes), ...more });
const binary = (more: object = {}) => ({
  resourceType: 'Binary',
  id: 'b-1',
  contentType: EDF,
  data: base64(edf()),
  ...more,
});
const byUrl = { contentType: EDF, url: 'Binary/b-1' };
const derived = (more: object = {}) =>
  ecgObservation({}, { component: undefined, derivedFrom: [{ reference: 'DocumentReference/doc-1' }], ...more });
const media = (content: object, more: object = {}) => ({
  resourceType: 'Media',
  id: 'm-1',
  status: 'completed',
  type: concept(ECG_STUDY),
  subject: about,
  createdDateTime: '2026-11-20T08:30:00Z',
  content,
  ...more,
});

describe('a file of EDF', () => {
  it.each<[string, object[]]>([
    ['in a document', [ecgDocument(inline(edf()))]],
    ['in microvolts', [ecgDocument(inline(edf('MLII', 'uV')))]],
    ['in a Media', [media(inline(edf()))]],
    [
      'by another case and with a parameter',
      [ecgDocument(inline(edf(), { contentType: 'Application/EDF; version=1' }))],
    ],
    [
      'beside a letter',
      [
        ecgDocument(
          {},
          {
            content: [{ attachment: { contentType: 'application/pdf', data: 'AAAA' } }, { attachment: inline(edf()) }],
          },
        ),
      ],
    ],
    [
      'with its size and digest',
      [ecgDocument(inline(edf(), { size: edf().length, hash: createHash('sha1').update(edf()).digest('base64') }))],
    ],
    ['in a Binary', [ecgDocument(byUrl), binary()]],
    [
      'in a Binary of this version',
      [ecgDocument({ ...byUrl, url: 'Binary/b-1/_history/2' }), binary({ meta: { versionId: '2' } })],
    ],
    ['that an Observation is derived from', [derived(), ecgDocument(byUrl), binary()]],
  ])('is read %s', async (_, resources) => {
    expectBeat(await samplesOf(resources));
  });

  it('says for the card what it is', async () => {
    const { feature } = await read([derived(), ecgDocument(inline(edf()))]);
    expect(feature).toMatchObject({
      value: 'MLII',
      at: '2026-11-20T08:30:00Z',
      reference: 'Observation/ecg-1',
      mediaType: EDF,
      recording: { channels: ['MLII'], durationS: 1.8 },
    });
  });

  it.each<[string, string, string, object[]]>([
    ['a channel of another name', 'channel-missing', '"MLII"', [ecgDocument(inline(edf('V5')))]],
    ['another rate', 'rate-mismatch', '360 Hz', [ecgDocument(inline(edf('MLII', 'mV', '1.2')))]],
    ['a unit of something else', 'unit-inconvertible', 'mV', [ecgDocument(inline(edf('MLII', 'mmHg')))]],
    ['a unit of nobody', 'unit-unknown', 'UCUM', [ecgDocument(inline(edf('MLII', 'steps')))]],
    ['an end that is cut off', 'unreadable', 'cut off', [ecgDocument(inline(edf().subarray(0, 900)))]],
    ['something else inside', 'unreadable', 'neither EDF nor BDF', [ecgDocument(inline(Buffer.from('%PDF-1.7')))]],
    ['half a character', 'unreadable', 'not Base64', [ecgDocument({ contentType: EDF, data: `${base64(edf())}A` })]],
    ['what Base64 has not', 'unreadable', 'not Base64', [ecgDocument({ contentType: EDF, data: '!!!!' })]],
    ['another size', 'unreadable', 'another size', [ecgDocument(inline(edf(), { size: 7 }))]],
    ['another digest', 'unreadable', 'another digest', [ecgDocument(inline(edf(), { hash: 'AAAA' }))]],
    ['neither data nor address', 'unreadable', 'neither data nor', [ecgDocument({ contentType: EDF })]],
    [
      'an address elsewhere',
      'unreadable',
      'no Binary',
      [ecgDocument({ contentType: EDF, url: 'https://x.example/f.edf' })],
    ],
    [
      'an address of the machine',
      'unreadable',
      'no Binary',
      [ecgDocument({ contentType: EDF, url: 'file:///etc/passwd' })],
    ],
    ['a Binary that climbs', 'unreadable', 'does not lie', [ecgDocument({ contentType: EDF, url: 'Binary/..' })]],
    ['a Binary that was not sent', 'unreadable', 'names no FHIR server', [ecgDocument(byUrl)]],
    [
      'a Binary of another version',
      'unreadable',
      'was not sent',
      [ecgDocument({ ...byUrl, url: 'Binary/b-1/_history/3' }), binary({ meta: { versionId: '2' } })],
    ],
    [
      'a Binary of another type',
      'unreadable',
      'another media type',
      [ecgDocument(byUrl), binary({ contentType: 'text/plain' })],
    ],
    [
      'a Binary in two versions',
      'unreadable',
      'several versions',
      [ecgDocument(byUrl), binary(), binary({ data: 'AAAA' })],
    ],
    [
      'a Binary that means otherwise',
      'unreadable',
      'changes its meaning',
      [ecgDocument(byUrl), binary({ implicitRules: 'http://x' })],
    ],
    [
      'two files',
      'unreadable',
      'several files',
      [ecgDocument({}, { content: [{ attachment: inline(edf()) }, { attachment: inline(edf()) }] })],
    ],
    [
      'a document that is not finished',
      'absent',
      'not there',
      [ecgDocument(inline(edf()), { docStatus: 'preliminary' })],
    ],
    ['a document that was replaced', 'absent', 'not there', [ecgDocument(inline(edf()), { status: 'superseded' })]],
    ['a document of another kind', 'absent', 'not there', [ecgDocument(inline(edf()), { type: concept(LEAD_II) })]],
    [
      'a date of filing alone',
      'stale',
      'no date',
      [ecgDocument(inline(edf()), { context: undefined, date: '2026-11-20T08:30:00Z' })],
    ],
    ['a Media that is under way', 'absent', 'not there', [media(inline(edf()), { status: 'in-progress' })]],
    ['a Media of several frames', 'unreadable', 'several frames', [media(inline(edf()), { frames: 2 })]],
    [
      'two documents that it is derived from',
      'unreadable',
      'several documents',
      [derived({ derivedFrom: [{ reference: 'DocumentReference/doc-1' }, { reference: 'Media/m-1' }] })],
    ],
    [
      'a document behind it that was withdrawn',
      'unreadable',
      'not in force',
      [derived(), ecgDocument(inline(edf()), { status: 'entered-in-error' })],
    ],
  ])('is refused with %s: %s', async (_, why, says, resources) => {
    const feature = await refusal(resources);
    expect(feature.message).toContain(says);
    expect(feature.why).toBe(why);
  });

  it('is not read where the binding does not name its form', async () => {
    expect((await refusal([ecgDocument(inline(edf()))], { signal: { mediaTypes: undefined as never } })).why).toBe(
      'absent',
    );
  });
});

describe('whom a file is about', () => {
  const other = { subject: { reference: 'Patient/p-2' } };
  const born = (birthDate: string) => ({ resourceType: 'Patient', id: PATIENT, birthDate });
  const edfOf = (who: string) => {
    const bytes = edf();
    bytes.write(who.padEnd(80), 8, 'latin1');
    return inline(bytes);
  };

  it.each<[string, object[]]>([
    ['a document of another patient', [ecgDocument(inline(edf()), other)]],
    ['a document of nobody', [ecgDocument(inline(edf()), { subject: undefined })]],
    ['an Observation of another patient', [whole(), whole(other)]],
    ['a Binary that nothing points to', [whole(), binary()]],
    ['a Binary without an id', [ecgDocument(byUrl), binary({ id: undefined })]],
    [
      'a Binary that only an address elsewhere has in it',
      [ecgDocument({ ...byUrl, url: 'https://x.example/Binary/b-1/x' }), binary()],
    ],
    [
      'a Binary of another patient by its own word',
      [ecgDocument(byUrl), binary({ securityContext: { reference: 'Patient/p-2' } })],
    ],
    ['a file with another birth date', [ecgDocument(edfOf('X F 02-MAY-1951 X')), born('1951-05-03')]],
    ['a file with another year of birth', [ecgDocument(edfOf('X F 02-MAY-1951 X')), born('1952')]],
  ])('ends the call: %s', async (_, resources) => {
    await expect(read(resources)).rejects.toThrow(expect.objectContaining({ code: 'DH_CDS_PATIENT_MISMATCH' }));
  });

  it.each<[string, object[]]>([
    ['the same birth date', [ecgDocument(edfOf('X F 02-MAY-1951 X')), born('1951-05-02')]],
    ['the same month of birth', [ecgDocument(edfOf('X F 02-MAY-1951 X')), born('1951-05')]],
    ['no birth date in the file', [ecgDocument(edfOf('X X X X')), born('1951-05-02')]],
    [
      'a Binary of the patient by its own word',
      [ecgDocument(byUrl), binary({ securityContext: { reference: 'Patient/p-1' } })],
    ],
  ])('is clear with %s', async (_, resources) => {
    expectBeat(await samplesOf(resources));
  });
});
