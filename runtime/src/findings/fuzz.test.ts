import { decodeRunLengths, encodeRunLengths, formatCocoCounts, parseCocoCounts } from '@deephealth/native';
import { fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { expect, it } from 'vitest';

const USUAL = 1000;
const SIZE = { width: 17, height: 9 };

const mask = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, i) => ((i * 7) % 11 < 5 ? 1 : 0));
const counts = encodeRunLengths(mask, SIZE, 'column-major');

it(
  'broken run lengths of a mask, as text and as numbers, fill the mask exactly or are refused',
  async () => {
    const { inputs, refused } = await fuzzParser({
      ...{ parser: 'run lengths of a mask', seed: 1700, usual: USUAL },
      corpus: [Buffer.from(formatCocoCounts(counts)), Buffer.from(formatCocoCounts([mask.length]))],
      read(bytes) {
        const read = parseCocoCounts(bytes.toString('latin1'));
        // Guarded on both sides: nothing else may be written.
        const memory = new Uint8Array(mask.length + 64).fill(7);
        const decoded = memory.subarray(32, 32 + mask.length);
        try {
          decodeRunLengths(read, SIZE, 'column-major', decoded);
        } finally {
          if (memory.subarray(0, 32).some((byte) => byte !== 7) || memory.subarray(-32).some((byte) => byte !== 7)) {
            // biome-ignore lint/correctness/noUnsafeFinally: worse than any refusal.
            throw new Error('memory was written that is not the mask');
          }
        }
        if (decoded.some((value) => value > 1)) throw new Error('a place of the mask was not written');
      },
      isRefusal: (thrown) => thrown instanceof RangeError,
    });
    expect(refused).toBeGreaterThan(inputs / 10);
    expect(refused).toBeLessThan(inputs);
  },
  fuzzTimeoutMs(USUAL),
);
