import type { ReferenceAttributes } from './reference-operators.js';
import { NotComputed, type ReferenceTensor, tensorOf } from './reference-tensor.js';

/** How windows lie on the two last axes. */
interface Windows {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top and left. */
  readonly before: readonly [number, number];
  readonly extents: readonly [number, number];
}

function windowsOf(
  [height, width]: readonly [number, number],
  kernel: readonly [number, number],
  { numbers, number, text }: ReferenceAttributes,
): Windows {
  if (number('ceil_mode', 0) !== 0) throw new NotComputed('windows that are rounded up');
  const pair = (name: string) => (numbers(name) ?? [1, 1]) as readonly [number, number];
  const [strides, dilations] = [pair('strides'), pair('dilations')];
  const automatic = text('auto_pad', 'NOTSET');
  if (automatic !== 'NOTSET' && automatic !== 'VALID') throw new NotComputed('padding that is found by itself');
  const pads = automatic === 'VALID' ? [0, 0, 0, 0] : (numbers('pads') ?? [0, 0, 0, 0]);
  const extent = (size: number, axis: 0 | 1) =>
    Math.floor(
      (size + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0) - dilations[axis] * (kernel[axis] - 1) - 1) / strides[axis],
    ) + 1;
  return {
    ...{ kernel, strides, dilations, before: [pads[0] ?? 0, pads[1] ?? 0] },
    extents: [extent(height, 0), extent(width, 1)],
  };
}

function planeOf({ shape }: ReferenceTensor): readonly [number, number] {
  const [, , height, width] = shape;
  if (shape.length !== 4) throw new NotComputed('windows over other than two axes');
  return [height as number, width as number];
}

export function convolve(inputs: readonly ReferenceTensor[], attributes: ReferenceAttributes): ReferenceTensor {
  const [x, weights, bias] = inputs as [ReferenceTensor, ReferenceTensor, ReferenceTensor | undefined];
  const [height, width] = planeOf(x);
  const [filters = 0, inGroup = 0, ...kernel] = weights.shape;
  const groups = attributes.number('group', 1);
  const windows = windowsOf([height, width], kernel as unknown as [number, number], attributes);
  const [rows, columns] = windows.extents;
  const channels = x.shape[1] as number;
  const perGroup = filters / groups;
  return tensorOf([x.shape[0] as number, filters, rows, columns], (index) => {
    const column = index % columns;
    const row = Math.floor(index / columns) % rows;
    const filter = Math.floor(index / (columns * rows)) % filters;
    const item = Math.floor(index / (columns * rows * filters));
    const first = Math.floor(filter / perGroup) * inGroup;
    let sum = bias?.values[filter] ?? 0;
    visit(windows, row, column, [height, width], (y, left, k) => {
      for (let c = 0; c < inGroup; c++) {
        const value = x.values[((item * channels + first + c) * height + y) * width + left] as number;
        sum += value * (weights.values[(filter * inGroup + c) * windows.kernel[0] * windows.kernel[1] + k] as number);
      }
    });
    return sum;
  });
}

export function pool(x: ReferenceTensor, attributes: ReferenceAttributes, of: 'max' | 'mean'): ReferenceTensor {
  const [height, width] = planeOf(x);
  const kernel = attributes.numbers('kernel_shape') as readonly [number, number];
  const windows = windowsOf([height, width], kernel, attributes);
  const [rows, columns] = windows.extents;
  const isPadCounted = attributes.number('count_include_pad', 0) !== 0;
  return tensorOf([...x.shape.slice(0, 2), rows, columns], (index) => {
    const plane = Math.floor(index / (columns * rows)) * height * width;
    const seen: number[] = [];
    visit(windows, Math.floor(index / columns) % rows, index % columns, [height, width], (y, left) => {
      seen.push(x.values[plane + y * width + left] as number);
    });
    if (of === 'max') return Math.max(...seen);
    return seen.reduce((sum, value) => sum + value, 0) / (isPadCounted ? kernel[0] * kernel[1] : seen.length);
  });
}

/** Places of a window that lie on the plane, with their place in the kernel. */
function visit(
  { kernel, strides, dilations, before }: Windows,
  row: number,
  column: number,
  [height, width]: readonly [number, number],
  see: (y: number, x: number, kernelPlace: number) => void,
): void {
  for (let i = 0; i < kernel[0]; i++) {
    const y = row * strides[0] + i * dilations[0] - before[0];
    if (y < 0 || y >= height) continue;
    for (let j = 0; j < kernel[1]; j++) {
      const x = column * strides[1] + j * dilations[1] - before[1];
      if (x >= 0 && x < width) see(y, x, i * kernel[1] + j);
    }
  }
}
