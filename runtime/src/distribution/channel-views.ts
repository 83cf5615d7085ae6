import type { InputSpec } from '@deephealth/sdk';
import { channelAxis } from './channel-axis.js';
import type { ChannelView } from './channel-statistics.js';

/** A channel of one row of a prepared tensor. */
export interface RowChannel extends ChannelView {
  /** From 0. */
  readonly channel: number;
}

/** Every channel of every row, each by itself: what limits are held against, and what they are taken from. */
export function* channelViews(
  input: InputSpec,
  shape: readonly number[],
  values: Float32Array | Float64Array,
): Generator<RowChannel> {
  const rows = shape[0] ?? 1;
  const rowLength = values.length / rows;
  const axis = channelAxis(input, shape.length);
  const channels = axis === undefined ? 1 : (shape[axis] as number);
  const isLast = axis === shape.length - 1;
  const count = rowLength / channels;
  for (let row = 0; row < rows; row++) {
    for (let channel = 0; channel < channels; channel++) {
      const start = row * rowLength + (isLast ? channel : channel * count);
      yield { channel, values, start, step: isLast ? channels : 1, count };
    }
  }
}
