import type { DeepHealthError, SignalInputSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { SignalInput } from '../host/model-input.js';
import { signalToPrepared } from './signal-steps.js';

const spec: SignalInputSpec = {
  name: 'ecg',
  kind: 'signal',
  feeds: 'x',
  channels: [
    { name: 'II', unit: 'mV', validRange: [-10, 10] },
    { name: 'V1', unit: 'mV', validRange: [-0.1, 0.1] },
    { name: 'V2', unit: 'uV', validRange: [-40000, 40000] },
  ],
  samplingRateHz: 360,
  samples: { minimum: 1, maximum: 100 },
  steps: [{ op: 'select_channels', channels: ['V2', 'II'] }],
};

const rows = [
  [1, 2, 3],
  [0, 0.1, -0.1],
  [100, -200, 300],
];

function signal(dataType: SignalInput['dataType'], values: number[][], offset = 0): SignalInput {
  const size = { FP32: 4, FP64: 8, INT16: 2, INT32: 4 }[dataType];
  const flat = values.flat();
  const data = new Uint8Array(new ArrayBuffer(flat.length * size + offset), offset);
  const view = new DataView(data.buffer, offset);
  flat.forEach((value, i) => {
    if (dataType === 'FP32') view.setFloat32(i * 4, value, true);
    else if (dataType === 'FP64') view.setFloat64(i * 8, value, true);
    else if (dataType === 'INT16') view.setInt16(i * 2, value, true);
    else view.setInt32(i * 4, value, true);
  });
  return {
    kind: 'signal',
    channels: ['II', 'V1', 'V2'],
    samplingRateHz: 360,
    dataType,
    samples: values[0]?.length ?? 0,
    data,
  };
}

function failure(act: () => unknown): DeepHealthError {
  try {
    act();
  } catch (error) {
    return error as DeepHealthError;
  }
  throw new Error('nothing was thrown');
}

describe('select_channels', () => {
  it('takes the named rows in the order of the step', () => {
    const { dataType, shape, data } = signalToPrepared(spec, signal('FP32', rows));
    expect(dataType).toBe('FP32');
    expect(shape).toEqual([1, 2, 3]);
    expect([...data]).toEqual([100, -200, 300, 1, 2, 3]);
  });

  it('finds the rows wherever the sender put them, beside rows that the model does not know', () => {
    const input = signal('FP32', [
      [9, 9, 9],
      [100, -200, 300],
      [0, 0, 0],
      [1, 2, 3],
    ]);
    const { data } = signalToPrepared(spec, { ...input, channels: ['', 'V2', 'V1', 'II'] });
    expect([...data]).toEqual([100, -200, 300, 1, 2, 3]);
  });

  it.each(['FP32', 'FP64', 'INT16', 'INT32'] as const)(
    'reads %s at every alignment, and writes nothing',
    (dataType) => {
      const whole = rows.map((row) => row.map(Math.trunc));
      for (let offset = 0; offset < 9; offset++) {
        const input = signal(dataType, whole, offset);
        const before = input.data.slice();
        const steps = [...spec.steps, { op: 'clip', minimum: -1, maximum: 1 }] as unknown as SignalInputSpec['steps'];
        expect([...signalToPrepared(spec, input).data]).toEqual([100, -200, 300, 1, 2, 3]);
        expect([...signalToPrepared({ ...spec, steps }, input).data]).toEqual([1, -1, 1, 1, 1, 1]);
        expect(input.data).toEqual(before);
      }
    },
  );

  it('rounds FP64 and INT32 samples once to FP32', () => {
    const { data } = signalToPrepared(spec, signal('FP64', [[0.1], [0], [1 / 3]]));
    expect([...data]).toEqual([Math.fround(1 / 3), Math.fround(0.1)]);
    const wide = { ...spec, channels: spec.channels.map((c) => ({ ...c, validRange: [-3e9, 3e9] as const })) };
    expect(signalToPrepared(wide, signal('INT32', [[0], [0], [2 ** 24 + 1]])).data[0]).toBe(2 ** 24);
  });

  it('refuses a signal without a channel that it selects', () => {
    const input = { ...signal('FP32', [[1], [0]]), channels: ['II', 'V1'] };
    const error = failure(() => signalToPrepared(spec, input));
    expect(error.code).toBe('DH_SIGNAL_CHANNEL_MISSING');
    expect(error.details.channel).toBe('V2');
  });

  it('refuses bytes that are not channels times samples', () => {
    const input = signal('FP32', rows);
    for (const data of [input.data.subarray(1), new Uint8Array(37), new Uint8Array(0)]) {
      expect(failure(() => signalToPrepared(spec, { ...input, data })).code).toBe('DH_TENSOR_SIZE_MISMATCH');
    }
  });
});

describe('the samples of a signal', () => {
  it('must be finite', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const error = failure(() =>
        signalToPrepared(
          spec,
          signal('FP32', [
            [1, 2, value],
            [0, 0, 0],
            [0, 0, 0],
          ]),
        ),
      );
      expect(error.code).toBe('DH_VALUE_NOT_FINITE');
      expect(error.details).toEqual({ input: 'ecg', channel: 'II', index: '2' });
    }
  });

  it('must lie in the valid range of their own channel, bounds included', () => {
    expect(() => signalToPrepared(spec, signal('INT16', [[10], [0], [-32768]]))).not.toThrow();
    const error = failure(() => signalToPrepared(spec, signal('INT16', [[11], [0], [0]])));
    expect(error.code).toBe('DH_VALUE_OUT_OF_RANGE');
    expect(error.details.channel).toBe('II');
    expect(error.message).toContain('-10 to 10 mV');
    expect(error.message).not.toContain('11');
  });

  it('are looked at in a declared channel that no step selects', () => {
    const error = failure(() => signalToPrepared(spec, signal('FP64', [[0], [0.2], [0]])));
    expect(error).toMatchObject({ code: 'DH_VALUE_OUT_OF_RANGE', details: { channel: 'V1' } });
  });

  it('are inside at the FP32 number nearest to a bound, and outside at the next one', () => {
    // The FP32 number nearest to 0.1 is a little more than 0.1.
    expect(() => signalToPrepared(spec, signal('FP32', [[0], [0.1], [0]]))).not.toThrow();
    const next = Math.fround(0.1) + 2 ** -27;
    expect(failure(() => signalToPrepared(spec, signal('FP32', [[0], [next], [0]]))).code).toBe(
      'DH_VALUE_OUT_OF_RANGE',
    );
    expect(failure(() => signalToPrepared(spec, signal('FP64', [[0], [Math.fround(0.1)], [0]]))).code).toBe(
      'DH_VALUE_OUT_OF_RANGE',
    );
  });
});

describe('the steps behind select_channels', () => {
  const through = (...steps: unknown[]) => [
    ...signalToPrepared(
      { ...spec, steps: [...spec.steps, ...steps] } as unknown as SignalInputSpec,
      signal('FP32', [
        [1, 2, 6],
        [0, 0, 0],
        [-7, 0, 7],
      ]),
    ).data,
  ];

  it('remove the mean per channel', () => {
    expect(through({ op: 'remove_mean' })).toEqual([-7, 0, 7, -2, -1, 3]);
  });

  it('scale each channel by its own deviation', () => {
    const r = Math.sqrt(1.5);
    const s = Math.sqrt(14 / 3);
    expect(through({ op: 'z_score', epsilon: 1e-6 })).toEqual(
      [-r, 0, r, -2 / s, -1 / s, 3 / s].map((x) => expect.closeTo(x, 6)),
    );
  });

  it('run in the order of the manifest', () => {
    expect(through({ op: 'clip', minimum: 0, maximum: 3 }, { op: 'remove_mean' })).toEqual([-1, -1, 2, -1, 0, 1]);
    expect(through({ op: 'remove_mean' }, { op: 'clip', minimum: 0, maximum: 3 })).toEqual([0, 0, 3, 0, 0, 3]);
  });
});
