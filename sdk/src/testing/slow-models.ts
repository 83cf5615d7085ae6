import { buildOnnxModel, type GraphDeclaration, type NodeDeclaration } from './onnx-model-builder.js';

const INT64_MAX = 2n ** 63n - 1n;

/** Extent of the square identity matrix that {@link slowModel} multiplies with. */
const SLOW_EXTENT = 512;

/** Trips of {@link slowModel} that take about 100 ms on one core of a server of 2024. */
const TRIPS_PER_WORK = 8000;

/**
 * `y = x` for FP32 x [batch, 4], exactly, after much multiplying with the identity matrix: one
 * unit of `work` (default 1) takes about 100 ms on one core for one row. It consists of many
 * short steps, so that an inference engine which looks at its stop flag between steps can stop it.
 */
export function slowModel(options: { readonly work?: number } = {}): Uint8Array {
  const trips = Math.round((options.work ?? 1) * TRIPS_PER_WORK);
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [
      // The identity matrix is computed at load time, to keep the file small.
      { op: 'ConstantOfShape', inputs: ['square'], outputs: ['zeros'] },
      { op: 'EyeLike', inputs: ['zeros'], outputs: ['identity'] },
      { op: 'Tile', inputs: ['x', 'repeats'], outputs: ['wide'] },
      loop('trips', 'wide', 'result', {
        inputs: [
          { name: 'trip', dataType: 'INT64', shape: [] },
          { name: 'go', dataType: 'BOOL', shape: [] },
          { name: 'state', dataType: 'FP32', shape: ['batch', SLOW_EXTENT] },
        ],
        outputs: [
          { name: 'go_on', dataType: 'BOOL', shape: [] },
          { name: 'next', dataType: 'FP32', shape: ['batch', SLOW_EXTENT] },
        ],
        nodes: [
          { op: 'Identity', inputs: ['go'], outputs: ['go_on'] },
          { op: 'MatMul', inputs: ['state', 'identity'], outputs: ['next'] },
        ],
      }),
      { op: 'Slice', inputs: ['result', 'start', 'end', 'axis'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'square', dataType: 'INT64', shape: [2], values: [SLOW_EXTENT, SLOW_EXTENT] },
      { name: 'repeats', dataType: 'INT64', shape: [2], values: [1, SLOW_EXTENT / 4] },
      { name: 'start', dataType: 'INT64', shape: [1], values: [0] },
      { name: 'end', dataType: 'INT64', shape: [1], values: [4] },
      { name: 'axis', dataType: 'INT64', shape: [1], values: [1] },
      { name: 'trips', dataType: 'INT64', shape: [], values: [trips] },
      { name: 'always', dataType: 'BOOL', shape: [], values: [true] },
    ],
  });
}

/** FP32 x [batch, 4] to y: a Loop that never ends, whatever the input. */
export function endlessLoopModel(): Uint8Array {
  return endlessLoop([], 'always');
}

/**
 * FP32 x [batch, 4] to y: gives `y = x` at once if no value is positive, and never ends otherwise.
 * It passes its golden cases and hangs on a later request.
 */
export function endlessLoopWhenPositive(): Uint8Array {
  return endlessLoop(
    [
      { op: 'ReduceMax', inputs: ['x'], outputs: ['highest'], attributes: { keepdims: { int: 0 } } },
      { op: 'Greater', inputs: ['highest', 'zero'], outputs: ['is_positive'] },
    ],
    'is_positive',
  );
}

function endlessLoop(before: readonly NodeDeclaration[], condition: string): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [
      ...before,
      loop(
        'forever',
        'x',
        'y',
        {
          inputs: [
            { name: 'trip', dataType: 'INT64', shape: [] },
            { name: 'go', dataType: 'BOOL', shape: [] },
            { name: 'state', dataType: 'FP32', shape: ['batch', 4] },
          ],
          outputs: [
            { name: 'go_on', dataType: 'BOOL', shape: [] },
            { name: 'next', dataType: 'FP32', shape: ['batch', 4] },
          ],
          nodes: [
            { op: 'Identity', inputs: ['go'], outputs: ['go_on'] },
            { op: 'Add', inputs: ['state', 'zero'], outputs: ['next'] },
          ],
        },
        condition,
      ),
    ],
    initializers: [
      { name: 'forever', dataType: 'INT64', shape: [], values: [INT64_MAX] },
      { name: 'zero', dataType: 'FP32', shape: [], values: [0] },
      { name: 'always', dataType: 'BOOL', shape: [], values: [true] },
    ],
  });
}

function loop(
  trips: string,
  input: string,
  output: string,
  body: GraphDeclaration,
  condition = 'always',
): NodeDeclaration {
  return {
    op: 'Loop',
    name: 'repeat',
    inputs: [trips, condition, input],
    outputs: [output],
    attributes: { body: { graph: { name: 'body', ...body } } },
  };
}

/** Extent of the square matrices that {@link slowLoadModel} multiplies. */
const LOAD_EXTENT = 1024;

/**
 * `y = x + 0` for FP32 x [batch, 4], but an inference engine that computes constants when it
 * loads multiplies large matrices there: one unit of `work` (default 1) takes about 100 ms on one core.
 */
export function slowLoadModel(options: { readonly work?: number } = {}): Uint8Array {
  const products = Math.max(1, Math.round((options.work ?? 1) * PRODUCTS_PER_WORK));
  const chain = Array.from({ length: products }, (_, index) => ({
    op: 'MatMul',
    inputs: [`product${index}`, 'product0'],
    outputs: [`product${index + 1}`],
  }));
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [
      { op: 'ConstantOfShape', inputs: ['square'], outputs: ['product0'] },
      ...chain,
      {
        op: 'ReduceMax',
        inputs: [`product${products}`],
        outputs: ['zero'],
        attributes: { keepdims: { int: 0 } },
      },
      { op: 'Add', inputs: ['x', 'zero'], outputs: ['y'] },
    ],
    initializers: [{ name: 'square', dataType: 'INT64', shape: [2], values: [LOAD_EXTENT, LOAD_EXTENT] }],
  });
}

/** Products of {@link slowLoadModel} that take about 100 ms on one core of a server of 2024. */
const PRODUCTS_PER_WORK = 4;
