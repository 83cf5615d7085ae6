import { describe, expect, it } from 'vitest';
import {
  DATA_TYPE_NAMES,
  ELEMENT_SIZE_BYTES,
  fromContractDataType,
  isDataTypeName,
  isFloatingPoint,
  toContractDataType,
} from './data-type.js';

describe('data types', () => {
  it.each(DATA_TYPE_NAMES)('%s keeps its name on the way to the contract and back', (name) => {
    expect(toContractDataType(name)).toBe(`DATA_TYPE_${name}`);
    expect(fromContractDataType(toContractDataType(name))).toBe(name);
  });

  it.each(['DATA_TYPE_UNSPECIFIED', 'DATA_TYPE_', 'DATA_TYPE_fp32', 'FP32', '', 11, 77, undefined])(
    'does not take %s for a type',
    (value) => {
      expect(fromContractDataType(value)).toBeUndefined();
    },
  );

  it('knows no name that objects have by themselves', () => {
    expect(isDataTypeName('constructor')).toBe(false);
    expect(isDataTypeName('FP32')).toBe(true);
  });

  it('gives a size to all types but BYTES, and the floats as floats', () => {
    expect(DATA_TYPE_NAMES.filter((name) => ELEMENT_SIZE_BYTES[name] === undefined)).toEqual(['BYTES']);
    expect(DATA_TYPE_NAMES.filter(isFloatingPoint)).toEqual(['FP16', 'FP32', 'FP64', 'BF16']);
  });
});
