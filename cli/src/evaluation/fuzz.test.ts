import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs, pngChunk, pngFile } from '@deephealth/sdk/testing';
import { expect, it } from 'vitest';
import { readMask } from './read-mask.js';

const USUAL = 100;

const png = (depth: number, colour: 'gray' | 'palette', chunks: readonly Uint8Array[] = []) =>
  pngFile({ width: 16, height: 4, depth, colour, chunks, bytes: Array.from({ length: 8 * depth }, (_, i) => i * 7) });

it(
  'a broken mask is read or refused',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'deephealth-mask-'));
    const path = join(folder, 'mask.png');
    try {
      const { inputs, refused } = await fuzzParser({
        ...{ parser: 'PNG of a true mask', seed: 1800, usual: USUAL },
        corpus: [png(1, 'gray'), png(8, 'gray'), png(4, 'palette', [pngChunk('PLTE', Buffer.alloc(48, 9))])],
        async read(bytes) {
          writeFileSync(path, bytes);
          const { width, height, isObject } = await readMask(path);
          if (isObject.length !== width * height) throw new Error('a mask of another size than its pixels');
        },
        isRefusal: (thrown) => thrown instanceof DeepHealthError && thrown.code === 'DH_MEDIA_UNREADABLE',
      });
      expect(refused).toBeGreaterThan(inputs / 10);
      expect(refused).toBeLessThan(inputs);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  fuzzTimeoutMs(USUAL),
);
