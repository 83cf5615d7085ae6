import type { runtimeV1 } from '@deephealth/proto';
import { fromContractDataType, type RawTensor } from '@deephealth/sdk';

/** A tensor as it was received. Throws RangeError if it says no type. */
export function rawTensor({ dataType, shape, data }: runtimeV1.Tensor__Output): RawTensor {
  const type = fromContractDataType(dataType);
  if (type === undefined) throw new RangeError('the tensor has no type');
  return { dataType: type, shape: shape.map(Number), data };
}
