import { type ChannelSpec, DeepHealthError, ELEMENT_SIZE_BYTES } from '@deephealth/sdk';
import type { SignalInput } from '../host/model-input.js';

/** Reads sample `index` of the whole [channels, samples] block. */
export type SampleReader = (index: number) => number;

/**
 * Reader of the samples at whatever alignment the bytes have; nothing is copied.
 * Throws DH_TENSOR_SIZE_MISMATCH if the bytes are not channels times samples.
 */
export function sampleReader(inputName: string, input: SignalInput): SampleReader {
  const { data, dataType } = input;
  const size = ELEMENT_SIZE_BYTES[dataType] as number;
  const expected = input.channels.length * input.samples * size;
  if (data.byteLength !== expected) {
    throw new DeepHealthError(
      'DH_TENSOR_SIZE_MISMATCH',
      `Input "${inputName}": ${input.channels.length} channels of ${input.samples} ${dataType} samples need ${expected} bytes, got ${data.byteLength}.`,
      { details: { input: inputName, expected: String(expected), received: String(data.byteLength) } },
    );
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  switch (dataType) {
    case 'FP32':
      return (index) => view.getFloat32(index * 4, true);
    case 'FP64':
      return (index) => view.getFloat64(index * 8, true);
    case 'INT16':
      return (index) => view.getInt16(index * 2, true);
    case 'INT32':
      return (index) => view.getInt32(index * 4, true);
  }
}

/**
 * Throws DH_VALUE_NOT_FINITE, DH_VALUE_OUT_OF_RANGE or DH_SIGNAL_FLAT, naming the channel, unless
 * every sample of the row is finite and inside the channel's valid range, and the row varies at
 * least as much as the channel's `minimumStd`.
 *
 * The bounds are decimals: for FP32 samples they are rounded to FP32 first, so that the FP32 number
 * nearest to a bound is inside although it may lie a hair beyond the decimal.
 */
export function checkSamples(
  inputName: string,
  channel: ChannelSpec,
  row: number,
  input: SignalInput,
  read: SampleReader,
): void {
  const [lowest, highest] = input.dataType === 'FP32' ? channel.validRange.map(Math.fround) : channel.validRange;
  const start = row * input.samples;
  for (let i = 0; i < input.samples; i++) {
    const sample = read(start + i);
    if (sample >= (lowest as number) && sample <= (highest as number)) continue;
    const details = { input: inputName, channel: channel.name, index: String(i) };
    if (!Number.isFinite(sample)) {
      throw new DeepHealthError(
        'DH_VALUE_NOT_FINITE',
        `Input "${inputName}": sample ${i} of channel "${channel.name}" is NaN or infinite.`,
        { details },
      );
    }
    const expected = `${channel.validRange[0]} to ${channel.validRange[1]} ${channel.unit}`;
    throw new DeepHealthError(
      'DH_VALUE_OUT_OF_RANGE',
      `Input "${inputName}": sample ${i} of channel "${channel.name}" lies outside the valid range ${expected}; check its unit.`,
      { details: { ...details, expected } },
    );
  }
  checkVariation(inputName, channel, start, input.samples, read);
}

/** A network normalises a flat line and then finds something in its rounding noise. */
function checkVariation(
  inputName: string,
  channel: ChannelSpec,
  start: number,
  samples: number,
  read: SampleReader,
): void {
  const { minimumStd } = channel;
  if (minimumStd === undefined) return;
  let mean = 0;
  for (let i = 0; i < samples; i++) mean += read(start + i) / samples;
  let squares = 0;
  for (let i = 0; i < samples; i++) squares += (read(start + i) - mean) ** 2;
  if (Math.sqrt(squares / samples) >= minimumStd) return;
  const expected = `a standard deviation of at least ${minimumStd} ${channel.unit}`;
  throw new DeepHealthError(
    'DH_SIGNAL_FLAT',
    `Input "${inputName}": channel "${channel.name}" is flat; expected ${expected}.`,
    {
      details: { input: inputName, channel: channel.name, expected },
    },
  );
}
