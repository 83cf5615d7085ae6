import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestInputs } from './input-digest.js';

const tensor = (shape: number[], bytes: number, fill = 1) => ({
  kind: 'tensor' as const,
  dataType: 'UINT8' as const,
  shape,
  data: new Uint8Array(bytes).fill(fill),
});

/** The definition in words: length and content of name, description and bytes, by sorted name. */
function byDefinition(parts: readonly (readonly [string, string, Uint8Array])[]): string {
  const digest = createHash('sha256');
  for (const [name, description, data] of parts) {
    for (const part of [Buffer.from(name), Buffer.from(description), data]) {
      digest.update(`${part.byteLength}:`).update(part);
    }
  }
  return digest.digest('hex');
}

describe('digestInputs', () => {
  it('is SHA-256 over the length and content of each part, whatever their size', () => {
    for (const bytes of [0, 1, 100, 8191, 8192, 100_000]) {
      const input = tensor([1, bytes], bytes, 7);
      const description = `{"dataType":"UINT8","kind":"tensor","shape":[1,${bytes}]}`;
      expect(digestInputs({ 'é x': input })).toBe(byDefinition([['é x', description, input.data]]));
    }
  });

  it('does not depend on the order in which inputs or columns were sent', () => {
    const a = tensor([2], 2);
    const table = { kind: 'table' as const, values: { age: 61, sex: 'f', ward: null } };
    const turned = { values: { ward: null, sex: 'f', age: 61 }, kind: 'table' as const };
    expect(digestInputs({ a, table })).toBe(digestInputs({ table: turned, a }));
    const description = '{"kind":"table","values":{"age":61,"sex":"f","ward":null}}';
    expect(digestInputs({ table })).toBe(byDefinition([['table', description, new Uint8Array()]]));
  });

  it('tells shapes, types, names, kinds and bytes apart', () => {
    const digests = [
      digestInputs({ x: tensor([4], 4) }),
      digestInputs({ x: tensor([2, 2], 4) }),
      digestInputs({ x: { ...tensor([4], 4), dataType: 'INT8' } }),
      digestInputs({ y: tensor([4], 4) }),
      digestInputs({ x: tensor([4], 4, 2) }),
      digestInputs({ x: { dataType: 'UINT8', shape: [4], data: new Uint8Array(4).fill(1) } }),
      digestInputs({ x: { kind: 'image', mediaType: 'image/png', data: new Uint8Array(4).fill(1) } }),
      digestInputs({ x: { kind: 'image', mediaType: 'image/png', data: new Uint8Array(4).fill(1), frame: 1 } }),
      digestInputs({
        x: {
          kind: 'image',
          mediaType: 'image/png',
          data: new Uint8Array(4).fill(1),
          grid: { size: [1, 1], spacing: [1, 1] },
        },
      }),
      digestInputs({ x: tensor([2], 2), y: tensor([2], 2) }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });
});
