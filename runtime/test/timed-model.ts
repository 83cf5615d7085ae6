import { buildOnnxModel, type TestPackageOptions } from '@deephealth/sdk/testing';

const EXTENT = 512;
/** Trips that take about 100 ms on one core of a server of 2024. */
const TRIPS_PER_UNIT = 8000;

/**
 * `y = x + offset` for FP32 x [batch, 4], exactly; the last value of the first row says how long it
 * takes: 1 is about 100 ms on one core. A package of it is verified in a moment, and a request of it
 * runs for as long as a test needs.
 */
export function timedModel(offset = 0): Uint8Array {
  const loop = {
    name: 'body',
    inputs: [
      { name: 'trip', dataType: 'INT64' as const, shape: [] },
      { name: 'go', dataType: 'BOOL' as const, shape: [] },
      { name: 'state', dataType: 'FP32' as const, shape: ['batch', EXTENT] },
    ],
    outputs: [
      { name: 'go_on', dataType: 'BOOL' as const, shape: [] },
      { name: 'next', dataType: 'FP32' as const, shape: ['batch', EXTENT] },
    ],
    nodes: [
      { op: 'Identity', inputs: ['go'], outputs: ['go_on'] },
      { op: 'MatMul', inputs: ['state', 'identity'], outputs: ['next'] },
    ],
  };
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [
      { op: 'ConstantOfShape', inputs: ['square'], outputs: ['zeros'] },
      { op: 'EyeLike', inputs: ['zeros'], outputs: ['identity'] },
      { op: 'Slice', inputs: ['x', 'place', 'behind', 'axes'], outputs: ['units'] },
      { op: 'Squeeze', inputs: ['units', 'axes'], outputs: ['unit'] },
      { op: 'Mul', inputs: ['unit', 'trips_per_unit'], outputs: ['wanted'] },
      { op: 'Cast', inputs: ['wanted'], outputs: ['trips'], attributes: { to: { int: 7 } } },
      { op: 'Tile', inputs: ['x', 'repeats'], outputs: ['wide'] },
      {
        op: 'Loop',
        name: 'repeat',
        inputs: ['trips', 'always', 'wide'],
        outputs: ['result'],
        attributes: { body: { graph: loop } },
      },
      { op: 'Slice', inputs: ['result', 'start', 'end', 'axis'], outputs: ['narrow'] },
      { op: 'Add', inputs: ['narrow', 'offset'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'square', dataType: 'INT64', shape: [2], values: [EXTENT, EXTENT] },
      { name: 'repeats', dataType: 'INT64', shape: [2], values: [1, EXTENT / 4] },
      { name: 'place', dataType: 'INT64', shape: [2], values: [0, 3] },
      { name: 'behind', dataType: 'INT64', shape: [2], values: [1, 4] },
      { name: 'axes', dataType: 'INT64', shape: [2], values: [0, 1] },
      { name: 'trips_per_unit', dataType: 'FP32', shape: [], values: [TRIPS_PER_UNIT] },
      { name: 'start', dataType: 'INT64', shape: [1], values: [0] },
      { name: 'end', dataType: 'INT64', shape: [1], values: [4] },
      { name: 'axis', dataType: 'INT64', shape: [1], values: [1] },
      { name: 'offset', dataType: 'FP32', shape: [], values: [offset] },
      { name: 'always', dataType: 'BOOL', shape: [], values: [true] },
    ],
  });
}

/** A package of {@link timedModel}; its golden case takes some milliseconds. */
export function timedPackageOf(
  options: { readonly version?: string; readonly offset?: number } = {},
): TestPackageOptions {
  const { version = '1', offset = 0 } = options;
  const values = [1, -2, 3, 0.03125];
  return {
    name: 'timed',
    version,
    model: timedModel(offset),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 4] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 4] }],
    },
    golden: [
      {
        id: 'short',
        inputs: { x: { dataType: 'FP32', shape: [1, 4], values } },
        expected: { y: { dataType: 'FP32', shape: [1, 4], values: values.map((value) => value + offset) } },
      },
    ],
  };
}

/** Version 1 of "timed", which gives back what it gets. */
export const timedPackage = timedPackageOf();

/** Input of one request that runs for about so many times 100 ms, with a number to know it by. */
export function timed(units: number, mark = 0): number[] {
  return [mark, 2, 3, units];
}

/** Longer than any test waits. */
export const ENDLESS = 1e6;
