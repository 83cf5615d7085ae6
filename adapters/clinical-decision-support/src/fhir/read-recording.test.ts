import type { SignalInputSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import {
  BEAT,
  concept,
  ECG_STUDY,
  ecgDocument,
  ecgObservation,
  goldenBeat,
  LEAD_II,
  MDC,
  sampledData,
  toSteps,
} from '../../test/ecg-beat.js';
import { expectBeat, read, refusal, samplesOf, spec } from '../../test/ecg-recordings.js';

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
          {
            component: [0.005, 0.01].map((factor) => ({
              code: concept(LEAD_II),
              valueSampledData: sampledData(BEAT, { factor }),
            })),
          },
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
      'channel-missing',
      'lacks the channel "MLII"',
      [
        ecgObservation(
          {},
          { component: [{ code: concept({ system: MDC, code: '131329' }), valueSampledData: sampledData(BEAT) }] },
        ),
      ],
    ],
    [
      'the lead of another terminology',
      'channel-missing',
      'lacks the channel "MLII"',
      [
        ecgObservation(
          {},
          { component: [{ code: concept({ system: 'urn:x', code: '131330' }), valueSampledData: sampledData(BEAT) }] },
        ),
      ],
    ],
    [
      'a component that is none',
      'channel-missing',
      'lacks the channel',
      [ecgObservation({}, { component: [null, 7] })],
    ],
    ['no origin', 'unreadable', 'no SampledData', [withData({ origin: null })]],
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

  it('are refused in a unit whose conversion is no line', async () => {
    const slope = withData({ origin: { value: 0, system: 'http://unitsofmeasure.org', code: '%[slope]' } });
    const channels = [{ name: 'MLII', unit: 'deg', validRange: [-90, 90] as const }];
    expect(await refusal([slope], { spec: { channels } })).toMatchObject({ why: 'unit-inconvertible' });
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

  it('counts also where it has none of the channels, if it is called what the binding asks for', async () => {
    const reported = ecgObservation(
      {},
      { id: 'ecg-2', component: undefined, effectiveDateTime: '2026-11-20T09:00:00Z' },
    );
    expect((await refusal([reported, whole()])).why).toBe('channel-missing');
    const other = { ...reported, code: concept({ system: MDC, code: '1' }) };
    expectBeat(await samplesOf([other, whole()]));
    expectBeat(await samplesOf([{ ...reported, effectiveDateTime: '2026-11-20T08:30:00Z' }, whole()]));
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
