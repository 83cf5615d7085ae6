import { describe, expect, it } from 'vitest';
import {
  firFilter,
  iirFilter,
  iirFilterBothWays,
  kaiserLowpass,
  resampledLength,
  resamplePolyphase,
  type Section,
} from './index.js';

// The expected figures are what SciPy 1.17.1 gives for the same calls, named in each test.

/** `numpy.sin(numpy.arange(64) * 0.7) + 0.2 * numpy.arange(64)` */
const ramp = Float64Array.from({ length: 64 }, (_, i) => Math.sin(i * 0.7) + 0.2 * i);

/** `scipy.signal.butter(4, [0.5 / 128, 40 / 128], 'band', output='sos')`: 0.5 to 40 Hz at 256 Hz */
const EEG_BAND: Section[] = [
  [0.02034157886030353, 0.04068315772060706, 0.02034157886030353, 1, -0.6478768233605019, 0.13834100126899804],
  [1, 2, 1, 1, -0.8507116853149456, 0.5250975768029429],
  [1, -2, 1, 1, -1.977060707562836, 0.9772156171796635],
  [1, -2, 1, 1, -1.9906535189168828, 0.9908043981487336],
];

/** `scipy.signal.butter(3, 0.3, output='sos')` */
const LOWPASS: Section[] = [
  [0.04953299635725319, 0.09906599271450638, 0.04953299635725319, 1, -0.32491969623290634, 0],
  [1, 1, 0, 1, -0.8369977874388261, 0.4239856889474126],
];

function expectNear(values: Float64Array, expected: Record<number, number>, tolerance = 1e-12): void {
  for (const [index, value] of Object.entries(expected)) {
    expect(Math.abs((values[Number(index)] as number) - value), `element ${index}`).toBeLessThan(tolerance);
  }
}

describe('firFilter', () => {
  it('gives the impulse response, and rows do not touch each other', () => {
    const output = new Float64Array(8);
    firFilter(Float64Array.of(1, 0, 0, 0, 0, 2, 0, 0), 4, [3, -1, 0.5], output);
    expect([...output]).toEqual([3, -1, 0.5, 0, 0, 6, -2, 1]);
  });

  it('agrees with lfilter([0.25, 0.5, -0.125], 1, x)', () => {
    const output = new Float64Array(6);
    firFilter(Float64Array.of(1, 3, -2, 5, 0, 4), 6, [0.25, 0.5, -0.125], output);
    expect([...output]).toEqual([0.25, 1.25, 0.875, -0.125, 2.75, 0.375]);
  });

  it('refuses taps that are none', () => {
    const x = new Float32Array(4);
    expect(() => firFilter(x, 4, [], x)).toThrow(/at least one/);
    expect(() => firFilter(x, 4, [1, Number.NaN], x)).toThrow(/taps\[1\]/);
    expect(() => firFilter(x, 3, [1], x)).toThrow(RangeError);
  });
});

describe('iirFilter', () => {
  it('agrees with sosfilt', () => {
    const output = new Float64Array(64);
    iirFilter(ramp, 64, EEG_BAND, output);
    expectNear(output, { 0: 0, 1: 0.01717272066020855, 10: 0.3787328044908649, 63: 2.642244009693032 });
  });

  it('goes on where it stopped: a signal in pieces is the signal', () => {
    const whole = new Float64Array(64);
    iirFilter(ramp, 64, EEG_BAND, whole);
    const pieces = new Float64Array(64);
    const states = new Float64Array(8);
    for (const [from, to] of [
      [0, 10],
      [10, 11],
      [11, 64],
    ] as const) {
      iirFilter(ramp.subarray(from, to), to - from, EEG_BAND, pieces.subarray(from, to), states);
    }
    expect([...pieces]).toEqual([...whole]);
  });

  it('refuses a section that is not stable, or is no section', () => {
    const x = new Float64Array(4);
    expect(() => iirFilter(x, 4, [[1, 0, 0, 1, -2, 1]], x)).toThrow(/sections\[0\] is not stable/);
    expect(() => iirFilter(x, 4, [[1, 0, 0, 2, 0, 0]], x)).toThrow(/\[b0, b1, b2, 1, a1, a2\]/);
    expect(() => iirFilter(x, 4, [], x)).toThrow(/at least one section/);
    expect(() => iirFilter(x, 4, LOWPASS, x, new Float64Array(3))).toThrow(/states needs 4/);
  });
});

describe('iirFilterBothWays', () => {
  it('agrees with sosfiltfilt, also where sections end with zeros', () => {
    const output = new Float64Array(64);
    iirFilterBothWays(ramp, 64, EEG_BAND, output);
    expectNear(
      output,
      { 0: -1.157612326901906, 1: -0.4602141341264898, 31: 0.9955448093430432, 63: 1.3928486870849204 },
      1e-9,
    );
    iirFilterBothWays(ramp, 64, LOWPASS, output);
    expectNear(output, {
      0: -0.000640107108606569,
      1: 0.7667252333082782,
      31: 6.4528660315093695,
      63: 12.722604453258214,
    });
  });

  it('delays nothing: the middle of a symmetric pulse stays', () => {
    const pulse = Float64Array.from({ length: 101 }, (_, i) => Math.exp(-(((i - 50) / 8) ** 2)));
    const output = new Float64Array(101);
    iirFilterBothWays(pulse, 101, LOWPASS, output);
    expect(output.indexOf(Math.max(...output))).toBe(50);
  });

  it('needs rows longer than their continuation', () => {
    const x = new Float64Array(27);
    expect(() => iirFilterBothWays(x, 27, EEG_BAND, x)).toThrow(/more than 27 samples/);
  });
});

describe('kaiserLowpass', () => {
  it("agrees with firwin(21, 0.25, window=('kaiser', 5.0))", () => {
    const taps = kaiserLowpass(21, 0.25, 5);
    expectNear(
      taps,
      { 0: 0.001170764022445018, 1: 0.0023825455802073373, 5: -0.024934354503065706, 10: 0.2504749560988805 },
      1e-15,
    );
  });
});

describe('resamplePolyphase', () => {
  it('agrees with resample_poly', () => {
    const up = new Float64Array(96);
    resamplePolyphase(ramp, 64, 3, 2, up);
    expectNear(up, { 0: 0, 1: 0.5205013311431129, 50: 5.691010448697458, 95: 8.879170093634302 });
    const down = new Float64Array(resampledLength(64, 50, 128));
    expect(down.length).toBe(25);
    resamplePolyphase(ramp, 64, 50, 128, down);
    expectNear(down, { 0: 0.22834867220238544, 1: 1.4456407417677681, 12: 6.611865498812949, 24: 12.523572666093823 });
  });

  it('leaves a signal at its own rate alone', () => {
    const output = new Float64Array(64);
    resamplePolyphase(ramp, 64, 5, 5, output);
    expect([...output]).toEqual([...ramp]);
  });

  it('refuses factors and filters that have no meaning', () => {
    const x = new Float64Array(64);
    expect(() => resamplePolyphase(ramp, 64, 0, 1, x)).toThrow(/up is a whole number/);
    expect(() => resamplePolyphase(ramp, 64, 1, 1.5, x)).toThrow(/down is a whole number/);
    expect(() => resamplePolyphase(ramp, 64, 1, 1, x, [1, 1])).toThrow(/odd number of taps/);
    expect(() => resamplePolyphase(ramp, 64, 1, 2, x)).toThrow(/output needs 32/);
  });
});
