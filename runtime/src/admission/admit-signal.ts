import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type ErrorCode, fromContractDataType, type SignalInputSpec } from '@deephealth/sdk';
import type { SignalInput } from '../host/model-input.js';
import { admitTensor } from './admit-tensor.js';

const SAMPLE_TYPES = ['FP32', 'FP64', 'INT16', 'INT32'] as const;

/** Checks rate, channels, units and length; the samples themselves are looked at in the host. */
export function admitSignal(spec: SignalInputSpec, signal: runtimeV1.Signal__Output, maxElements: number): SignalInput {
  const refuse = (code: ErrorCode, what: string, expected: string, extra: Record<string, string> = {}): never => {
    throw new DeepHealthError(code, `Input "${spec.name}": ${what}.`, {
      details: { input: spec.name, expected, ...extra },
    });
  };
  const rate = signal.samplingRateHz;
  const resampling = spec.steps.find((step) => step.op === 'resample_signal');
  // Headers state rates as rounded decimals, so equality is up to one part in a million.
  const { minimum, maximum } = resampling?.fromHz ?? { minimum: spec.samplingRateHz, maximum: spec.samplingRateHz };
  if (!(rate >= minimum * (1 - 1e-6) && rate <= maximum * (1 + 1e-6))) {
    const expected = minimum === maximum ? `${minimum} Hz` : `${minimum} to ${maximum} Hz`;
    refuse('DH_SIGNAL_RATE_MISMATCH', `the sampling rate must be ${expected}`, expected);
  }
  const channels = signal.channels.map((channel) => {
    const declared = spec.channels.find((c) => c.name === channel.name || c.aliases?.includes(channel.name));
    if (declared !== undefined && channel.unit !== declared.unit) {
      refuse('DH_SIGNAL_UNIT_MISMATCH', `channel "${declared.name}" must be in "${declared.unit}"`, declared.unit, {
        channel: declared.name,
      });
    }
    // A channel that the model does not use may stay; it is never selected.
    return declared?.name ?? '';
  });
  for (const { name } of spec.channels) {
    const count = channels.filter((c) => c === name).length;
    if (count === 0)
      refuse('DH_SIGNAL_CHANNEL_MISSING', `channel "${name}" is not in the signal`, name, { channel: name });
    if (count > 1)
      refuse('DH_SIGNAL_CHANNEL_DUPLICATE', `channel "${name}" is in the signal more than once`, name, {
        channel: name,
      });
  }
  const dataType = SAMPLE_TYPES.find((type) => type === fromContractDataType(signal.samples?.dataType));
  if (dataType === undefined || signal.samples === null) {
    return refuse(
      'DH_TENSOR_DATATYPE_MISMATCH',
      `samples must be one of ${SAMPLE_TYPES.join(', ')}`,
      SAMPLE_TYPES.join(', '),
    );
  }
  const { samples: limits } = spec;
  const tensorSpec = { name: spec.name, dataType, shape: [channels.length, -1], maxExtent: Number.MAX_SAFE_INTEGER };
  const { shape, data } = admitTensor(
    spec.name,
    dataType,
    signal.samples.shape,
    signal.samples.data,
    tensorSpec,
    maxElements,
  );
  const samples = shape[1] as number;
  // What resampling makes of them is counted when it is done; a sample here and there is its own to round.
  const counted = resampling === undefined ? samples : (samples * spec.samplingRateHz) / rate;
  const slack = resampling === undefined ? 0 : 1;
  if (counted < limits.minimum - slack || counted > limits.maximum + slack) {
    const expected = limits.minimum === limits.maximum ? `${limits.minimum}` : `${limits.minimum} to ${limits.maximum}`;
    refuse(
      'DH_SIGNAL_LENGTH_MISMATCH',
      `the signal must have ${expected} samples per channel, got ${samples}`,
      expected,
      { received: String(samples) },
    );
  }
  return { kind: 'signal', channels, samplingRateHz: rate, dataType, samples, data };
}
