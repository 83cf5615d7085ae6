import { buildOnnxModel, type NodeDeclaration } from './onnx-model-builder.js';

/**
 * A file of less than 300 bytes whose first run wants 8 GB: two thousand million FP32 zeros,
 * summed and added to x [batch, 4]. It loads at once, because ONNX Runtime computes at load time
 * only constants of up to 1 GiB; {@link loadMemoryBombModel} keeps below that.
 */
export function memoryBombModel(): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [
      { op: 'ConstantOfShape', inputs: ['size'], outputs: ['zeros'] },
      { op: 'ReduceSum', inputs: ['zeros'], outputs: ['zero'], attributes: { keepdims: { int: 0 } } },
      { op: 'Add', inputs: ['x', 'zero'], outputs: ['y'] },
    ],
    initializers: [{ name: 'size', dataType: 'INT64', shape: [1], values: [2_000_000_000] }],
  });
}

/** Constants of {@link loadMemoryBombModel}; each takes 1 GB. */
const LOAD_BOMB_CONSTANTS = 8;

/**
 * A file of about 1 kB that wants 8 GB when it is loaded: eight constants of 1 GB each, which are
 * kept because a run picks one element out of each. INT64 `index` [1] to FP32 `sum` [1].
 */
export function loadMemoryBombModel(): Uint8Array {
  const numbers = Array.from({ length: LOAD_BOMB_CONSTANTS }, (_, index) => index);
  return buildOnnxModel({
    inputs: [{ name: 'index', dataType: 'INT64', shape: [1] }],
    outputs: [{ name: 'sum', dataType: 'FP32', shape: [1] }],
    nodes: [
      ...numbers.flatMap((number): NodeDeclaration[] => [
        {
          op: 'ConstantOfShape',
          inputs: ['size'],
          outputs: [`constant${number}`],
          // Equal constants are stored only once.
          attributes: { value: { tensor: { name: '', dataType: 'FP32', shape: [1], values: [number] } } },
        },
        { op: 'Gather', inputs: [`constant${number}`, 'index'], outputs: [`element${number}`] },
      ]),
      { op: 'Sum', inputs: numbers.map((number) => `element${number}`), outputs: ['sum'] },
    ],
    initializers: [{ name: 'size', dataType: 'INT64', shape: [1], values: [250_000_000] }],
  });
}

/**
 * INT64 `size` [1] to FP32 `sum` []: sums `size` zeros, so that the input decides how much
 * memory one run takes (4 bytes for each). It passes golden cases with a small size.
 */
export function memoryHungryModel(): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'size', dataType: 'INT64', shape: [1] }],
    outputs: [{ name: 'sum', dataType: 'FP32', shape: [] }],
    nodes: [
      { op: 'ConstantOfShape', inputs: ['size'], outputs: ['zeros'] },
      { op: 'ReduceSum', inputs: ['zeros'], outputs: ['sum'], attributes: { keepdims: { int: 0 } } },
    ],
  });
}

/**
 * INT32 `x` [4] to `y = -2147483648 mod x`. An x of -1 ends the process of ONNX Runtime on x86-64
 * with SIGFPE, because the quotient does not fit; no exception reaches the caller. An x of 0 is an
 * orderly error of the run, and any other x gives a result.
 */
export function crashModel(): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'INT32', shape: [4] }],
    outputs: [{ name: 'y', dataType: 'INT32', shape: [4] }],
    nodes: [{ op: 'Mod', inputs: ['lowest', 'x'], outputs: ['y'], name: 'remainder' }],
    initializers: [{ name: 'lowest', dataType: 'INT32', shape: [1], values: [-(2 ** 31)] }],
  });
}

/** What {@link crashModel} gives for an element that it survives: the remainder has the divisor's sign. */
export function crashReference(x: number): number {
  const remainder = -(2 ** 31) % x;
  return remainder !== 0 && remainder < 0 !== x < 0 ? remainder + x : remainder + 0;
}

/**
 * FP32 `quotient = dividend / divisor`, all [batch, 4]. A divisor of 0 gives an infinity, 0 by 0
 * gives NaN; other inputs give finite values, so that golden cases pass.
 */
export function nanModel(): Uint8Array {
  return buildOnnxModel({
    inputs: [
      { name: 'dividend', dataType: 'FP32', shape: ['batch', 4] },
      { name: 'divisor', dataType: 'FP32', shape: ['batch', 4] },
    ],
    outputs: [{ name: 'quotient', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [{ op: 'Div', inputs: ['dividend', 'divisor'], outputs: ['quotient'], name: 'divide' }],
  });
}

/**
 * FP32 x [batch, 4] to y: quantised with one scale for the whole batch and back, so that the
 * result of one row depends on the rows beside it.
 */
export function dynamicQuantizeModel(): Uint8Array {
  return buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [
      { op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 'scale', 'zero_point'], name: 'quantize' },
      { op: 'DequantizeLinear', inputs: ['q', 'scale', 'zero_point'], outputs: ['y'], name: 'dequantize' },
    ],
  });
}

/** FP32 scores [batch, 3] to `output_probability`, a sequence of maps as scikit-learn exports them by default. */
export function zipMapModel(): Uint8Array {
  return buildOnnxModel({
    opsets: { 'ai.onnx.ml': 1 },
    inputs: [{ name: 'scores', dataType: 'FP32', shape: ['batch', 3] }],
    outputs: [
      {
        name: 'output_probability',
        type: {
          sequenceType: { elemType: { mapType: { keyType: 8, valueType: { tensorType: { elemType: 1 } } } } },
        },
      },
    ],
    nodes: [
      {
        op: 'ZipMap',
        domain: 'ai.onnx.ml',
        name: 'zip',
        inputs: ['scores'],
        outputs: ['output_probability'],
        attributes: { classlabels_strings: { strings: ['mild', 'moderate', 'severe'] } },
      },
    ],
  });
}
