import { describe, expect, it } from 'vitest';
import { isObservation, readSampledData } from './fhir-sampled-data.js';

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
    ['several dimensions', { dimensions: 2 }, 'several dimensions'],
    ['no origin', { origin: undefined }, 'origin'],
    ['no unit', { origin: { value: 0 } }, 'unit'],
    ['no interval', { period: undefined }, 'interval'],
    ['an unknown unit of interval', { period: undefined, interval: 1, intervalUnit: 'fortnight' }, 'interval'],
    ['a period of 0', { period: 0 }, 'interval'],
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
