import { describe, expect, it } from 'vitest';
import { modelRuntimeService } from './load-contract.js';

const { requestSerialize, requestDeserialize } = modelRuntimeService().GetModel;

describe('a message that was cut short', () => {
  it('is refused in the middle of a text, not read as a shorter one', () => {
    const whole = requestSerialize({ name: 'conformance-matmul' });
    expect(requestDeserialize(whole)).toMatchObject({ name: 'conformance-matmul' });
    for (let length = 1; length < whole.byteLength; length++) {
      expect(() => requestDeserialize(whole.subarray(0, length))).toThrow(/index out of range/);
    }
  });

  it('is refused where the length itself is missing or larger than any message', () => {
    expect(() => requestDeserialize(Buffer.from([0x0a]))).toThrow();
    expect(() => requestDeserialize(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x61]))).toThrow();
  });
});
