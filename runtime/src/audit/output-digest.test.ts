import { expect, it } from 'vitest';
import { tensorsDigest } from './output-digest.js';

it('is over every tensor, whatever its name', () => {
  const named = (name: string, value: number) => ({
    ...{ name, dataType: 'UINT8' as const, shape: [1], data: Uint8Array.of(value) },
  });
  for (const name of ['y', '__proto__', 'constructor', 'é']) {
    expect(tensorsDigest([named(name, 1)]), name).not.toBe(tensorsDigest([named(name, 2)]));
    expect(tensorsDigest([named(name, 1)]), name).not.toBe(tensorsDigest([]));
  }
});
