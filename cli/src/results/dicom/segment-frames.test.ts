import type { runtimeV1 } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import type { GridFinding } from '../grid-finding.js';
import { segmentFrames } from './segment-frames.js';

function finding(values: number[], labels: number[], isMultilabel = false): GridFinding {
  const classes = labels.map((value) => ({ value, label: `c${value}`, codes: [], extent: null, category: null }));
  const grid = {} as runtimeV1.Grid__Output;
  return { name: 'm', grid, values: Uint8Array.from(values), classes, isMask: true, isMultilabel };
}

describe('segmentFrames', () => {
  it('packs frames one after the other without a gap, the first pixel in the lowest bit', () => {
    // Two slices of three pixels: 6 bits of class 1 and, in slice 1 alone, 3 of class 2.
    const { frames, bits, overlap } = segmentFrames(finding([1, 0, 1, 2, 1, 2], [1, 2]), 3);
    expect(frames).toEqual([
      { segment: 0, slice: 0 },
      { segment: 0, slice: 1 },
      { segment: 1, slice: 1 },
    ]);
    // 101 010 101, read from the lowest bit on.
    expect([...bits]).toEqual([0b01010101, 0b1]);
    expect(overlap).toBe(false);
  });

  it('takes the bits of classes that overlap', () => {
    const { bits, overlap } = segmentFrames(finding([3, 1, 2, 0], [1, 2], true), 4);
    expect([...bits]).toEqual([0b0101_0011, 0]);
    expect(overlap).toBe(true);
  });

  it('has every frame, empty, where nothing was found', () => {
    const { frames, bits } = segmentFrames(finding([0, 0, 0, 0], [1]), 2);
    expect(frames).toHaveLength(2);
    expect([...bits]).toEqual([0, 0]);
  });
});
