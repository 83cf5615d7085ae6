import type { runtimeV1 } from '@deephealth/proto';
import { toContractDataType } from '../tensor/data-type.js';
import { type RawTensor, tensorFromValues } from '../tensor/tensor.js';
import type { GoldenImage, GoldenInput, GoldenSignal, GoldenTableValue, GoldenTensor, GoldenVolume } from './golden.js';

const MISSING = {
  unknown: 'MISSING_REASON_UNKNOWN',
  'not-performed': 'MISSING_REASON_NOT_PERFORMED',
  'not-applicable': 'MISSING_REASON_NOT_APPLICABLE',
  error: 'MISSING_REASON_ERROR',
} as const;

/** Inputs in the notation of golden cases as contract messages, for Predict. Throws RangeError if values and shape disagree. */
export function toNamedInputs(inputs: Readonly<Record<string, GoldenInput>>): runtimeV1.NamedInput[] {
  return Object.entries(inputs).map(([name, input]) => {
    if ('table' in input) return { name, table: { values: Object.entries(input.table).map(toTableValue) } };
    if ('signal' in input) return { name, signal: toSignal(input.signal) };
    if ('image' in input) return { name, image: toImage(input.image) };
    if ('volume' in input) return { name, volume: toVolume(input.volume) };
    if ('sequence' in input) {
      const { sequence } = input;
      return 'text' in sequence
        ? { name, sequence: { text: sequence.text } }
        : { name, sequence: { tokens: { ids: [...sequence.tokens] } } };
    }
    return { name, tensor: toContractTensor(goldenTensor(input.tensor)) };
  });
}

/** A tensor as a contract message; the bytes are borrowed. */
export function toContractTensor(tensor: RawTensor): runtimeV1.Tensor {
  return {
    dataType: toContractDataType(tensor.dataType),
    shape: [...tensor.shape],
    data: Buffer.from(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength),
  };
}

/** A tensor of a golden case as bytes. */
export function goldenTensor(tensor: GoldenTensor): RawTensor {
  if (tensor.base64 !== undefined) {
    return { dataType: tensor.dataType, shape: tensor.shape, data: Buffer.from(tensor.base64, 'base64') };
  }
  return tensorFromValues(tensor.dataType, tensor.shape, tensor.values ?? []);
}

function toTableValue([name, value]: [string, GoldenTableValue]): runtimeV1.TableValue {
  if ('number' in value) return { name, number: value.number, unit: value.unit ?? '' };
  if ('category' in value) return { name, category: value.category };
  if ('boolean' in value) return { name, boolean: value.boolean };
  return { name, missing: MISSING[value.missing] };
}

function toImage({ base64, mediaType, frame, grid }: GoldenImage): runtimeV1.Image {
  return {
    data: Buffer.from(base64, 'base64'),
    mediaType,
    ...(frame === undefined ? {} : { frame }),
    ...(grid === undefined
      ? {}
      : { grid: { size: [...grid.size], spacing: [...grid.spacingMm], unit: 'LENGTH_UNIT_MILLIMETRE' as const } }),
  };
}

function toSignal(signal: GoldenSignal): runtimeV1.Signal {
  const length = signal.samples[0]?.length ?? 0;
  // The sum of the lengths may fit the shape by chance, and samples would pass to the next channel.
  if (signal.samples.some((samples) => samples.length !== length)) {
    throw new RangeError('the channels of a signal differ in their number of samples');
  }
  const shape = [signal.samples.length, length];
  return {
    channels: signal.channels.map(({ name, unit }) => ({ name, unit })),
    samplingRateHz: signal.samplingRateHz,
    samples: toContractTensor(tensorFromValues('FP32', shape, signal.samples.flat())),
  };
}

function toVolume({ voxels, grid, file, unit = '' }: GoldenVolume): runtimeV1.Volume {
  if (file !== undefined) {
    return { file: { data: Buffer.from(file.base64, 'base64'), mediaType: file.mediaType }, unit };
  }
  if (voxels === undefined || grid === undefined) throw new RangeError('a volume needs voxels with a grid, or a file');
  return {
    voxels: toContractTensor(goldenTensor(voxels)),
    grid: {
      size: [...voxels.shape],
      origin: [...grid.origin],
      spacing: [...grid.spacingMm],
      direction: [...(grid.direction ?? [])],
      unit: 'LENGTH_UNIT_MILLIMETRE',
      convention: `COORDINATE_CONVENTION_${grid.convention}`,
    },
    unit,
  };
}
