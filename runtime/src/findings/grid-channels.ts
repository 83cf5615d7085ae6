import type { VolumeGrid } from '@deephealth/native';
import type { InputSpec } from '@deephealth/sdk';
import { outputInvalid } from './output-invalid.js';

/** Where the channels of an output stand among the axes of its grid. */
export type GridLayout = 'channels-first' | 'channels-last' | 'slices';

/** The layout that the steps of an image or volume give, which an output on its grid has too. */
export function gridLayout(input: InputSpec): GridLayout {
  if (input.kind !== 'image' && input.kind !== 'volume') throw new Error('only images and volumes have a grid');
  const last = input.steps.at(-1);
  if (last?.op === 'volume_to_slices') return 'slices';
  const isLast = (last?.op === 'volume_to_tensor' || last?.op === 'image_to_tensor') && /C$/.test(last.layout);
  return isLast ? 'channels-last' : 'channels-first';
}

/** Axes of the grid that a tensor has: two of an image, three of a volume. */
export function gridAxes(input: InputSpec): 2 | 3 {
  return input.kind === 'image' ? 2 : 3;
}

/**
 * The number of channels of a shape that lies on a grid; undefined if it does not. A shape without an
 * axis for channels has one.
 *
 * @param extents of the grid, outermost first; -1 fits any
 */
export function channelsOf(
  layout: GridLayout,
  shape: readonly number[],
  extents: readonly number[],
): number | undefined {
  const fits = (axes: readonly number[], wanted: readonly number[]) =>
    axes.length === wanted.length &&
    axes.every((extent, i) => extent === wanted[i] || extent === -1 || wanted[i] === -1);
  if (layout === 'slices') {
    const [depth, ...rest] = extents as [number, ...number[]];
    if (fits(shape, extents)) return 1;
    return fits([shape[0] ?? 0, ...shape.slice(2)], [depth, ...rest]) && shape.length === 4 ? shape[1] : undefined;
  }
  if (fits(shape, [1, ...extents])) return 1;
  if (shape.length !== extents.length + 2 || !fits(shape.slice(0, 1), [1])) return undefined;
  const [axes, channels] =
    layout === 'channels-first' ? [shape.slice(2), shape[1]] : [shape.slice(1, -1), shape.at(-1)];
  return fits(axes, extents) ? channels : undefined;
}

/**
 * Values by channel: [channels, samples of the grid], a view where they lie so already, else a copy.
 * Throws DH_MODEL_OUTPUT_INVALID for a tensor that does not lie on the grid of what the model was given.
 */
export function byChannel<T extends Float32Array | Float64Array>(
  output: string,
  layout: GridLayout,
  axes: 2 | 3,
  grid: VolumeGrid,
  shape: readonly number[],
  values: T,
): { readonly values: T; readonly channels: number } {
  const extents = [grid.depth, grid.height, grid.width].slice(3 - axes);
  const channels = channelsOf(layout, shape, extents);
  if (channels === undefined) {
    const expected = `the grid [${extents.join(', ')}] of what the model was given`;
    throw outputInvalid(output, `the shape [${shape.join(', ')}] does not lie on ${expected}.`, {
      expected,
      received: `[${shape.join(', ')}]`,
    });
  }
  if (layout === 'channels-first' || channels === 1) return { values, channels };
  const moved = values.slice() as T;
  const samples = values.length / channels;
  const pixels = grid.width * grid.height;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < samples; i++) {
      const from =
        layout === 'channels-last' ? i * channels + c : (Math.floor(i / pixels) * channels + c) * pixels + (i % pixels);
      moved[c * samples + i] = values[from] as number;
    }
  }
  return { values: moved, channels };
}
