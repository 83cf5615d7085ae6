import type { runtimeV1 } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import { decimate, drawSignal } from './draw-signal.js';

describe('a signal that is drawn', () => {
  it('keeps its samples where they are few', () => {
    expect(decimate([1, 2, 3, 4, 5, 6], 3, 3, 250)).toEqual({ samplingRateHz: 250, values: [4, 5, 6] });
  });

  it('keeps each peak where they are many, in pairs of the least and the greatest', () => {
    const samples = new Float32Array(100_001);
    samples[77_777] = 5;
    samples[12_345] = -3;
    const { values, samplingRateHz } = decimate(samples, 0, samples.length, 1000);
    expect(values).toHaveLength(4000);
    expect([Math.min(...values), Math.max(...values)]).toEqual([-3, 5]);
    const at = values.indexOf(5) / samplingRateHz;
    expect(at).toBeCloseTo(77.777, 1);
    for (let pair = 0; pair < values.length; pair += 2) {
      expect(values[pair] as number).toBeLessThanOrEqual(values[pair + 1] as number);
    }
  });

  it('has its channels with names and units, and the time that it lasts', () => {
    const data = Buffer.from(new Float32Array([1, 2, Number.NaN, 4]).buffer);
    const signal: runtimeV1.Signal = {
      channels: [
        { name: 'I', unit: 'mV' },
        { name: 'II', unit: 'mV' },
      ],
      samplingRateHz: 2,
      samples: { dataType: 'DATA_TYPE_FP32', shape: [2, 2], data },
    };
    expect(drawSignal([{ name: 'ecg', signal }])).toEqual({
      kind: 'signal',
      channels: [
        { name: 'I', unit: 'mV', samplingRateHz: 2, values: [1, 2] },
        { name: 'II', unit: 'mV', samplingRateHz: 2, values: [0, 4] },
      ],
      durationSeconds: 1,
    });
  });

  it('is none where the samples do not fit their shape, and where there is no signal', () => {
    const samples = { dataType: 'DATA_TYPE_FP32', shape: [2, 2], data: Buffer.alloc(4) } as const;
    expect(drawSignal([{ name: 'ecg', signal: { channels: [], samplingRateHz: 2, samples } }])).toBeUndefined();
    expect(drawSignal([{ name: 'x', table: {} }])).toBeUndefined();
  });
});
