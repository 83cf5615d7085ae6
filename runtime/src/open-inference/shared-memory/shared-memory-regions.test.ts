import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SharedMemoryRegions } from './shared-memory-regions.js';

let folder: string;
let regions: SharedMemoryRegions;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-regions-'));
  regions = new SharedMemoryRegions({ folder, maxRegions: 3 });
  writeFileSync(join(folder, 'object'), Buffer.from([0, 1, 2, 3, 4, 5, 6, 7]));
});
afterEach(() => {
  regions.unregisterAll();
  rmSync(folder, { recursive: true, force: true });
});

const bounds = (offset: number, byteSize: number) => ({ offset: BigInt(offset), byteSize: BigInt(byteSize) });
const part = (region: string, offset: number, byteSize: number) => ({ region, ...bounds(offset, byteSize) });

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof DeepHealthError)) throw error;
    expect(error.code).toBe('DH_SHARED_MEMORY_INVALID');
    expect(error.message).not.toContain(folder);
    return error.message;
  }
  throw new Error('a refusal was expected');
}

describe('a registered region', () => {
  it('is a window on the object: parts are counted from its offset', () => {
    regions.register('r', '/object', bounds(2, 4));
    expect([...regions.read(part('r', 1, 3), 100)]).toEqual([3, 4, 5]);
    regions.region('r').write(bounds(2, 2), Uint8Array.of(90, 91));
    expect([...readFileSync(join(folder, 'object'))]).toEqual([0, 1, 2, 3, 90, 91, 6, 7]);
  });

  it('gives what the client has written since, as a copy of the moment', () => {
    regions.register('r', 'object', bounds(0, 8));
    const before = regions.read(part('r', 0, 2), 100);
    writeFileSync(join(folder, 'object'), Buffer.alloc(8, 9));
    expect([...before]).toEqual([0, 1]);
    expect([...regions.read(part('r', 0, 2), 100)]).toEqual([9, 9]);
  });

  it('may be written with less than its part holds', () => {
    regions.register('r', 'object', bounds(0, 8));
    regions.region('r').write(bounds(0, 8), Uint8Array.of(50));
    expect([...readFileSync(join(folder, 'object'))]).toEqual([50, 1, 2, 3, 4, 5, 6, 7]);
  });

  it.each([
    [5, 1],
    [4, 1],
    [0, 5],
    [3, 2],
    [0, Number.MAX_SAFE_INTEGER],
    [-1, 1],
    [1, -1],
  ])('does not give its neighbours: offset %d, %d bytes', (offset, byteSize) => {
    regions.register('r', '/object', bounds(2, 4));
    expect(refusalOf(() => regions.read(part('r', offset, byteSize), 2 ** 60))).toContain("region: 'r'");
    expect(refusalOf(() => regions.region('r').write(bounds(offset, byteSize), new Uint8Array()))).toContain("'r'");
  });

  it('cannot be overrun by sums beyond 64 bits', () => {
    regions.register('r', '/object', bounds(0, 8));
    const huge = { region: 'r', offset: 8n, byteSize: 2n ** 64n - 8n };
    expect(refusalOf(() => regions.read(huge, Number.POSITIVE_INFINITY))).toContain('Invalid offset + byte size');
    const beyond = { offset: 2n ** 64n - 1n, byteSize: 2n };
    expect(refusalOf(() => regions.register('s', '/object', beyond))).toContain('failed to register');
  });

  it('is read at most as far as a tensor may be large', () => {
    regions.register('r', '/object', bounds(0, 8));
    expect(() => regions.read(part('r', 0, 8), 7)).toThrow('8 bytes are more than the 7');
  });

  it('fails, for its client alone, once the client has made the object shorter', () => {
    regions.register('r', '/object', bounds(0, 8));
    truncateSync(join(folder, 'object'), 4);
    expect(refusalOf(() => regions.read(part('r', 0, 8), 100))).toContain('made shorter');
    expect(refusalOf(() => regions.region('r').write(bounds(0, 8), new Uint8Array(8)))).toContain('made shorter');
    expect(readFileSync(join(folder, 'object'))).toHaveLength(4);
    expect([...regions.read(part('r', 0, 4), 100)]).toEqual([0, 1, 2, 3]);
  });

  it('is of no use to a request that still holds it when it is unregistered', () => {
    regions.register('r', '/object', bounds(0, 8));
    const held = regions.region('r');
    regions.unregister('r');
    // Takes the number of the closed descriptor.
    regions.register('other', '/object', bounds(0, 8));
    expect(refusalOf(() => held.write(bounds(0, 1), Uint8Array.of(9)))).toContain('no longer registered');
    expect([...readFileSync(join(folder, 'object'))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('registering', () => {
  it('refuses a name that is taken, empty or endless, and keeps what is there', () => {
    regions.register('r', '/object', bounds(0, 8));
    expect(refusalOf(() => regions.register('r', '/object', bounds(0, 4)))).toContain("'r' already in manager");
    expect(refusalOf(() => regions.register('', '/object', bounds(0, 8)))).toContain('1 to 256 characters');
    expect(refusalOf(() => regions.register('x'.repeat(257), '/object', bounds(0, 8)))).toContain('1 to 256');
    expect(regions.all.map(({ bounds: { byteSize } }) => byteSize)).toEqual([8n]);
  });

  it('refuses more regions than it may hold, until one is unregistered', () => {
    for (const name of ['a', 'b', 'c']) regions.register(name, '/object', bounds(0, 8));
    expect(refusalOf(() => regions.register('d', '/object', bounds(0, 8)))).toContain('3 regions are registered');
    regions.unregister('b');
    regions.register('d', '/object', bounds(0, 8));
    expect(regions.all.map(({ name }) => name)).toEqual(['a', 'c', 'd']);
  });

  it.each([
    [0, 9],
    [8, 1],
    [1, 8],
    [0, 0],
  ])('refuses a window that the object does not hold: offset %d, %d bytes', (offset, byteSize) => {
    expect(refusalOf(() => regions.register('r', '/object', bounds(offset, byteSize)))).toContain('holds 8 bytes');
  });

  it('refuses an object that does not exist, and makes none', () => {
    expect(refusalOf(() => regions.register('r', '/nothing', bounds(0, 1)))).toContain('Unable to open');
    expect(existsSync(join(folder, 'nothing'))).toBe(false);
  });

  it('refuses links, folders and pipes', () => {
    symlinkSync(join(folder, 'object'), join(folder, 'link'));
    mkdirSync(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const key of ['link', 'folder', 'pipe']) {
      expect(refusalOf(() => regions.register('r', key, bounds(0, 1)))).toContain('Unable to open');
    }
  });

  it('refuses an object of another user', () => {
    const getuid = process.getuid;
    process.getuid = () => 4_000_000_000;
    try {
      expect(refusalOf(() => regions.register('r', '/object', bounds(0, 8)))).toContain('belongs to another user');
    } finally {
      if (getuid !== undefined) process.getuid = getuid;
    }
  });

  it.skipIf(process.getuid?.() === 0)('refuses an object that it may not write', () => {
    chmodSync(join(folder, 'object'), 0o400);
    expect(refusalOf(() => regions.register('r', '/object', bounds(0, 8)))).toContain('Unable to open');
  });

  it.runIf(existsSync('/proc/self/fd'))('leaves no file open, be it refused or unregistered', () => {
    const open = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(join('/proc/self/fd', fd)).startsWith(folder);
        } catch {
          return false;
        }
      }).length;
    for (let round = 0; round < 20; round++) refusalOf(() => regions.register('r', '/object', bounds(0, 99)));
    expect(open()).toBe(0);
    regions.register('r', '/object', bounds(0, 8));
    expect(open()).toBe(1);
    regions.unregisterAll();
    expect(open()).toBe(0);
  });

  it('cannot be undone twice, but trying is no error', () => {
    regions.register('r', '/object', bounds(0, 8));
    regions.unregister('r');
    regions.unregister('r');
    expect(refusalOf(() => regions.region('r'))).toContain("Unable to find shared memory region: 'r'");
  });
});
