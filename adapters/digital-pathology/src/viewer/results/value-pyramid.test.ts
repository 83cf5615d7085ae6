import { describe, expect, it } from 'vitest';
import { createValuePyramid, halved, VALUE_TILE } from './value-pyramid.js';

const floats = (bytes: Buffer | undefined) =>
  bytes === undefined ? undefined : Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));

describe('halved', () => {
  it('has the highest of what was examined, and nothing where nothing was', () => {
    const values = Float32Array.of(0.25, Number.NaN, Number.NaN, 0, 0.5, Number.NaN, Number.NaN, Number.NaN, 0.125);
    const { columns, rows, values: half } = halved({ columns: 3, rows: 3, values });
    expect([columns, rows]).toEqual([2, 2]);
    expect([...half]).toEqual([0.5, Number.NaN, Number.NaN, 0.125]);
  });

  it('tells 0 from not examined', () => {
    expect([...halved({ columns: 2, rows: 1, values: Float32Array.of(Number.NaN, 0) }).values]).toEqual([0]);
  });
});

describe('createValuePyramid', () => {
  const [columns, rows] = [VALUE_TILE * 2 + 3, 5];
  const values = Float32Array.from({ length: columns * rows }, (_, at) => at / 4096);
  const pyramid = createValuePyramid({ columns, rows }, values);

  it('cuts tiles, smaller at the border, each cell at its place', () => {
    expect(pyramid.levels).toBe(3);
    const tile = floats(pyramid.tile(0, 2, 0));
    expect(tile?.length).toBe(3 * rows);
    expect(tile?.[3 * 4 + 1]).toBe((4 * columns + 2 * VALUE_TILE + 1) / 4096);
  });

  it('keeps the highest value at every level', () => {
    const top = floats(pyramid.tile(2, 0, 0));
    expect(Math.max(...(top ?? []))).toBe(values.at(-1));
  });

  it('has no tile beyond the map', () => {
    expect(pyramid.tile(0, 3, 0)).toBeUndefined();
    expect(pyramid.tile(0, 0, 1)).toBeUndefined();
    expect(pyramid.tile(3, 0, 0)).toBeUndefined();
  });
});
