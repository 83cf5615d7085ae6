import { isDataTypeName, type RawTensor, toContractTensor } from '@deephealth/sdk';
import type { NamedInput } from '../../contract-types.js';
import { malformed } from '../../errors.js';
import { objectOf } from './event.js';

/** A tensor as the platform writes it: its little-endian bytes in base64. */
export interface PlatformTensor {
  readonly dataType: string;
  readonly shape: readonly number[];
  readonly data: string;
}

/** Inputs of the contract by the id of the request that they are for. */
export type InputsByRequest = ReadonlyMap<string, readonly NamedInput[]>;

/**
 * What the platform gives as inputs. A platform of images, signals or tables makes `image`, `signal` or `table` of
 * them instead: the file as it is, with its units. Pre-processing is the package's, never the adapter's.
 *
 * @throws DH_REQUEST_MALFORMED naming the field
 */
export function toInputs(document: unknown): InputsByRequest {
  const byRequest = objectOf('inputs', objectOf('the answer', document).inputs);
  return new Map(
    Object.entries(byRequest).map(([request, tensors]) => [
      request,
      Object.entries(objectOf(`inputs.${request}`, tensors)).map(([name, tensor]) => ({
        name,
        tensor: toContractTensor(toRawTensor(name, tensor)),
      })),
    ]),
  );
}

/** Whether its bytes are as many as its shape says is for the runtime, which knows what the model takes. */
function toRawTensor(name: string, document: unknown): RawTensor {
  const { dataType, shape, data } = objectOf(name, document);
  if (typeof dataType !== 'string' || !isDataTypeName(dataType)) throw malformed(`${name}.dataType`, 'a data type');
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw malformed(`${name}.shape`, 'a list of whole numbers');
  }
  if (typeof data !== 'string') throw malformed(`${name}.data`, 'base64');
  return { dataType, shape, data: Buffer.from(data, 'base64') };
}

export function fromTensor({ dataType, shape, data }: RawTensor): PlatformTensor {
  return { dataType, shape, data: Buffer.from(data).toString('base64') };
}
