import { describe, expect, it } from 'vitest';
import { decodeSampledData, isObservation, readSampledData } from './fhir-sampled-data.js';

const data = (more: object = {}) => ({
  origin: { value: 2, unit: 'microvolt', code: 'uV' },
  period: 4,
  factor: 0.5,
  dimensions: 1,
  data: '1 -2 3.5',
  ...more,
});
const observation = (more: object = {}) => ({
  resourceType: 'Observation',
  component: [
    { code: { text: 'II' }, valueSampledData: data() },
    {
      code: { coding: [{ code: '131330', display: 'V1' }] },
      valueSampledData: data({ factor: undefined, data: '7 8 9' }),
    },
  ],
  ...more,
});

describe('readSampledData', () => {
  it('gives a channel for each component: origin + data * factor, at 1 / period', () => {
    const { channels } = readSampledData(observation());
    expect(
      channels.map(({ name, unit, samplingRateHz, samples }) => [name, unit, samplingRateHz, [...samples]]),
    ).toEqual([
      ['II', 'uV', 250, [2.5, 1, 3.75]],
      ['V1', 'uV', 250, [9, 10, 11]],
    ]);
  });

  it('reads the interval of R5, and a value of the Observation itself', () => {
    const { channels } = readSampledData({
      resourceType: 'Observation',
      code: { text: 'pleth' },
      valueSampledData: data({ period: undefined, interval: 0.01, intervalUnit: 's' }),
    });
    expect(channels).toMatchObject([{ name: 'pleth', samplingRateHz: 100 }]);
  });

  it.each([
    ['an error', { data: '1 E 3' }, 'no number'],
    ['a value out of range', { data: '1 U 3' }, 'no number'],
    ['nothing', { data: undefined }, 'no number'],
    ['several dimensions', { dimensions: 2, data: '1 2 3 4' }, 'several dimensions'],
    ['no origin', { origin: undefined }, 'origin'],
    ['no unit', { origin: { value: 0 } }, 'unit'],
    ['no interval', { period: undefined }, 'interval'],
    ['an unknown unit of interval', { period: undefined, interval: 1, intervalUnit: 'fortnight' }, 'interval'],
    ['a period of 0', { period: 0 }, 'interval'],
    ['a period and an interval', { interval: 4, intervalUnit: 'ms' }, 'a period and an interval'],
    ['no dimensions', { dimensions: 0 }, 'dimensions'],
    ['half a dimension', { dimensions: 0.5 }, 'dimensions'],
    ['a code map', { codeMap: 'http://example.org/map' }, 'code map'],
    ['offsets', { offsets: '0 1 2' }, 'offsets'],
    ['a number too large for one', { data: '1 1e999 3' }, 'no number'],
    ['a number in another notation', { data: '1 0x10 3' }, 'no number'],
    ['a value above its own limit', { data: '1 90 3', upperLimit: 40 }, 'beyond the limits'],
    ['a value below its own limit', { data: '1 -90 3', lowerLimit: -40 }, 'beyond the limits'],
    ['a limit that is none', { lowerLimit: '-40' }, 'lowerLimit'],
  ])('refuses %s', (_, more, reason) => {
    expect(() =>
      readSampledData(observation({ component: [{ code: { text: 'II' }, valueSampledData: data(more) }] })),
    ).toThrow(reason);
  });

  it('refuses an Observation without any, and one without a name', () => {
    expect(() => readSampledData({ resourceType: 'Observation', valueQuantity: { value: 1 } })).toThrow(
      'without SampledData',
    );
    expect(() => readSampledData({ resourceType: 'Observation', valueSampledData: data() })).toThrow('no name');
    expect([isObservation({ resourceType: 'Patient' }), isObservation(null), isObservation([])]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('decodeSampledData', () => {
  it('takes dimensions apart: those of one moment stand together', () => {
    const { samplingRateHz, dimensions } = decodeSampledData(data({ dimensions: 2, data: '1 10 2 20\n3  30' }));
    expect(samplingRateHz).toBe(250);
    expect(dimensions.map((one) => [...one])).toEqual([
      [2.5, 3, 3.5],
      [7, 12, 17],
    ]);
  });

  it('refuses a moment that lacks one of its dimensions', () => {
    expect(() => decodeSampledData(data({ dimensions: 2, data: '1 10 2' }))).toThrow('end within a moment');
  });

  it.each([
    ['as written', { lowerLimit: 0, upperLimit: 3 }],
    ['as they stand for', { lowerLimit: 2, upperLimit: 4 }],
  ])('takes values within limits %s', (_, limits) => {
    expect(decodeSampledData(data({ data: '0 1 3', ...limits })).dimensions).toHaveLength(1);
  });

  it.each([
    ['E', 'not measured'],
    ['U', 'out of the range'],
    ['L', 'out of the range'],
  ])('says what %s means', (written, says) => {
    expect(() => decodeSampledData(data({ data: `1 ${written} 2` }))).toThrow(says);
  });

  it.each([undefined, null, 7, 'x', []])('refuses %j', (sampled) => {
    expect(() => decodeSampledData(sampled)).toThrow('SampledData');
  });

  it('does not round to FP32 before a unit is converted', () => {
    const [samples] = decodeSampledData(data({ origin: { value: 0.1 }, factor: 0.1, data: '1' })).dimensions;
    expect(samples?.[0]).toBe(0.1 + 1 * 0.1);
  });
});
