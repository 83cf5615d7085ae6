import type { runtimeV1 } from '@deephealth/proto';
import {
  checkByteLength,
  DeepHealthError,
  type ErrorCode,
  fromContractDataType,
  parseShape,
  type SignalInputSpec,
  tensorValues,
} from '@deephealth/sdk';

const SAMPLE_TYPES = ['FP32', 'FP64', 'INT16', 'INT32'] as const;

/** Checks rate, channels, units, length and samples (DH-R-009, DH-R-010). Throws DeepHealthError for what is wrong. */
export function admitSignal(spec: SignalInputSpec, signal: runtimeV1.Signal__Output, maxElements: number): void {
  const refuse = (code: ErrorCode, details: Record<string, string> = {}) =>
    new DeepHealthError(code, 'The signal is not one that the model takes.', {
      details: { input: spec.name, ...details },
    });
  if (signal.samplingRateHz !== spec.samplingRateHz) throw refuse('DH_SIGNAL_RATE_MISMATCH');
  for (const { name, aliases = [], unit } of spec.channels) {
    const sent = signal.channels.filter((channel) => channel.name === name || aliases.includes(channel.name));
    const [first, second] = sent;
    if (first === undefined) throw refuse('DH_SIGNAL_CHANNEL_MISSING', { channel: name });
    if (first.unit !== unit) throw refuse('DH_SIGNAL_UNIT_MISMATCH', { channel: name });
    if (second !== undefined) throw refuse('DH_SIGNAL_CHANNEL_DUPLICATE', { channel: name });
  }
  const dataType = SAMPLE_TYPES.find((type) => type === fromContractDataType(signal.samples?.dataType));
  if (dataType === undefined || signal.samples === null) throw refuse('DH_TENSOR_DATATYPE_MISMATCH');
  const shape = parseShape(spec.name, signal.samples.shape, maxElements);
  if (shape.length !== 2 || shape[0] !== signal.channels.length) throw refuse('DH_TENSOR_SHAPE_MISMATCH');
  checkByteLength(spec.name, dataType, shape, signal.samples.data.byteLength);
  const count = shape[1] as number;
  if (count < spec.samples.minimum || count > spec.samples.maximum) throw refuse('DH_SIGNAL_LENGTH_MISMATCH');
  const samples = tensorValues({ dataType, shape, data: signal.samples.data }).map(Number);
  for (const [row, { name }] of signal.channels.entries()) {
    const channel = spec.channels.find((declared) => declared.name === name || declared.aliases?.includes(name));
    if (channel === undefined) continue;
    const [lowest, highest] = channel.validRange;
    for (const sample of samples.slice(row * count, (row + 1) * count)) {
      if (!Number.isFinite(sample)) throw refuse('DH_VALUE_NOT_FINITE', { channel: channel.name });
      if (sample < lowest || sample > highest) throw refuse('DH_VALUE_OUT_OF_RANGE', { channel: channel.name });
    }
  }
}
