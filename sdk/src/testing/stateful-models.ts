import { buildOnnxModel } from './onnx-model-builder.js';

export interface RunningSumOptions {
  /** Values of an item; default 4. */
  readonly width?: number;
  /** Part of the state that is left at the next item; default 1, which is a plain sum. */
  readonly decay?: number;
}

/**
 * A model that keeps state: `y = x + decay * state` and `state_out = y`, all FP32 [batch, width].
 * Whatever was left out, doubled or put in another order shows in every later item.
 */
export function runningSumModel(options: RunningSumOptions = {}): Uint8Array {
  const { width = 4, decay = 1 } = options;
  const declare = (name: string) => ({ name, dataType: 'FP32' as const, shape: ['batch', width] });
  return buildOnnxModel({
    inputs: [declare('x'), declare('state')],
    outputs: [declare('y'), declare('state_out')],
    nodes: [
      { op: 'Mul', inputs: ['state', 'decay'], outputs: ['left'], name: 'decay_state' },
      { op: 'Add', inputs: ['x', 'left'], outputs: ['y'], name: 'add_item' },
      { op: 'Identity', inputs: ['y'], outputs: ['state_out'], name: 'keep_state' },
    ],
    initializers: [{ name: 'decay', dataType: 'FP32', shape: [], values: [decay] }],
  });
}

/** What {@link runningSumModel} gives for the items of one sequence, bit for bit: each operation rounds to FP32. */
export function runningSumReference(
  items: readonly (readonly number[])[],
  options: RunningSumOptions = {},
): number[][] {
  const decay = Math.fround(options.decay ?? 1);
  let state: readonly number[] = [];
  return items.map((item) => {
    const sum = item.map((value, index) => Math.fround(Math.fround(value) + Math.fround(decay * (state[index] ?? 0))));
    state = sum;
    return sum;
  });
}
