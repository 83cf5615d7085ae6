// What was in shared memory is looked for in the memory itself, through a mapping as a host has it.
import { existsSync } from 'node:fs';
import { nativeStatus, openSegment } from '@deephealth/native';
import { afterEach, describe, expect, it } from 'vitest';
import { PayloadSlab, readRegion } from './payload-slab.js';
import { SharedInputs } from './shared-inputs.js';
import { ResultSlots, SharedResults } from './shared-results.js';
import type { SlabRegion } from './slot-allocator.js';

const PATIENT = Buffer.from('patient-of-another-tenant'.repeat(4000));
const WORD = Buffer.from('another-tenant');
const LOOKED_AT = 4 * 2 ** 20;
// Behind the ring.
const RESULTS_FROM = 512 * 2 ** 20;

let open: { close(): void }[] = [];
afterEach(() => {
  for (const memory of open) memory.close();
  open = [];
});

describe.skipIf(!nativeStatus().isLoaded || process.platform !== 'linux')('slots that are given back', () => {
  it('hold nothing of an input any more', () => {
    const memory = SharedInputs.open() as SharedInputs;
    open.push(memory);
    const host = openSegment(memory.fd, false) as Uint8Array<ArrayBuffer>;
    const isThere = () => Buffer.from(host.buffer, 0, LOOKED_AT).includes(WORD);
    const region = memory.write(PATIENT) as SlabRegion;
    const other = memory.write(Buffer.from('stays')) as SlabRegion;
    expect(isThere()).toBe(true);
    memory.free(region);
    expect(isThere()).toBe(false);
    expect(Buffer.from(host.buffer, other.offset, 5).toString()).toBe('stays');
  });

  it('hold nothing of a result any more', () => {
    const server = SharedResults.open() as SharedResults;
    open.push(server);
    const memory = openSegment(server.fd, true) as Uint8Array<ArrayBuffer>;
    const isThere = () => Buffer.from(memory.buffer, RESULTS_FROM, LOOKED_AT).includes(WORD);
    const region = new ResultSlots(memory).write(PATIENT) as SlabRegion;
    expect(isThere()).toBe(true);
    expect(server.take(region).equals(PATIENT)).toBe(true);
    expect(isThere()).toBe(false);
  });

  it('hold nothing of what a host was at when it died', () => {
    const inputs = SharedInputs.open() as SharedInputs;
    const results = SharedResults.open() as SharedResults;
    inputs.write(PATIENT);
    new ResultSlots(openSegment(results.fd, true) as Uint8Array<ArrayBuffer>).write(PATIENT);
    const [asked, answered] = [inputs.segment.memory, results.segment.memory];
    const isThere = () =>
      Buffer.from(asked.buffer, 0, LOOKED_AT).includes(WORD) ||
      Buffer.from(answered.buffer, RESULTS_FROM, LOOKED_AT).includes(WORD);
    expect(isThere()).toBe(true);
    // As HostProcess does when its process is gone.
    inputs.close();
    results.close();
    expect(isThere()).toBe(false);
  });
});

describe.skipIf(!existsSync('/dev/shm'))('regions of the file that serves without the addon', () => {
  it('hold nothing of an input any more', () => {
    const slab = PayloadSlab.open() as PayloadSlab;
    open.push(slab);
    const large = Buffer.alloc(2_500_000, WORD);
    const region = slab.write(large) as SlabRegion;
    expect(readRegion(slab.fd, region).equals(large)).toBe(true);
    slab.free(region);
    expect(readRegion(slab.fd, region).includes(WORD)).toBe(false);
  });
});
