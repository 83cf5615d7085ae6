import { type DataTypeName, isFloatingPoint, type RawTensor, tensorFromValues, tensorValues } from '@deephealth/sdk';

export type Element = number | bigint | boolean | Uint8Array;

/**
 * A tensor of the oracle: floats in float64, with the scale that an error of each is measured by, which
 * is the size of the terms that made it (0 where a value was only moved, so that it must be exact).
 */
export interface Value {
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  readonly elements: readonly Element[];
  /** One for each element of a float tensor. */
  readonly scales: readonly number[];
}

export function fromRaw(tensor: RawTensor): Value {
  const elements = tensorValues(tensor);
  return { dataType: tensor.dataType, shape: tensor.shape, elements, scales: elements.map(() => 0) };
}

/** The nearest tensor of the type; for integers and texts the very same. */
export function toRaw({ dataType, shape, elements }: Value): RawTensor {
  return tensorFromValues(dataType, shape, elements);
}

/** The numbers of a float tensor. */
export function numbersOf({ dataType, elements }: Value): number[] {
  if (!isFloatingPoint(dataType)) throw new RangeError(`${dataType} holds no floats`);
  return elements as number[];
}

/** Distance of the elements of each axis in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
