import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, fromContractDataType, toTypedArray } from '@deephealth/sdk';

export interface PredictedMask {
  readonly width: number;
  readonly height: number;
  readonly isObject: Uint8Array;
}

/**
 * The mask that a finding holds: labels that are not 0, or probabilities of a map or tensor with one plane
 * that are at or above the threshold; of a tensor with several planes, pixels whose first plane is not the
 * highest one, since the first is the background.
 *
 * @throws DeepHealthError DH_MODEL_OUTPUT_INVALID for a finding that is no mask of one image
 */
export function toPredictedMask(finding: runtimeV1.Finding__Output, threshold: number): PredictedMask {
  const tensor = finding.mask?.labels ?? finding.map?.values ?? finding.tensor;
  const shape = tensor?.shape.map(Number) ?? [];
  const dataType = fromContractDataType(tensor?.dataType);
  const [height = 0, width = 0] = shape.slice(-2);
  // Planes of a mask or map are slices of a volume, no channels.
  const isVolume = finding.tensor !== tensor && shape.length !== 2;
  const planes = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  if (
    tensor === undefined ||
    tensor === null ||
    dataType === undefined ||
    dataType === 'BYTES' ||
    shape.length < 2 ||
    isVolume ||
    height * width === 0
  ) {
    throw notMask(finding.name);
  }
  const values = toTypedArray(dataType, tensor.data as Uint8Array);
  if (values.length !== planes * height * width || dataType === 'FP16' || dataType === 'BF16')
    throw notMask(finding.name);
  const isLabel = finding.mask !== null && finding.mask !== undefined;
  const isObject = new Uint8Array(height * width);
  for (let i = 0; i < isObject.length; i++) {
    isObject[i] = Number(isLabel ? Number(values[i]) !== 0 : isObjectAt(values, i, planes, isObject.length, threshold));
  }
  return { width, height, isObject };
}

function isObjectAt(
  values: ArrayLike<number | bigint>,
  pixel: number,
  planes: number,
  planeSize: number,
  threshold: number,
): boolean {
  const background = Number(values[pixel]);
  if (planes === 1) return background >= threshold;
  for (let plane = 1; plane < planes; plane++) if (Number(values[plane * planeSize + pixel]) > background) return true;
  return false;
}

function notMask(name: string): DeepHealthError {
  return new DeepHealthError(
    'DH_MODEL_OUTPUT_INVALID',
    `The output "${name}" is no mask, map or tensor [..., height, width] of one image.`,
    { details: { output: name } },
  );
}
