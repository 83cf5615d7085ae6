import { describe, expect, it } from 'vitest';
import { DATA_TYPE_NAMES, ELEMENT_SIZE_BYTES } from './data-type.js';
import { checkByteLength, elementCount, parseShape } from './shape.js';

const failure = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining({ input: 'scan', ...details }) });

describe('parseShape', () => {
  it('gives numbers for the decimal strings of the wire', () => {
    expect(parseShape('scan', ['1', 3, '224'])).toEqual([1, 3, 224]);
  });

  it('takes no extents for a scalar, which has one element', () => {
    expect(parseShape('scan', [])).toEqual([]);
    expect(elementCount([])).toBe(1);
  });

  it('takes a zero extent', () => {
    expect(elementCount(parseShape('scan', ['2', '0', '5']))).toBe(0);
  });

  it.each([[['-1']], [['2', '-3']], [[-5, 0]], [['-9223372036854775808', '2']]])(
    'refuses the negative extent in %j (DH-R-002)',
    (extents) => {
      expect(() => parseShape('scan', extents)).toThrowError(failure('DH_TENSOR_SHAPE_MISMATCH'));
    },
  );

  it('names the axis of a negative extent', () => {
    expect(() => parseShape('scan', ['4', '7', '-3'])).toThrowError(
      failure('DH_TENSOR_SHAPE_MISMATCH', { axis: '2', received: '-3' }),
    );
  });

  it.each([
    ['a product above 2^53', ['2147483648', '2147483648']],
    ['a product that is 0 in 64 bits', ['4294967296', '4294967296']],
    ['an extent above 2^53', ['9007199254740993']],
    ['the largest extent of the wire', ['9223372036854775807']],
    ['a zero beside huge neighbours', ['0', '2147483648', '2147483648']],
    ['huge neighbours before a zero', ['9223372036854775807', '0']],
  ])('refuses %s (DH-R-003)', (_, extents) => {
    expect(() => parseShape('scan', extents)).toThrowError(failure('DH_TENSOR_SHAPE_OVERFLOW'));
  });

  it('accepts exactly the limit and not one element more', () => {
    expect(parseShape('scan', ['10', '10'], 100)).toEqual([10, 10]);
    expect(() => parseShape('scan', ['101', '1'], 100)).toThrowError(failure('DH_TENSOR_SHAPE_OVERFLOW'));
  });

  it.each([['2'], ['1'], ['0']])('refuses a million extents of %s at once, with a short message', (extent) => {
    // A product of a million twos would stall the server, and the answer has to fit into a trailer.
    let thrown: unknown;
    try {
      parseShape('scan', Array<string>(1_000_000).fill(extent));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toEqual(failure('DH_TENSOR_SHAPE_MISMATCH'));
    expect(JSON.stringify([(thrown as Error).message, (thrown as { details: object }).details]).length).toBeLessThan(
      500,
    );
  });

  it.each([['1.5'], ['three'], [''], ['0x10'], [1.5], [Number.NaN]])(
    'refuses %j, which is no whole number',
    (extent) => {
      expect(() => parseShape('scan', [extent])).toThrowError(failure('DH_TENSOR_SHAPE_MISMATCH', { axis: '0' }));
    },
  );
});

describe('checkByteLength', () => {
  it.each(DATA_TYPE_NAMES.filter((name) => name !== 'BYTES'))(
    'takes exactly the bytes of %s, not one more or less (DH-R-004)',
    (dataType) => {
      const exact = 6 * (ELEMENT_SIZE_BYTES[dataType] as number);
      expect(() => checkByteLength('scan', dataType, [2, 3], exact)).not.toThrow();
      for (const wrong of [exact - 1, exact + 1, 0]) {
        expect(() => checkByteLength('scan', dataType, [2, 3], wrong)).toThrowError(
          failure('DH_TENSOR_SIZE_MISMATCH', { expected: String(exact), received: String(wrong) }),
        );
      }
    },
  );

  it('wants one element for a scalar and none for a zero extent', () => {
    expect(() => checkByteLength('scan', 'FP64', [], 8)).not.toThrow();
    expect(() => checkByteLength('scan', 'FP64', [4, 0], 0)).not.toThrow();
    expect(() => checkByteLength('scan', 'FP64', [], 0)).toThrowError(failure('DH_TENSOR_SIZE_MISMATCH'));
  });
});
