import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { protoRoot } from './load-contract.js';
import { contractRequirements } from './requirements.js';

describe('contractRequirements', () => {
  const requirements = contractRequirements();

  it('finds every id that a proto file mentions, once, in order', () => {
    const mentioned = readdirSync(protoRoot, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.proto'))
      .flatMap((file) => readFileSync(join(protoRoot, file), 'utf8').match(/\[DH-R-\d{3}\]/g) ?? []);
    expect(mentioned.length).toBeGreaterThan(30);
    const ids = requirements.map((r) => r.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual([...ids].sort());
    expect(ids.map((id) => `[${id}]`).sort()).toEqual(mentioned.sort());
  });

  it('gives the file below the proto folder, with forward slashes', () => {
    for (const { file } of requirements) {
      expect(file).toMatch(/^deephealth\/[a-z0-9_/]+\.proto$/);
      expect(existsSync(join(protoRoot, file))).toBe(true);
    }
  });

  it('gives whole sentences, without comment marks and without the next requirement', () => {
    for (const { text } of requirements) {
      expect(text).toMatch(/^[A-Z].*\.$/);
      expect(text).not.toMatch(/\/\/|\[DH-R-/);
    }
    expect(requirements.find((r) => r.id === 'DH-R-004')).toEqual({
      id: 'DH-R-004',
      file: 'deephealth/runtime/v1/tensor.proto',
      text: 'The byte count MUST be product(shape) times the element size (BYTES: exactly the lengths stated); one byte more, one less, or none is refused with INVALID_ARGUMENT and reason TENSOR_SIZE_MISMATCH naming the input.',
    });
  });
});
