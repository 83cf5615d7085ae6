import type { runtimeV1 } from '@deephealth/proto';
import { tensorFromValues, toContractTensor } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { toPredictedMask } from './predicted-mask.js';

const labels = (shape: readonly number[]) =>
  toContractTensor(
    tensorFromValues(
      'UINT8',
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i % 2),
    ),
  );
const finding = (content: Partial<runtimeV1.Finding>) =>
  ({ name: 'lesion', mask: null, map: null, tensor: null, ...content }) as unknown as runtimeV1.Finding__Output;

describe('a predicted mask', () => {
  it('is where the labels of an image are not 0', () => {
    const mask = toPredictedMask(finding({ mask: { labels: labels([2, 2]) } }), 0.5);
    expect(mask).toEqual({ width: 2, height: 2, isObject: Uint8Array.of(0, 1, 0, 1) });
  });

  it('is not the first slice of a volume', () => {
    for (const content of [{ mask: { labels: labels([3, 2, 2]) } }, { map: { values: labels([3, 2, 2]) } }]) {
      expect(() => toPredictedMask(finding(content), 0.5)).toThrow(
        expect.objectContaining({ code: 'DH_MODEL_OUTPUT_INVALID' }),
      );
    }
  });
});
