import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseChecksum, verifyChecksum } from './checksum.js';

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-checksum-'));
  path = join(folder, 'file');
  writeFileSync(path, 'bytes');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const of = (algorithm: string) => `${algorithm}$${createHash(algorithm).update('bytes').digest('hex')}`;

describe('a checksum of a request', () => {
  it.each(['sha1', 'sha256'])('by %s is that of the file, or the input has changed', async (algorithm) => {
    await verifyChecksum(path, of(algorithm), 'item-000001');
    const other = of(algorithm).replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    await expect(verifyChecksum(path, other, 'item-000001')).rejects.toMatchObject({
      code: 'DH_CHAIN_INPUT_CHANGED',
      message: expect.stringMatching(/^item-000001 /),
    });
  });

  it.each([
    '',
    'sha256',
    'sha256$',
    'sha256$zz',
    `sha256$${'A'.repeat(64)}`,
    `sha256$${'a'.repeat(40)}`,
    `sha1$${'a'.repeat(64)}`,
    `md5$${'a'.repeat(32)}`,
    `sha256:${'a'.repeat(64)}`,
    ` sha256$${'a'.repeat(64)}`,
    `sha256$${'a'.repeat(64)}\n`,
  ])('is refused as %j', (text) => {
    expect(() => parseChecksum(text)).toThrow(expect.objectContaining({ code: 'DH_CHAIN_REQUEST_INVALID' }));
  });
});
