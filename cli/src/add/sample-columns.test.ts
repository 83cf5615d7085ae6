import { describe, expect, it } from 'vitest';
import { toSampleColumn } from './sample-columns.js';
import { toTableSamples } from './table-samples.js';

const column = (cells: readonly string[], unit?: string) =>
  toSampleColumn({ name: 'x', ...(unit !== undefined && { unit }) }, cells);

describe('a column of the samples', () => {
  it('is of numbers, with the range of those that are there', () => {
    expect(column(['3', '', '-1.5', '2e1'])).toMatchObject({
      type: 'number',
      range: [-1.5, 20],
      values: [3, null, -1.5, 20],
    });
  });

  it('is a boolean if only 0 and 1 occur, unless a unit says that it is measured', () => {
    expect(column(['0', '1', '1'])).toMatchObject({ type: 'boolean', values: [false, true, true] });
    expect(column(['0', '1', '1'], '1')).toMatchObject({ type: 'number', range: [0, 1] });
    expect(column(['1', '1', '1']).type).toBe('number');
    expect(column(['yes', 'No', 'YES'])).toMatchObject({ type: 'boolean', values: [true, false, true] });
  });

  it('is of categories, sorted by code points, if texts are repeated', () => {
    expect(column(['b', 'a', 'B', 'b', 'a', 'B'])).toMatchObject({ type: 'category', categories: ['B', 'a', 'b'] });
  });

  it.each([
    [['1', '2', 'high'], 'Row 3, column "x": expected a number, as in 2 other rows'],
    [['1', 'NaN', '3'], 'Row 2, column "x": NaN and infinity are no values'],
    [['1', '2', '-inf'], 'Row 3, column "x": NaN and infinity are no values'],
    [['1', '2', '1e999'], 'Row 3, column "x": the number is too large to be one'],
    [['', '', ''], 'Column "x" of the samples is empty'],
    [['ann', 'bob', 'carl'], 'holds 3 different texts in 3 rows, which are no categories'],
    [['0x10', '2', '3'], 'Row 1, column "x": expected a number'],
  ])('%j is refused with the row and the column, and without the value', (cells, message) => {
    expect(() => column(cells)).toThrow(message);
    expect(() => column(cells)).toThrow(expect.objectContaining({ code: 'DH_ADD_SAMPLES_INVALID' }));
    for (const cell of cells.filter((one) => /^[a-z]{4,}$/.test(one) && one !== 'high')) {
      expect(() => column(cells)).not.toThrow(cell);
    }
  });
});

describe('a table of samples', () => {
  it.each([
    ['', 'is empty'],
    [' \n ', 'is empty'],
    ['a,b\n', 'has a header line and no row'],
    ['a,a\n1,2\n', 'Two columns of the samples have the name "a"'],
    ['a,b\n1,2\n3\n', 'as many cells as the header'],
    ['a,b\n"1,2\n', 'is no CSV'],
  ])('%j is refused', (text, message) => {
    expect(() => toTableSamples(text)).toThrow(message);
  });
});
