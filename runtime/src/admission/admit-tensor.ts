import type { runtimeV1 } from '@deephealth/proto';
import {
  checkBooleans,
  checkByteLength,
  type DataTypeName,
  DEFAULT_MAX_EXTENT,
  DeepHealthError,
  decodeBytesElements,
  elementCount,
  fromContractDataType,
  parseShape,
  type RawTensor,
  type TensorSpec,
} from '@deephealth/sdk';

/** Checks a tensor of the contract against its declaration; the bytes stay where they are. */
export function admitContractTensor(
  field: string,
  tensor: runtimeV1.Tensor__Output,
  spec: TensorSpec,
  maxElements: number,
): RawTensor {
  return admitTensor(field, fromContractDataType(tensor.dataType), tensor.shape, tensor.data, spec, maxElements);
}

/**
 * Checks type, rank, extents and byte count of a tensor, in this order, before anything is
 * allocated for it. Whether floats are finite is checked in the model host, which may take its time.
 */
export function admitTensor(
  field: string,
  dataType: DataTypeName | undefined,
  extents: readonly (string | number)[],
  data: Uint8Array,
  spec: TensorSpec,
  maxElements: number,
): RawTensor {
  if (dataType !== spec.dataType) {
    const received = dataType ?? 'an unspecified type';
    throw new DeepHealthError(
      'DH_TENSOR_DATATYPE_MISMATCH',
      `Input "${field}" must be ${spec.dataType}, got ${received}.`,
      {
        details: { input: field, expected: spec.dataType, received },
      },
    );
  }
  const shape = parseShape(field, extents, maxElements);
  checkShape(field, shape, spec);
  checkByteLength(field, spec.dataType, shape, data.byteLength);
  if (spec.dataType === 'BYTES') decodeBytesElements(field, data, elementCount(shape));
  if (spec.dataType === 'BOOL') checkBooleans(field, data);
  return { dataType: spec.dataType, shape, data };
}

function checkShape(field: string, shape: readonly number[], spec: TensorSpec): void {
  const expected = `[${spec.shape.join(', ')}]`;
  const received = `[${shape.join(', ')}]`;
  const refuse = (why: string): never => {
    throw new DeepHealthError(
      'DH_TENSOR_SHAPE_MISMATCH',
      `Input "${field}" must have the shape ${expected} (-1 may vary), got ${received}: ${why}.`,
      {
        details: { input: field, expected, received },
      },
    );
  };
  if (shape.length !== spec.shape.length) refuse(`rank ${shape.length} instead of ${spec.shape.length}`);
  const maxExtent = spec.maxExtent ?? DEFAULT_MAX_EXTENT;
  spec.shape.forEach((declared, axis) => {
    const extent = shape[axis] as number;
    if (declared !== -1 && extent !== declared) refuse(`extent ${axis} differs`);
    if (declared === -1 && extent > maxExtent) refuse(`extent ${axis} is above ${maxExtent}`);
    if (declared === -1 && extent === 0) refuse(`extent ${axis} is zero`);
  });
}
