import type { InputSpec } from '@deephealth/sdk';
import { gridLayout } from '../findings/grid-channels.js';

/**
 * The axis of a prepared tensor that its channels lie along: the first axis behind the rows, or the last
 * one. Undefined where a row has no channels: windows of single channels, and rows of single values.
 */
export function channelAxis(input: InputSpec, rank: number): number | undefined {
  if (input.kind === 'image' || input.kind === 'volume') return gridLayout(input) === 'channels-last' ? rank - 1 : 1;
  if (input.kind === 'signal') {
    const windows = input.steps.find((step) => step.op === 'window_signal');
    return windows?.rows === 'windows_and_channels' ? undefined : 1;
  }
  return rank >= 3 ? 1 : undefined;
}
